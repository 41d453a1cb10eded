"""The content digest (format.md, section 13)."""

import hashlib
import struct

from reader import values
from reader.index import ATTACHMENT, ENTRY_KINDS, MODEL, VALUE
from reader.paths import references
from reader.storage_reader import sha256
from reader.verdict import unsupported

HEADING = b"statestone content 1"


def tie_groups(index):
    """Number of the tie group of every reference, in the order of the walk."""
    order = [reference.tensor for reference in references(index)]
    views = {i: index.tensor(i) for i in set(order)}
    component = {}
    end = None
    by_place = sorted(((view.storage, *view.extent(), i) for i, view in views.items()))
    storage_before = None
    for storage, begin, stop, i in by_place:
        if begin == stop:
            component[i] = ("empty", i)
            continue
        # Extents sorted by their start are one chain of overlaps as long as each starts before the
        # furthest end so far.
        if storage != storage_before or begin >= end:
            current, end = ("tied", i), stop
        component[i] = current
        end = max(end, stop)
        storage_before = storage
    references_of = {}
    for i in order:
        references_of[component[i]] = references_of.get(component[i], 0) + 1
    numbers = {}
    groups = []
    for i in order:
        group = component[i]
        if group[0] == "empty" or references_of[group] == 1:
            groups.append(0)
        else:
            groups.append(numbers.setdefault(group, len(numbers) + 1))
    return groups


class Walk:
    """The bytes of section 13, given piece by piece to `out`."""

    def __init__(self, index, reader, out):
        self._index = index
        self._reader = reader
        self._out = out
        self._groups = iter(tie_groups(index))

    def u64(self, number):
        self._out(struct.pack("<Q", number))

    def text(self, data):
        self.u64(len(data))
        self._out(data)

    def byte(self, number):
        self._out(bytes([number]))

    def file(self):
        self.text(HEADING)
        self.u64(len(self._index.entries))
        for entry in self._index.entries:
            if entry.kind not in ENTRY_KINDS:
                raise unsupported(f"an entry of the unknown kind {entry.kind} has no digest")
            self.text(entry.name)
            self.byte(entry.kind)
            {VALUE: self.value, MODEL: self.model, ATTACHMENT: self.attachment}[entry.kind](
                getattr(entry, ENTRY_KINDS[entry.kind]))

    def value(self, value):
        if not value.known:
            raise unsupported(f"a value of the unknown kind {value.kind} has no digest")
        kind = value.kind
        self.byte(kind)
        if kind in (values.BOOLEAN, values.INT64, values.UINT64, values.FLOAT64):
            self.u64(value.number)
        elif kind == values.COMPLEX128:
            self.u64(value.number)
            self.u64(value.imaginary)
        elif kind in values.TEXTS or kind in (values.BIG_INT, values.BYTES, values.BYTE_ARRAY):
            self.text(value.bytes)
        elif kind in values.SEQUENCES:
            self.u64(len(value.items))
            for item in value.items:
                self.value(item)
        elif kind in values.MAPS:
            self.u64(len(value.items))
            for key, item in zip(value.keys, value.items):
                self.value(key)
                self.value(item)
        elif kind == values.TENSOR:
            self.tensor(value.tensor)
        elif kind in values.TENSOR_DICTS:
            self.scope(value.scope)
        elif kind == values.TYPED_SCALAR:
            name, _, known = self._index.element(value.number)
            if not known:
                raise unsupported(f"a scalar of the unknown dtype {value.number} has no digest")
            self.text(name.encode())
            self.text(value.bytes)
        if kind in values.WITH_ATTRIBUTES:
            self.optional_value(value.attributes)

    def optional_value(self, value):
        self.byte(0 if value is None else 1)
        if value is not None:
            self.value(value)

    def scope(self, scope):
        tensors = self._index.inserted(scope)
        self.u64(len(tensors))
        for tensor in tensors:
            self.text(self._index.name(tensor))
            self.tensor(tensor)

    def tensor(self, number):
        tensor = self._index.tensor(number)
        self.text(tensor.dtype_name.encode())
        self.byte(tensor.kind)
        self.byte(tensor.requires_grad)
        self.u64(len(tensor.dims))
        for dim in tensor.dims:
            self.u64(dim)
        self.u64(next(self._groups))
        self._out(sha256(self._reader.elements(tensor)))

    def model(self, model):
        self.scope(model.scope)
        self.text(model.architecture)
        self.text(model.architecture_version)
        self.optional_value(model.config)
        self.byte(model.training)
        self.u64(len(model.training_exceptions))
        for name in model.training_exceptions:
            self.text(name)
        self.optional_value(model.metadata)

    def attachment(self, attachment):
        data = self._reader.attachment(attachment.storage)
        self.text(attachment.media_type)
        self.u64(len(data))
        self._out(sha256(data))


def content_digest(index, reader):
    whole = hashlib.sha256()
    Walk(index, reader, whole.update).file()
    return whole.hexdigest()


def walk_bytes(index, reader):
    """All the bytes that are digested, for test vectors."""
    pieces = []
    Walk(index, reader, pieces.append).file()
    return b"".join(pieces)
