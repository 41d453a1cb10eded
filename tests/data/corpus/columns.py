"""Section 5.1: the columns of the index."""

import samples
from corpus.case import CORRUPT, LIMIT, bad
from stone_builder import (FLOAT32, TENSOR, TENSOR_DICT, UINT8, Stone, entry, foreign_dtype, value)


def changed(stone, column, row, **fields):
    for name, number in fields.items():
        setattr(getattr(stone, column)[row], name, number)
    return stone.encode()


def named(*names):
    """One tensor dict with these names, in this order."""
    stone = Stone()
    storage = stone.storage(samples.FOUR_FLOATS)
    for name in names:
        stone.tensor(name, [4], FLOAT32, storage)
    stone.entries.append(entry(b"e", value=value(TENSOR_DICT, scope=stone.scope())))
    return stone


def two_scopes():
    stone = named(b"a", b"b")
    stone.tensor(b"c", [4], FLOAT32, 0)
    stone.tensor(b"d", [4], FLOAT32, 0)
    stone.entries.append(entry(b"f", value=value(TENSOR_DICT, scope=stone.scope())))
    return stone


def transposed():
    stone = Stone()
    storage = stone.storage(samples.FOUR_FLOATS)
    stone.tensor(b"a", [2, 2], FLOAT32, storage, strides=[1, 2])
    stone.tensor(b"b", [2, 2], FLOAT32, storage, strides=[1, 2])
    stone.entries.append(entry(b"e", value=value(TENSOR_DICT, scope=stone.scope())))
    return stone


def bytes_in_chunks(count=2):
    """A raw storage of chunks of 64 bytes."""
    stone = Stone()
    storage = stone.storage(bytes(range(64)) * count, unit=1, log2=6)
    stone.tensor(b"t", [64 * count], UINT8, storage)
    stone.entries.append(entry(b"e", value=value(TENSOR_DICT, scope=stone.scope())))
    return stone


def foreign(*rows):
    stone = samples.one_tensor()
    stone.foreign = [foreign_dtype(*row) for row in rows]
    return stone.encode()


# --- scopes and names ---


@bad(CORRUPT, "The range of a scope ends before that of the scope before.")
def tensors_end_falls():
    return changed(two_scopes(), "scopes", 0, tensors_end=5)


@bad(CORRUPT, "The last scope ends before the last tensor.")
def tensor_behind_last_scope():
    return changed(two_scopes(), "scopes", 1, tensors_end=3)


@bad(CORRUPT, "There is a tensor and no scope.")
def tensors_without_scope():
    stone = samples.one_tensor()
    stone.scopes, stone.entries = [], []
    return stone.encode()


@bad(CORRUPT, "The names of a scope are not sorted.")
def names_not_sorted():
    return named(b"b", b"a").encode()


@bad(CORRUPT, "The names of a scope are sorted as signed bytes, not as bytes.")
def names_sorted_as_signed_bytes():
    return named("é".encode(), b"a").encode()


@bad(CORRUPT, "Two tensors of a scope have one name.")
def names_twice():
    return named(b"a", b"a").encode()


@bad(CORRUPT, "A tensor's name is not UTF-8.")
def name_not_utf8():
    return named(b"a\xff").encode()


@bad(CORRUPT, "A tensor's name has a surrogate, encoded as if it were a character.")
def name_with_surrogate():
    return named(b"\xed\xa0\x80").encode()


@bad(CORRUPT, "A tensor's name has a slash in two bytes, one more than needed.")
def name_with_long_form():
    return named(b"a\xc0\xaf").encode()


@bad(CORRUPT, "A tensor's name has a code above U+10FFFF.")
def name_above_unicode():
    return named(b"\xf4\x90\x80\x80").encode()


@bad(CORRUPT, "A character is split between two names: the pool is UTF-8, the names are not.")
def name_ends_inside_character():
    return named(b"\xc3", b"\xa9").encode()


@bad(CORRUPT, "Two scopes are anonymous.")
def two_anonymous_scopes():
    stone = Stone()
    storage = stone.storage(samples.FOUR_FLOATS)
    for i in range(2):
        stone.tensor(b"", [4], FLOAT32, storage)
        stone.scope(kind=1)
        stone.entries.append(entry(b"%d" % i, value=value(TENSOR, tensor=i)))
    return stone.encode()


@bad(CORRUPT, "A tensor of the anonymous scope has a name.")
def name_in_anonymous_scope():
    stone = Stone()
    stone.tensor(b"a", [4], FLOAT32, stone.storage(samples.FOUR_FLOATS))
    stone.scope(kind=1)
    stone.entries.append(entry(b"t", value=value(TENSOR, tensor=0)))
    return stone.encode()


@bad(CORRUPT, "The end of a name stands before its start.")
def name_end_falls():
    return changed(two_scopes(), "tensors", 1, name_end=0)


@bad(CORRUPT, "The last name ends behind the pool of names.")
def name_end_outside():
    return changed(samples.one_tensor(), "tensors", 0, name_end=7)


@bad(CORRUPT, "The pool of names has a byte that no name has.")
def names_left_over():
    stone = samples.one_tensor()
    stone.names += b"x"
    return stone.encode()


@bad(CORRUPT, "The end of a tensor's dimensions stands before their start.")
def dims_end_falls():
    return changed(two_scopes(), "tensors", 1, dims_end=0)


@bad(CORRUPT, "The dimensions of the last tensor end behind the pool.")
def dims_end_outside():
    return changed(samples.one_tensor(), "tensors", 0, dims_end=3)


@bad(CORRUPT, "The pool of dimensions has one that no tensor has.")
def dims_left_over():
    stone = samples.one_tensor()
    stone.dims.append(1)
    return stone.encode()


# --- order and strides ---


@bad(CORRUPT, "The order has a place less than there are tensors.")
def order_too_short():
    stone = named(b"a", b"b")
    stone.order = [0]
    return stone.encode()


@bad(CORRUPT, "The order has one tensor twice.")
def order_with_tensor_twice():
    stone = named(b"a", b"b")
    stone.order = [1, 1]
    return stone.encode()


@bad(CORRUPT, "The order swaps tensors of two scopes.")
def order_across_scopes():
    stone = two_scopes()
    stone.order = [0, 2, 1, 3]
    return stone.encode()


@bad(CORRUPT, "The order names a tensor that is not there.")
def order_outside():
    stone = named(b"a", b"b")
    stone.order = [0, 2]
    return stone.encode()


@bad(CORRUPT, "The strided rows are not sorted by tensor.")
def strided_not_sorted():
    stone = transposed()
    stone.strided[0].tensor, stone.strided[1].tensor = 1, 0
    return stone.encode()


@bad(CORRUPT, "A tensor has two strided rows.")
def strided_twice():
    return changed(transposed(), "strided", 1, tensor=0)


@bad(CORRUPT, "A strided row is of a tensor that is not there.")
def strided_outside():
    return changed(transposed(), "strided", 1, tensor=2)


@bad(CORRUPT, "The strides of a row start where those of the row before do.")
def first_stride_wrong():
    return changed(transposed(), "strided", 1, first_stride=0)


@bad(CORRUPT, "The pool of strides has one that no row has.")
def strides_left_over():
    stone = transposed()
    stone.strides.append(1)
    return stone.encode()


@bad(CORRUPT, "The pool of strides ends before the strides of the last row.")
def strides_missing():
    stone = transposed()
    stone.strides.pop()
    return stone.encode()


# --- storages ---


@bad(CORRUPT, "A storage has units of 3 bytes.")
def unit_three():
    return changed(samples.one_tensor(), "storages", 0, unit=3)


@bad(CORRUPT, "A storage has units of no bytes.")
def unit_zero():
    return changed(samples.one_tensor(), "storages", 0, unit=0)


@bad(CORRUPT, "A storage has units of 16 bytes.")
def unit_sixteen():
    return changed(samples.one_tensor(), "storages", 0, unit=16)


@bad(CORRUPT, "The chunks of a storage have 32 bytes, fewer than 64.")
def chunks_too_small():
    return changed(samples.one_tensor(), "storages", 0, chunk_units_log2=3)


@bad(LIMIT, "The chunks of a storage have 32 MiB.")
def chunks_too_large():
    return changed(samples.one_tensor(), "storages", 0, chunk_units_log2=23)


@bad(LIMIT, "The chunks of a storage have 4 << 255 bytes: a shift further than numbers are wide.")
def chunk_shift_all_ones():
    return changed(samples.one_tensor(), "storages", 0, chunk_units_log2=255)


@bad(LIMIT, "The chunks of a storage have 4 << 64 bytes, which a shift may make into 4.")
def chunk_shift_of_64():
    return changed(samples.one_tensor(), "storages", 0, chunk_units_log2=64)


@bad(CORRUPT, "A storage of single bytes is rotated.")
def rotated_bytes():
    return changed(bytes_in_chunks(), "storages", 0, filter=1, layout=1)


@bad(CORRUPT, "The first chunk of a storage is not the one behind those before.")
def first_chunk_wrong():
    return changed(samples.two_tensors(), "storages", 1, first_chunk=0)


@bad(CORRUPT, "A storage needs two chunks, there is one.")
def chunk_missing():
    stone = bytes_in_chunks()
    stone.chunks.pop()
    return stone.encode()


@bad(CORRUPT, "There is a chunk that no storage has.")
def chunk_left_over():
    stone = samples.one_tensor()
    stone.chunk(b"more", b"more")
    return stone.encode()


@bad(CORRUPT, "A storage of no bytes has a chunk.")
def chunk_of_empty_storage():
    stone = samples.one_tensor()
    stone.storage(b"")
    stone.chunk(b"more", b"more")
    return stone.encode()


# --- chunks ---


@bad(CORRUPT, "A chunk starts at no multiple of 64.")
def chunk_not_aligned():
    stone = samples.two_tensors()
    stone.chunks[1].offset += 8
    return stone.encode()


@bad(CORRUPT, "A chunk starts at 0, where the head is.")
def chunk_in_head():
    return changed(samples.one_tensor(), "chunks", 0, offset=0)


@bad(CORRUPT, "A chunk reaches into the index.")
def chunk_reaches_into_index():
    return changed(samples.two_tensors(), "chunks", 1, stored_bytes=65)


@bad(CORRUPT, "A chunk lies behind the end of the file.")
def chunk_outside():
    return changed(samples.two_tensors(), "chunks", 1, offset=1 << 40)


@bad(CORRUPT, "The end of a chunk, computed in 64 bits, would come out before its start.")
def chunk_end_wraps_around():
    return changed(samples.one_tensor(), "chunks", 0, offset=2**64 - 64, stored_bytes=128)


@bad(CORRUPT, "A chunk has no stored bytes.")
def chunk_without_bytes():
    return changed(samples.two_tensors(), "chunks", 1, stored_bytes=0)


@bad(CORRUPT, "Two chunks overlap.")
def chunks_overlap():
    stone = samples.two_tensors()
    stone.chunks[1].offset = stone.chunks[0].offset + 64
    return stone.encode()


@bad(CORRUPT, "A short chunk lies inside a long one, and starts where that one does.")
def chunk_inside_another():
    stone = samples.two_tensors()
    stone.chunks[1].offset = stone.chunks[0].offset
    return stone.encode()


@bad(CORRUPT, "Two chunks have one extent and two stored sums.")
def one_extent_two_stored_sums():
    stone = one_extent()
    stone.chunks[1].stored_sum ^= 1
    return stone.encode()


@bad(CORRUPT, "Two chunks have one extent and two decoded sums.")
def one_extent_two_decoded_sums():
    stone = one_extent()
    stone.chunks[1].decoded_sum ^= 1
    return stone.encode()


def one_extent():
    stone = Stone()
    for name in (b"a", b"b"):
        storage = stone.storage(samples.FOUR_FLOATS, layout=1)
        stone.tensor(name, [4], FLOAT32, storage)
    stone.payload.pop()
    stone.chunks[1].offset = stone.chunks[0].offset
    stone.entries.append(entry(b"e", value=value(TENSOR_DICT, scope=stone.scope())))
    return stone


# --- raw storages, section 5.3 ---


@bad(CORRUPT, "The chunks of a raw storage are not in the order of the file.")
def raw_chunks_swapped():
    stone = bytes_in_chunks()
    stone.chunks[0].offset, stone.chunks[1].offset = 128, 64
    return stone.encode()


@bad(CORRUPT, "Between the chunks of a raw storage is a hole of 64 bytes.")
def raw_chunks_apart():
    stone = bytes_in_chunks()
    stone.payload[1] = (192, stone.payload[1][1])
    stone.chunks[1].offset = 192
    return stone.encode()


@bad(CORRUPT, "A raw chunk has a stored byte less than decoded ones.")
def raw_chunk_too_short():
    return changed(samples.one_tensor(), "chunks", 0, stored_bytes=15)


@bad(CORRUPT, "A raw chunk has a stored byte more than decoded ones.")
def raw_chunk_too_long():
    return changed(samples.one_tensor(), "chunks", 0, stored_bytes=17)


@bad(CORRUPT, "The two sums of a raw chunk differ.")
def raw_sums_differ():
    stone = samples.one_tensor()
    stone.chunks[0].decoded_sum ^= 1
    return stone.encode()


# --- foreign dtypes ---


@bad(CORRUPT, "The foreign dtypes are not sorted.")
def foreign_dtypes_not_sorted():
    return foreign((201, 8), (200, 8))


@bad(CORRUPT, "A foreign dtype stands twice.")
def foreign_dtype_twice():
    return foreign((200, 8), (200, 8))


@bad(CORRUPT, "The elements of a foreign dtype have no bits.")
def foreign_dtype_without_bits():
    return foreign((200, 0))


@bad(CORRUPT, "The elements of a foreign dtype have 12 bits, no whole bytes.")
def foreign_dtype_of_12_bits():
    return foreign((200, 12))


@bad(CORRUPT, "float32 stands among the foreign dtypes, with 16 bits.")
def foreign_dtype_against_known():
    return foreign((18, 16, b"float32"))
