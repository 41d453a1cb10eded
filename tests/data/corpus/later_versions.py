"""Files of versions to come: what an older reader refuses, and what it keeps and lists."""

import samples
from corpus.case import OK, UNSUPPORTED, future
from corpus.columns import changed
from plane_builder import RAW, coded_chunk, raw_planes
from stone_builder import (FLOAT32, TENSOR_DICT, Stone, attachment, entry, foreign_dtype, model,
                           text, value)


def with_head(**head):
    return samples.one_tensor().encode(head=head)


def one_readable_and(stored, *, dtype=FLOAT32, filter=0, layout=1):
    """Tensor a of a known coding, tensor b with `stored` as its only chunk."""
    stone = Stone()
    plain = stone.storage(samples.FOUR_FLOATS)
    other = stone.storage(samples.FOUR_FLOATS, filter=filter, layout=layout, stored=[stored])
    stone.tensor(b"a", [4], FLOAT32, plain)
    stone.tensor(b"b", [4], dtype, other)
    stone.entries.append(entry(b"e", value=value(TENSOR_DICT, scope=stone.scope())))
    return stone


def kept(sentence):
    return future(OK, sentence, read={"e/b": UNSUPPORTED})


PLANES = raw_planes(samples.FOUR_FLOATS, 4)


@future(UNSUPPORTED, "The head says version 2.")
def version_2():
    return with_head(version=2)


@future(UNSUPPORTED, "The head says version 2^32 - 1, and the file does not end in a tail.")
def version_all_ones():
    return with_head(version=2**32 - 1)[:-64]


@future(UNSUPPORTED, "The head says version 0.")
def version_0():
    return with_head(version=0)


@future(UNSUPPORTED, "The last reserved byte of the head is set.")
def head_reserved_byte():
    return with_head(reserved=bytes(43) + b"\1")


@future(UNSUPPORTED, "The reserved number of the tail is set.")
def tail_reserved_number():
    return samples.one_tensor().encode(reserved=1)


@future(UNSUPPORTED, "A reserved byte of the tail is set.")
def tail_reserved_byte():
    return samples.one_tensor().encode(reserved_bytes=bytes(31) + b"\x80")


@future(UNSUPPORTED, "The index has coding 2 and, as only that could tell, two sizes.")
def index_coding_2():
    return samples.one_tensor().encode(coding=2, raw_size=1 << 20)


@future(UNSUPPORTED, "The file needs a read feature.")
def read_feature():
    stone = samples.one_tensor()
    stone.read_features = [b"deltas"]
    return stone.encode()


@future(UNSUPPORTED, "The file needs a read feature, which may be why its columns do not fit.")
def read_feature_before_columns():
    stone = samples.one_tensor()
    stone.read_features = [b"deltas"]
    stone.dims = []
    return stone.encode()


@future(UNSUPPORTED, "A scope has kind 2.")
def scope_kind_2():
    return changed(samples.one_tensor(), "scopes", 0, kind=2)


@future(UNSUPPORTED, "A tensor has kind 3.")
def tensor_kind_3():
    return changed(samples.one_tensor(), "tensors", 0, kind=3)


@future(UNSUPPORTED, "A tensor has bit 1 of its flags set.")
def tensor_flag_1():
    return changed(samples.one_tensor(), "tensors", 0, flags=2)


@future(UNSUPPORTED, "A tensor has bit 15 of its flags set, beside the one that is known.")
def tensor_flag_15():
    return changed(samples.one_tensor(), "tensors", 0, flags=0x8001)


@future(UNSUPPORTED, "A chunk is a delta against another.")
def chunk_base():
    return changed(samples.one_tensor(), "chunks", 0, base=1)


@future(OK, "The file names a write feature: it reads, but must not be appended to.")
def write_feature():
    stone = samples.one_tensor()
    stone.write_features = [b"history"]
    return stone.encode()


@kept("A tensor has a dtype that only foreign_dtypes knows.")
def foreign_dtype_200():
    stone = one_readable_and(PLANES, dtype=200)
    stone.foreign.append(foreign_dtype(200, 32, b"posit32"))
    return stone.encode()


@future(OK, "A tensor of a foreign dtype has elements of 3 bytes.", read={"e/t": UNSUPPORTED})
def foreign_dtype_of_3_bytes():
    stone = Stone()
    stone.tensor(b"t", [2, 2], 201, stone.storage(bytes(range(15)), unit=1), offset=3)
    stone.entries.append(entry(b"e", value=value(TENSOR_DICT, scope=stone.scope())))
    stone.foreign.append(foreign_dtype(201, 24, b"uint24"))
    return stone.encode()


@kept("The storage of a tensor has filter 2.")
def filter_2():
    return one_readable_and(PLANES, filter=2).encode()


@kept("The storage of a tensor has layout 2.")
def layout_2():
    return one_readable_and(b"a code of its own", layout=2).encode()


@kept("A plane of a tensor has coding 6.")
def plane_coding_6():
    planes = [(6, b"code"), *[(RAW, samples.FOUR_FLOATS[k::4]) for k in range(1, 4)]]
    return one_readable_and(coded_chunk(planes)).encode()


@kept("The last plane of a tensor has coding 15.")
def plane_coding_15():
    planes = [*[(RAW, samples.FOUR_FLOATS[k::4]) for k in range(3)], (15, b"")]
    return one_readable_and(coded_chunk(planes)).encode()


@future(OK, "A value in a list has kind 23.")
def value_kind_23():
    return samples.values_only(value(10, items=[text("a"), value(23, number=5)])).encode()


@future(OK, "A value has kind 255.")
def value_kind_255():
    return samples.values_only(value(255, data=b"\xff")).encode()


@future(OK, "An entry has kind 3, which is kept for optimizers.")
def entry_kind_3():
    stone = samples.one_tensor()
    stone.entries.append(entry(b"optimizer", kind=3))
    return stone.encode()


@future(OK, "An entry of kind 3 has a model with a scope, a value with another, and an attachment.")
def entry_kind_3_with_tables():
    stone = samples.one_tensor()
    stone.tensor(b"step", [4], FLOAT32, stone.storage(samples.FOUR_FLOATS))
    scope = stone.scope()
    stone.tensor(b"bias", [4], FLOAT32, 0)
    slots = value(TENSOR_DICT, scope=stone.scope())
    bytes_ = stone.storage(b"bytes", unit=1)
    stone.entries.append(entry(b"optimizer", kind=3, model=model(scope), value=slots,
                               attachment=attachment(bytes_, b"text/plain")))
    return stone.encode()


@future(OK, "A scope belongs to no place that is known, and there is an entry of kind 255.")
def entry_kind_255_with_scope():
    stone = samples.one_tensor()
    stone.tensor(b"exp_avg", [4], FLOAT32, stone.storage(samples.FOUR_FLOATS))
    stone.scope()
    stone.entries.append(entry(b"later", kind=255))
    return stone.encode()


@future(OK, "An entry has kind 255.")
def entry_kind_255():
    stone = samples.one_tensor()
    stone.entries.append(entry(b"later", kind=255))
    return stone.encode()
