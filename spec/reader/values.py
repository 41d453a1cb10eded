"""Value trees: what a file says beside its tensors (format.md, section 7)."""

from dataclasses import dataclass, field

from reader.index_schema import NONE

NULL, BOOLEAN, INT64, UINT64, BIG_INT, FLOAT64, COMPLEX128 = range(7)
STRING, BYTES, BYTE_ARRAY, LIST, TUPLE, SET, MAP, ORDERED_MAP = range(7, 15)
SIZE, DTYPE, DEVICE, TENSOR, TENSOR_DICT, ORDERED_TENSOR_DICT = range(15, 21)
TYPED_SCALAR, FROZEN_SET = 21, 22

KIND_NAMES = ["null", "boolean", "int64", "uint64", "big_int", "float64", "complex128", "string",
              "bytes", "byte_array", "list", "tuple", "set", "map", "ordered_map", "size", "dtype",
              "device", "tensor", "tensor_dict", "ordered_tensor_dict", "typed_scalar",
              "frozen_set"]
SEQUENCES = {LIST, TUPLE, SET, FROZEN_SET, SIZE}
MAPS = {MAP, ORDERED_MAP}
TENSOR_DICTS = {TENSOR_DICT, ORDERED_TENSOR_DICT}
TEXTS = {STRING, DTYPE, DEVICE}
WITH_ATTRIBUTES = {ORDERED_MAP, ORDERED_TENSOR_DICT}
#: What a key of a map may be; a tuple's members likewise.
KEYS = {NULL, BOOLEAN, INT64, UINT64, BIG_INT, FLOAT64, STRING, BYTES, TUPLE}


@dataclass
class Value:
    kind: int
    number: int = 0
    imaginary: int = 0
    bytes: bytes = b""
    keys: list = field(default_factory=list)
    items: list = field(default_factory=list)
    tensor: int = NONE
    scope: int = NONE
    attributes: object = None

    @property
    def known(self):
        return self.kind < len(KIND_NAMES)

    def integer(self):
        """What an int64, uint64 or big_int counts."""
        if self.kind == BIG_INT:
            return int.from_bytes(self.bytes, "little", signed=True)
        if self.kind == INT64 and self.number >= 1 << 63:
            return self.number - (1 << 64)
        return self.number

    def children(self):
        yield from self.keys
        yield from self.items
        if self.attributes is not None:
            yield self.attributes


def decode_value(table):
    """The tree of a verified table; None for a table that is not there."""
    if table is None:
        return None
    return Value(table.number("kind"), table.number("number"), table.number("imaginary"),
                 table.blob("bytes"), [decode_value(t) for t in table.children("keys")],
                 [decode_value(t) for t in table.children("items")], table.number("tensor"),
                 table.number("scope"), decode_value(table.child("attributes")))
