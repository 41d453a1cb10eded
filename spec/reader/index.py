"""The index of one generation, decoded: columns as numpy arrays, the few tables as objects."""

from dataclasses import dataclass

from reader.dtypes import DTYPES
from reader.values import decode_value

VALUE, MODEL, ATTACHMENT = 0, 1, 2
ENTRY_KINDS = {VALUE: "value", MODEL: "model", ATTACHMENT: "attachment"}


@dataclass
class Entry:
    name: bytes
    kind: int
    value: object = None
    model: object = None
    attachment: object = None


@dataclass
class Model:
    scope: int
    architecture: bytes
    architecture_version: bytes
    config: object
    training: int
    training_exception_values: list
    metadata: object

    @property
    def training_exceptions(self):
        return [value.bytes for value in self.training_exception_values]


@dataclass
class Attachment:
    storage: int
    media_type: bytes


@dataclass
class ForeignDType:
    number: int
    bits: int
    name: bytes


@dataclass
class Tensor:
    """A view of a storage; strides in elements, offset in bytes."""
    number: int
    name: bytes
    dtype: int
    dtype_name: str
    element_bytes: int
    known: bool
    kind: int
    requires_grad: bool
    storage: int
    offset: int
    dims: tuple
    strides: tuple

    def extent(self):
        return self.offset, self.offset + extent_bytes(self.dims, self.strides, self.element_bytes)


def extent_bytes(dims, strides, element_bytes):
    if 0 in dims:
        return 0
    return element_bytes * (1 + sum((d - 1) * s for d, s in zip(dims, strides)))


def dense_strides(dims):
    """Row-major; a dimension of 0 counts as 1, as it does in PyTorch."""
    strides, step = [], 1
    for dim in reversed(dims):
        strides.append(step)
        step *= max(dim, 1)
    return tuple(reversed(strides))


class Index:
    """Plain access; nothing here is checked but what FlatBuffer.root checked."""

    def __init__(self, root):
        self.read_features = root.texts("read_features")
        self.write_features = root.texts("write_features")
        self.writer = root.blob("writer")
        self.names = root.blob("names")
        for column in ("scopes", "tensors", "dims", "order", "strided", "strides", "storages",
                       "chunks"):
            setattr(self, column, root.column(column))
        self._entry_tables = root.children("entries")
        self._foreign_tables = root.children("foreign_dtypes")
        self.entry_count = len(self._entry_tables)
        self.entries = []
        self.foreign = {}

    def decode_tables(self):
        """Entries and foreign dtypes, once their numbers are known to be within the limits."""
        self.foreign_rows = [ForeignDType(t.number("number"), t.number("bits"), t.blob("name"))
                             for t in self._foreign_tables]
        self.foreign = {row.number: row for row in self.foreign_rows}
        self.entries = [_entry(table) for table in self._entry_tables]

    def lay_out(self):
        """Lists for quick access, once the ranges of the columns are known to be good."""
        self._name_ends = [0] + self.tensors["name_end"].tolist()
        self._dims_ends = [0] + self.tensors["dims_end"].tolist()
        self._scope_ends = [0] + self.scopes["tensors_end"].tolist()
        self._first_stride = dict(zip(self.strided["tensor"].tolist(),
                                      self.strided["first_stride"].tolist()))

    def name(self, i):
        return self.names[self._name_ends[i]:self._name_ends[i + 1]]

    def dims_of(self, i):
        return tuple(self.dims[self._dims_ends[i]:self._dims_ends[i + 1]].tolist())

    def strides_of(self, i, dims):
        first = self._first_stride.get(i)
        if first is None:
            return dense_strides(dims)
        return tuple(self.strides[first:first + len(dims)].tolist())

    def element(self, number):
        """(name, bytes of an element, known) of a dtype, or None."""
        if number in DTYPES:
            return (*DTYPES[number], True)
        row = self.foreign.get(number)
        return None if row is None else (row.name.decode(), row.bits // 8, False)

    def tensor(self, i):
        row = self.tensors[i]
        number = int(row["dtype"])
        dims = self.dims_of(i)
        return Tensor(i, self.name(i), number, *self.element(number), int(row["kind"]),
                      bool(row["flags"] & 1), int(row["storage"]), int(row["offset"]), dims,
                      self.strides_of(i, dims))

    def scope_range(self, scope):
        return range(self._scope_ends[scope], self._scope_ends[scope + 1])

    def inserted(self, scope):
        """The tensors of a scope in order of insertion."""
        places = self.scope_range(scope)
        return self.order[places.start:places.stop].tolist() if len(self.order) else list(places)


def _entry(table):
    entry = Entry(table.blob("name"), table.number("kind"))
    if (value := table.child("value")) is not None:
        entry.value = decode_value(value)
    if (model := table.child("model")) is not None:
        entry.model = Model(
            model.number("scope"), model.blob("architecture"), model.blob("architecture_version"),
            decode_value(model.child("config")), model.number("training"),
            [decode_value(t) for t in model.children("training_exceptions")], decode_value(model.child("metadata")))
    if (attachment := table.child("attachment")) is not None:
        entry.attachment = Attachment(attachment.number("storage"), attachment.blob("media_type"))
    return entry
