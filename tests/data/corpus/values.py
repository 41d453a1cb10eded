"""Section 7: values."""

import samples
from corpus.case import CORRUPT, LIMIT, bad
from stone_builder import (BIG_INT, BOOLEAN, DEVICE, DTYPE, FLOAT64, INT64, LIST, MAP, ORDERED_MAP,
                           SIZE, STRING, TUPLE, TYPED_SCALAR, UINT64, map_of, text, value)


def only(tree):
    return samples.values_only(tree).encode()


def big(*bytes_):
    return only(value(BIG_INT, data=bytes(bytes_)))


def nested(depth):
    tree = value(0)
    for _ in range(depth - 1):
        tree = value(LIST, items=[tree])
    return tree


def scalar(dtype, data):
    return only(value(TYPED_SCALAR, number=dtype, data=data))


@bad(CORRUPT, "A boolean is 2.")
def boolean_of_two():
    return only(value(BOOLEAN, number=2))


@bad(CORRUPT, "A uint64 is one that int64 can hold.")
def uint64_too_small():
    return only(value(UINT64, number=2**63 - 1))


@bad(CORRUPT, "A big_int has 8 bytes.")
def big_int_of_8_bytes():
    return big(0, 0, 0, 0, 0, 0, 0, 0x80)


@bad(CORRUPT, "A big_int has no bytes.")
def big_int_of_no_bytes():
    return only(value(BIG_INT))


@bad(CORRUPT, "A positive big_int has a zero byte more than it needs.")
def big_int_with_spare_zero():
    return big(0, 0, 0, 0, 0, 0, 0, 0, 1, 0)


@bad(CORRUPT, "A negative big_int has an FF byte more than it needs.")
def big_int_with_spare_ff():
    return big(0, 0, 0, 0, 0, 0, 0, 0, 0xFE, 0xFF)


@bad(CORRUPT, "A string is not UTF-8.")
def string_not_utf8():
    return only(value(STRING, data=b"\xc3"))


@bad(CORRUPT, "The name of a dtype is not UTF-8.")
def dtype_not_utf8():
    return only(value(DTYPE, data=b"\xff"))


@bad(CORRUPT, "The name of a device is not UTF-8.")
def device_not_utf8():
    return only(value(DEVICE, data=b"cuda\xff"))


@bad(CORRUPT, "A string deep in a list of maps is not UTF-8.")
def string_inside_not_utf8():
    return only(value(LIST, items=[map_of(a=value(STRING, data=b"\xa0"))]))


@bad(CORRUPT, "A key is not UTF-8.")
def key_not_utf8():
    return only(value(MAP, keys=[value(STRING, data=b"\xff")], items=[value(0)]))


@bad(CORRUPT, "A map has more keys than items.")
def map_with_more_keys():
    return only(value(MAP, keys=[text("a"), text("b")], items=[value(0)]))


@bad(CORRUPT, "A map has items and no keys.")
def map_without_keys():
    return only(value(ORDERED_MAP, items=[value(0)]))


@bad(CORRUPT, "A key is a list.")
def key_of_list():
    return only(value(MAP, keys=[value(LIST)], items=[value(0)]))


@bad(CORRUPT, "A key is a tuple with a map in it.")
def key_of_tuple_with_map():
    return only(value(MAP, keys=[value(TUPLE, items=[map_of()])], items=[value(0)]))


@bad(CORRUPT, "A size has a float in it.")
def size_with_float():
    return only(value(SIZE, items=[value(INT64, number=1), value(FLOAT64, number=0)]))


@bad(CORRUPT, "A float32 scalar has 8 bytes.")
def scalar_too_long():
    return scalar(18, bytes(8))


@bad(CORRUPT, "A float32 scalar has no bytes.")
def scalar_too_short():
    return scalar(18, b"")


@bad(CORRUPT, "A scalar has a dtype that is neither known nor among the foreign ones.")
def scalar_dtype_unknown():
    return scalar(200, bytes(4))


@bad(CORRUPT, "The dtype of a scalar is 256 + 18, which in one byte is float32.")
def scalar_dtype_above_a_byte():
    return scalar(256 + 18, bytes(4))


@bad(CORRUPT, "A list has attributes.")
def attributes_of_list():
    return only(value(LIST, attributes=map_of()))


@bad(CORRUPT, "A map that is not ordered has attributes.")
def attributes_of_map():
    return only(value(MAP, attributes=map_of()))


@bad(CORRUPT, "The attributes of an ordered map are a list.")
def attributes_not_a_map():
    return only(value(ORDERED_MAP, attributes=value(LIST)))


@bad(LIMIT, "Values are nested 65 deep.")
def values_too_deep():
    return only(nested(65))


@bad(LIMIT, "Values are nested 65 deep, the last of them a key.")
def key_too_deep():
    key = value(0)
    tree = value(MAP, keys=[key], items=[value(0)])
    for _ in range(63):
        tree = value(LIST, items=[tree])
    return only(tree)


@bad(LIMIT, "Values are nested 65 deep, the last of them attributes.")
def attributes_too_deep():
    tree = value(ORDERED_MAP, attributes=map_of())
    for _ in range(63):
        tree = value(LIST, items=[tree])
    return only(tree)
