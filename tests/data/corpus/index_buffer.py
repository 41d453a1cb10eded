"""Step 12: the index as a FlatBuffer, every sum right."""

import struct

import samples
from corpus.case import CORRUPT, bad
from flat_builder import Blob, Nodes, Rows, Table, build
from stone_builder import LIST, Stone, entry, foreign_dtype, map_of, text, value


def index_of(root, **options):
    return Stone().encode(index=build(root, **options))


def patched(at, data):
    """The index of a sound file, some bytes of it changed."""
    index = samples.one_tensor().index_bytes()
    index[at:at + len(data)] = data
    return samples.one_tensor().encode(index=index)


def root_table():
    return struct.unpack_from("<I", samples.one_tensor().index_bytes())[0]


def skewed(column, by=4):
    """A sound file but for one column, which is moved off the alignment of its elements."""
    stone = samples.two_tensors()
    stone.skews[column] = by
    return stone


@bad(CORRUPT, "The index has no bytes.")
def index_empty():
    return Stone().encode(index=b"")


@bad(CORRUPT, "The index has 7 bytes, too few for an identifier.")
def index_of_seven_bytes():
    return Stone().encode(index=b"\4\0\0\0STN")


@bad(CORRUPT, "The FlatBuffer's identifier is that of another format.")
def identifier_wrong():
    return index_of(Table(), identifier=b"PTE1")


@bad(CORRUPT, "The offset of the root table is 0.")
def root_offset_zero():
    return patched(0, bytes(4))


@bad(CORRUPT, "The root table lies behind the end of the index.")
def root_offset_outside():
    return patched(0, struct.pack("<I", 4096))


@bad(CORRUPT, "The offset of the root table, read with a sign, is negative.")
def root_offset_negative():
    return patched(0, struct.pack("<i", -64))


@bad(CORRUPT, "The root table is not at a multiple of 4.")
def root_table_not_aligned():
    return patched(0, struct.pack("<I", root_table() + 2))


@bad(CORRUPT, "The root's vtable lies before the start of the index.")
def vtable_outside():
    return patched(root_table(), struct.pack("<i", 4096))


@bad(CORRUPT, "The root's vtable is at an odd place.")
def vtable_not_aligned():
    return patched(root_table(), struct.pack("<i", 29))


@bad(CORRUPT, "The size of a vtable is odd.")
def vtable_size_odd():
    return index_of(Table({0: Nodes([])}, vtable_size=5))


@bad(CORRUPT, "The size of a vtable reaches behind the end of the index.")
def vtable_size_outside():
    return index_of(Table({0: Nodes([])}, vtable_size=0xFFFE))


@bad(CORRUPT, "A string claims more bytes than the index has.")
def string_length_outside():
    return index_of(Table({2: Blob(b"hand", length=4096)}))


@bad(CORRUPT, "A string claims 2^32 - 1 bytes.")
def string_length_all_ones():
    return index_of(Table({2: Blob(b"hand", length=2**32 - 1)}))


@bad(CORRUPT, "A string does not end in a zero byte.")
def string_without_zero_byte():
    return index_of(Table({2: Blob(b"hand", end=b"!")}))


@bad(CORRUPT, "A vector of numbers claims so many that their bytes, in 32 bits, come out as 8.")
def vector_length_wraps_around():
    return index_of(Table({7: Rows("Q", [(1,)], length=(1 << 29) + 1)}))


@bad(CORRUPT, "A vector of tables claims more of them than the index has room for.")
def vector_of_tables_outside():
    return index_of(Table({3: Nodes([], length=1000)}))


@bad(CORRUPT, "A vector of structs claims one more than the index has room for.")
def vector_of_structs_outside():
    return index_of(Table({12: Rows("QQQII", [], length=1)}))


@bad(CORRUPT, "The tensors start 4 bytes off a multiple of 8.")
def tensors_not_aligned():
    return skewed("tensors").encode()


@bad(CORRUPT, "The storages start 4 bytes off a multiple of 8.")
def storages_not_aligned():
    return skewed("storages").encode()


@bad(CORRUPT, "The chunks start 4 bytes off a multiple of 8.")
def chunks_not_aligned():
    return skewed("chunks").encode()


@bad(CORRUPT, "The scopes start 2 bytes off a multiple of 4.")
def scopes_not_aligned():
    return skewed("scopes", 2).encode()


@bad(CORRUPT, "The dimensions, numbers of 64 bits, start 4 bytes off a multiple of 8.")
def dims_not_aligned():
    return skewed("dims").encode()


@bad(CORRUPT, "The order, numbers of 32 bits, starts 2 bytes off a multiple of 4.")
def order_not_aligned():
    stone = skewed("order", 2)
    stone.order = [2, 1, 0]
    return stone.encode()


@bad(CORRUPT, "The strides start 4 bytes off a multiple of 8.")
def strides_not_aligned():
    stone = Stone()
    stone.tensor(b"t", [2, 2], 18, stone.storage(samples.FOUR_FLOATS), strides=[1, 2])
    stone.entries.append(entry(b"e", value=value(19, scope=stone.scope())))
    stone.skews["strides"] = 4
    return stone.encode()


@bad(CORRUPT, "An entry has no name.")
def entry_name_missing():
    stone = Stone()
    stone.entries.append(entry(None, value=value(0)))
    return stone.encode()


@bad(CORRUPT, "A foreign dtype has no name.")
def foreign_dtype_name_missing():
    stone = Stone()
    stone.foreign.append(foreign_dtype(200, 8, None))
    return stone.encode()


@bad(CORRUPT, "Tables are nested 100 deep.")
def tables_too_deep():
    tree = value(LIST)
    for _ in range(97):
        tree = value(LIST, items=[tree])
    return samples.values_only(tree).encode()


@bad(CORRUPT, "Each of 24 lists holds the next one twice: 2^25 values in a few hundred bytes.")
def tables_shared_by_doubling():
    tree = value(LIST)
    for _ in range(24):
        tree = value(LIST, items=[tree, tree])
    return samples.values_only(tree).encode()


@bad(CORRUPT, "One list holds the same value 200 times: more tables than the index can hold.")
def table_shared_by_many():
    return samples.values_only(value(LIST, items=[value(0)] * 200)).encode()


@bad(CORRUPT, "30 values share one long text: more bytes than the index has.")
def bytes_shared_by_many():
    long = text("0123456789" * 20)
    return samples.values_only(value(LIST, items=[long] * 30)).encode()


@bad(CORRUPT, "20 features are one string: more bytes than the index has.")
def string_shared_by_many():
    shared = Blob(b"a feature of a later version " * 8)
    return index_of(Table({1: Nodes([shared] * 20)}))


@bad(CORRUPT, "20 maps, one in the other, whose keys are their items: 2^21 values.")
def keys_shared_with_items():
    tree = map_of(a=value(0))
    for _ in range(20):
        tree = value(13, keys=[tree], items=[tree])
    return samples.values_only(tree).encode()
