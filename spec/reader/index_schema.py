"""The tables and structs of schema/statestone.fbs; the order of fields is that of their slots."""

from dataclasses import dataclass

import numpy


@dataclass(frozen=True)
class Number:
    """A scalar inside a table."""
    size: int
    default: int = 0


@dataclass(frozen=True)
class Text:
    required: bool = False


@dataclass(frozen=True)
class Bytes:
    pass


@dataclass(frozen=True)
class Texts:
    """A vector of strings."""


@dataclass(frozen=True)
class Column:
    """A vector of structs or numbers, read as one numpy array; elements start at `align`."""
    row: numpy.dtype
    align: int


@dataclass(frozen=True)
class Child:
    table: str


@dataclass(frozen=True)
class Children:
    table: str


NONE = 4294967295

SCOPE = numpy.dtype([("tensors_end", "<u4"), ("kind", "<u4")])
TENSOR = numpy.dtype([("name_end", "<u4"), ("dims_end", "<u4"), ("storage", "<u4"), ("dtype", "u1"),
                      ("kind", "u1"), ("flags", "<u2"), ("offset", "<u8")])
STRIDED = numpy.dtype([("tensor", "<u4"), ("first_stride", "<u4")])
STORAGE = numpy.dtype([("bytes", "<u8"), ("first_chunk", "<u4"), ("unit", "u1"), ("filter", "u1"),
                       ("chunk_units_log2", "u1"), ("layout", "u1")])
CHUNK = numpy.dtype([("offset", "<u8"), ("stored_sum", "<u8"), ("decoded_sum", "<u8"),
                     ("stored_bytes", "<u4"), ("base", "<u4")])
U64 = numpy.dtype("<u8")
U32 = numpy.dtype("<u4")

TABLES = {
    "ForeignDType": {"number": Number(1), "bits": Number(2), "name": Text(required=True)},
    "Value": {
        "kind": Number(1), "number": Number(8), "imaginary": Number(8), "bytes": Bytes(),
        "keys": Children("Value"), "items": Children("Value"), "tensor": Number(4, NONE),
        "scope": Number(4, NONE), "attributes": Child("Value"),
    },
    "Model": {
        "scope": Number(4), "architecture": Text(), "architecture_version": Text(),
        "config": Child("Value"), "training": Number(1), "training_exceptions": Children("Value"),
        "metadata": Child("Value"),
    },
    "Attachment": {"storage": Number(4), "media_type": Text()},
    "Entry": {
        "name": Text(required=True), "kind": Number(1), "value": Child("Value"),
        "model": Child("Model"), "attachment": Child("Attachment"),
    },
    "Index": {
        "read_features": Texts(), "write_features": Texts(), "writer": Text(),
        "entries": Children("Entry"), "scopes": Column(SCOPE, 4), "tensors": Column(TENSOR, 8),
        "names": Bytes(), "dims": Column(U64, 8), "order": Column(U32, 4),
        "strided": Column(STRIDED, 4), "strides": Column(U64, 8), "storages": Column(STORAGE, 8),
        "chunks": Column(CHUNK, 8), "foreign_dtypes": Children("ForeignDType"),
    },
}

#: field name -> its place in the vtable, in bytes
VTABLE_SLOTS = {table: {name: 4 + 2 * i for i, name in enumerate(fields)}
                for table, fields in TABLES.items()}
