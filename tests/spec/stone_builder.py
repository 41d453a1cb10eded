"""Builds .stone files from plain data, right by default and wrong wherever a caller says so.

A `Stone` holds the columns and tables of an index as lists of rows that may be changed freely
before `encode`; sums and sizes are computed last, so that a file can be wrong in one place only.
"""

import struct
from dataclasses import asdict, dataclass, field

import xxhash
from flat_builder import Blob, Nodes, Rows, Table, build
from plane_builder import raw_planes

MAGIC = b"\xd3STN\r\n\x1a\n"
NONE = 4294967295
(NULL, BOOLEAN, INT64, UINT64, BIG_INT, FLOAT64, COMPLEX128, STRING, BYTES, BYTE_ARRAY, LIST, TUPLE,
 SET, MAP, ORDERED_MAP, SIZE, DTYPE, DEVICE, TENSOR, TENSOR_DICT, ORDERED_TENSOR_DICT, TYPED_SCALAR,
 FROZEN_SET) = range(23)
UINT8, INT64_DTYPE, BFLOAT16, FLOAT32, FLOAT64_DTYPE, COMPLEX128_DTYPE = 2, 9, 17, 18, 19, 26
ELEMENT_BYTES = {1: 1, 2: 1, 3: 1, 5: 2, 7: 4, 9: 8, 16: 2, 17: 2, 18: 4, 19: 8, 24: 4, 25: 8,
                 26: 16}


def xxh3_64(data):
    return xxhash.xxh3_64_intdigest(data)


@dataclass
class ScopeRow:
    tensors_end: int
    kind: int = 0


@dataclass
class TensorRow:
    name_end: int
    dims_end: int
    storage: int
    dtype: int
    kind: int = 0
    flags: int = 0
    offset: int = 0


@dataclass
class StridedRow:
    tensor: int
    first_stride: int


@dataclass
class StorageRow:
    bytes: int
    first_chunk: int
    unit: int = 4
    filter: int = 0
    chunk_units_log2: int = 18
    layout: int = 0


@dataclass
class ChunkRow:
    offset: int
    stored_sum: int
    decoded_sum: int
    stored_bytes: int
    base: int = 0


def value(kind, *, number=None, imaginary=None, data=None, keys=None, items=None, tensor=None,
          scope=None, attributes=None):
    """A Value table; only what is given is written."""
    fields = {}
    if kind:
        fields[0] = ("B", kind)
    for slot, given, format_ in [(1, number, "Q"), (2, imaginary, "Q"), (6, tensor, "I"),
                                 (7, scope, "I")]:
        if given is not None:
            fields[slot] = (format_, given & (1 << 64) - 1)
    if data is not None:
        fields[3] = Blob(data, end=b"")
    if keys is not None:
        fields[4] = Nodes(keys)
    if items is not None:
        fields[5] = Nodes(items)
    if attributes is not None:
        fields[8] = attributes
    return Table(fields)


def text(string):
    return value(STRING, data=string.encode())


def map_of(**items):
    return value(MAP, keys=[text(key) for key in items], items=list(items.values()))


def model(scope, *, architecture=None, version=None, config=None, training=None, exceptions=None,
          metadata=None):
    fields = {0: ("I", scope)}
    for slot, given in [(1, architecture), (2, version)]:
        if given is not None:
            fields[slot] = Blob(given)
    if training is not None:
        fields[4] = ("B", training)
    if exceptions is not None:
        fields[5] = Nodes([value(STRING, data=name) for name in exceptions])
    for slot, given in [(3, config), (6, metadata)]:
        if given is not None:
            fields[slot] = given
    return Table(fields)


def attachment(storage, media_type=None):
    fields = {0: ("I", storage)}
    if media_type is not None:
        fields[1] = Blob(media_type)
    return Table(fields)


def foreign_dtype(number, bits, name=b"float6_e3m2"):
    fields = {0: ("B", number), 1: ("H", bits)}
    if name is not None:
        fields[2] = Blob(name)
    return Table(fields)


ENTRY_SLOTS = {"value": (0, 2), "model": (1, 3), "attachment": (2, 4)}


def entry(name, *, kind=None, **tables):
    """`tables`: value, model or attachment. `kind` overrides what follows from them."""
    fields = {} if name is None else {0: Blob(name)}
    for table, node in tables.items():
        number, slot = ENTRY_SLOTS[table]
        fields[slot] = node
        kind = number if kind is None else kind
    if kind:
        fields[1] = ("B", kind)
    return Table(fields)


@dataclass
class Stone:
    """One generation. `payload` holds (offset, bytes); the index goes behind it."""
    start: int = 64
    payload: list = field(default_factory=list)
    entries: list = field(default_factory=list)
    scopes: list = field(default_factory=list)
    tensors: list = field(default_factory=list)
    names: bytes = b""
    dims: list = field(default_factory=list)
    order: list = field(default_factory=list)
    strided: list = field(default_factory=list)
    strides: list = field(default_factory=list)
    storages: list = field(default_factory=list)
    chunks: list = field(default_factory=list)
    foreign: list = field(default_factory=list)
    read_features: list = field(default_factory=list)
    write_features: list = field(default_factory=list)
    writer: bytes = b"hand"
    skews: dict = field(default_factory=dict)

    def end(self):
        return max([self.start] + [offset + len(data) for offset, data in self.payload])

    def place(self, data, *, align=64):
        """Puts bytes behind the payload so far; returns where."""
        offset = -(-self.end() // align) * align
        self.payload.append((offset, data))
        return offset

    def chunk(self, stored, decoded, *, offset=None):
        offset = self.place(stored) if offset is None else offset
        self.chunks.append(ChunkRow(offset, xxh3_64(stored), xxh3_64(decoded), len(stored)))

    def storage(self, decoded, *, unit=4, filter=0, layout=0, log2=18, stored=None):
        """A storage of `decoded`; `stored` has the bytes of each chunk of a coded one."""
        self.storages.append(StorageRow(len(decoded), len(self.chunks), unit, filter, log2, layout))
        size = unit << log2
        for i, at in enumerate(range(0, len(decoded), size)):
            part = decoded[at:at + size]
            if layout == 0:
                self.chunk(part, part)
            elif stored is None:
                self.chunk(raw_planes(part, unit, filter == 1), part)
            else:
                self.chunk(stored[i], part)
        return len(self.storages) - 1

    def tensor(self, name, dims, dtype, storage, *, offset=0, strides=None, kind=0, flags=0):
        """A tensor behind the ones before; the scope around them is added by `scope`."""
        self.names += name
        self.dims += dims
        self.tensors.append(TensorRow(len(self.names), len(self.dims), storage, dtype, kind, flags,
                                      offset))
        if strides is not None:
            self.strided.append(StridedRow(len(self.tensors) - 1, len(self.strides)))
            self.strides += strides
        return len(self.tensors) - 1

    def scope(self, kind=0):
        self.scopes.append(ScopeRow(len(self.tensors), kind))
        return len(self.scopes) - 1

    def index_bytes(self):
        fields = {}

        def rows(slot, name, format_, items, align=8):
            if items:
                fields[slot] = Rows(format_, items, align, self.skews.get(name, 0))

        def structs(slot, name, format_):
            rows(slot, name, format_, [tuple(asdict(row).values()) for row in getattr(self, name)])

        for slot, texts in [(0, self.read_features), (1, self.write_features)]:
            if texts:
                fields[slot] = Nodes([Blob(item) for item in texts])
        if self.writer:
            fields[2] = Blob(self.writer)
        if self.entries:
            fields[3] = Nodes(self.entries)
        structs(4, "scopes", "II")
        structs(5, "tensors", "IIIBBHQ")
        if self.names:
            fields[6] = Blob(self.names, end=b"")
        rows(7, "dims", "Q", [(dim,) for dim in self.dims])
        rows(8, "order", "I", [(place,) for place in self.order], align=4)
        structs(9, "strided", "II")
        rows(10, "strides", "Q", [(stride,) for stride in self.strides])
        structs(11, "storages", "QIBBBB")
        structs(12, "chunks", "QQQII")
        if self.foreign:
            fields[13] = Nodes(self.foreign)
        return build(Table(fields))

    def encode(self, *, before=None, index=None, head=None, **tail):
        """The whole file. `before`: the file that this generation is appended to. `index`: bytes
        to take instead of the columns. `head` and `tail` override fields; sums follow them."""
        file = bytearray(head_bytes(**(head or {})) if before is None else before)
        for offset, data in self.payload:
            file.extend(bytes(max(0, offset + len(data) - len(file))))
            file[offset:offset + len(data)] = data
        file.extend(bytes(-len(file) % 64))
        index = self.index_bytes() if index is None else index
        if before is not None:
            generation, = struct.unpack_from("<Q", before, len(before) - 80)
            tail = {"generation": generation + 1, "previous": len(before) - 128,
                    "previous_sum": struct.unpack_from("<Q", before, len(before) - 16)[0], **tail}
        return bytes(file) + index + bytes(-len(index) % 64) + tail_bytes(
            index, len(file), **tail)


def head_bytes(magic=MAGIC, version=1, reserved=bytes(44), sum=None):
    head = struct.pack("<8sI44s", magic, version, reserved)
    return head + struct.pack("<Q", xxh3_64(head) if sum is None else sum)


def tail_bytes(index, place, *, tail_sum=None, closing=MAGIC[::-1], **given):
    """The tail of `index` at `place`; fields by the names of format.md with underscores."""
    sum_128 = xxhash.xxh3_128_intdigest(bytes(index)).to_bytes(16, "little")
    at = -(-(place + len(index)) // 64) * 64
    fields = {"index_offset": place, "stored_size": len(index), "raw_size": len(index),
              "coding": 0, "reserved": 0, "index_sum": sum_128, "generation": 1,
              "end_offset": at + 128, "previous": 0, "previous_sum": 0, "reserved_bytes": bytes(32)}
    unknown = set(given) - set(fields)
    assert not unknown, unknown
    fields.update(given)
    tail = struct.pack("<QQQII16sQQQQ32s", *fields.values())
    return tail + struct.pack("<Q8s", xxh3_64(tail) if tail_sum is None else tail_sum, closing)


def re_signed(file, at, data):
    """`file` with bytes changed, and every sum of head, index and tail computed again."""
    file = bytearray(file)
    file[at:at + len(data)] = data
    struct.pack_into("<Q", file, 56, xxh3_64(bytes(file[:56])))
    offset, size = struct.unpack_from("<QQ", file, len(file) - 128)
    if offset + size <= len(file):
        index_sum = xxhash.xxh3_128_intdigest(bytes(file[offset:offset + size]))
        file[-96:-80] = index_sum.to_bytes(16, "little")
    struct.pack_into("<Q", file, len(file) - 16, xxh3_64(bytes(file[-128:-16])))
    return bytes(file)
