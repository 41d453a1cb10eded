"""The bytes of a small file, field by field, in the order of the file."""

import struct

from reader.container import HEAD_BYTES, INDEX_RAW, TAIL_BYTES, open_file, open_previous
from reader.dtypes import DTYPES
from reader.flat_buffer import FlatBuffer
from reader.index_schema import TABLES, Bytes, Child, Children, Column, Number, Text, Texts
from reader.values import KIND_NAMES

BYTES_IN_A_LINE = 16
LINES_OF_A_FIELD = 4

_INDEX_CODINGS = ["as it is", "one zstd frame"]

_HEAD = [("8s", "magic", None), ("I", "version", "{}"), ("44s", "reserved", None),
         ("Q", "sum", "XXH3-64 of bytes 0-55")]
_TAIL = [("Q", "index offset", "{:#x}"), ("Q", "index stored size", "{}"),
         ("Q", "index raw size", "{}"), ("I", "index coding", lambda n: f"{n}: {_INDEX_CODINGS[n]}"),
         ("I", "reserved", None), ("16s", "index sum", "XXH3-128 of the index"),
         ("Q", "generation", "{}"), ("Q", "end offset", "{:#x}"), ("Q", "previous", "{:#x}"),
         ("Q", "previous sum", "{:#x}"), ("32s", "reserved", None),
         ("Q", "sum", "XXH3-64 of the tail's bytes 0-111"), ("8s", "closing magic", None)]


def annotate(file):
    """Lines of text. Refuses a file that does not open."""
    file = memoryview(file)
    fields = _record(file, 0, "head", _HEAD)
    generation = open_file(file)
    while True:
        tail = generation.tail
        if tail.coding == INDEX_RAW:
            fields += _index(file, tail.index_offset, tail.stored_size)
        else:
            fields.append((tail.index_offset, tail.stored_size, "index",
                           f"a zstd frame of {tail.raw_size} bytes"))
        fields += _record(file, generation.offset, "tail", _TAIL)
        fields += _chunks(generation.index)
        if tail.generation == 1:
            break
        generation = open_previous(file, generation)
    yield "offset  bytes                                            field: meaning"
    reached = 0
    for start, length, name, meaning in sorted(set(fields)):
        if start > reached:
            yield from _lines(file, reached, start - reached, "padding", "")
        if start >= reached:
            yield from _lines(file, start, length, name, meaning)
        reached = max(reached, start + length)


def _lines(file, start, length, name, meaning):
    data = bytes(file[start:start + length])
    label = f"{name}: {meaning}" if meaning else name
    if length > BYTES_IN_A_LINE and len(set(data)) == 1:
        yield f"{start:6x}  {f'{data[:1].hex()} * {length}':<47}  {label}"
        return
    for row in range(0, length, BYTES_IN_A_LINE):
        if row == BYTES_IN_A_LINE * LINES_OF_A_FIELD:
            yield f"        ... {length - row} more bytes"
            return
        bytes_ = data[row:row + BYTES_IN_A_LINE].hex(" ")
        yield f"{start + row:6x}  {bytes_:<47}  {'' if row else label}".rstrip()


def _record(file, at, part, layout):
    fields = []
    for format_, name, meaning in layout:
        number, = struct.unpack_from("<" + format_, file, at)
        size = struct.calcsize("<" + format_)
        said = meaning(number) if callable(meaning) else (meaning or "").format(number)
        fields.append((at, size, f"{part} {name}", said))
        at += size
    return fields


def _chunks(index):
    storages = index.storages.tolist()
    return [(offset, stored_bytes, f"chunk {i}",
             f"of storage {sum(1 for row in storages if row[1] <= i) - 1}")
            for i, (offset, _, _, stored_bytes, _) in enumerate(index.chunks.tolist())]


def _index(file, start, size):
    buffer = FlatBuffer(file[start:start + size])
    root = buffer.root()
    fields = [(0, 4, "index root", f"the table Index at {root.position:#x} from here"),
              (4, 4, "index identifier", "STN1")]
    _table(buffer, "Index", root.position, fields)
    return [(start + at, length, name, meaning) for at, length, name, meaning in fields]


def _table(buffer, name, position, fields):
    vtable = position - struct.unpack_from("<i", buffer.data, position)[0]
    vtable_bytes, table_bytes = struct.unpack_from("<HH", buffer.data, vtable)
    fields.append((vtable, vtable_bytes, f"vtable of {name}", ""))
    said = []
    for field, kind in TABLES[name].items():
        place = buffer.field(name, field, position)
        if place is None:
            continue
        if isinstance(kind, Number):
            number = int.from_bytes(buffer.data[place:place + kind.size], "little")
            said.append(f"{field} {number}{_in_words(name, field, number)}")
            continue
        target = place + buffer.u32(place)
        said.append(field)
        _reference(buffer, f"{name}.{field}", kind, target, fields)
    fields.append((position, table_bytes, f"table {name}", ", ".join(said)))


def _reference(buffer, name, kind, target, fields):
    count = buffer.u32(target)
    if isinstance(kind, Child):
        _table(buffer, kind.table, target, fields)
    elif isinstance(kind, (Text, Bytes)):
        data = buffer.blob(target)
        end = 1 if isinstance(kind, Text) else 0
        fields.append((target, 4 + count + end, name, repr(data)[1:]))
    elif isinstance(kind, Column):
        fields.append((target, 4, name, f"{count} of {kind.row.itemsize} bytes"))
        for i in range(count):
            at = target + 4 + i * kind.row.itemsize
            fields.append((at, kind.row.itemsize, f"{name.split('.')[1]}[{i}]",
                           _row(buffer.data, kind.row, at)))
    else:
        fields.append((target, 4 + 4 * count, name, f"{count}, by their offsets"))
        for place in range(target + 4, target + 4 + 4 * count, 4):
            child = place + buffer.u32(place)
            if isinstance(kind, Texts):
                _reference(buffer, name, Text(), child, fields)
            elif isinstance(kind, Children):
                _table(buffer, kind.table, child, fields)


def _row(data, row, at):
    if row.names is None:
        return str(int.from_bytes(data[at:at + row.itemsize], "little"))
    said = []
    for name in row.names:
        type_, distance = row.fields[name][:2]
        number = int.from_bytes(data[at + distance:at + distance + type_.itemsize], "little")
        said.append(name if name.endswith("_sum")
                    else f"{name} {number}{_in_words('Tensor', name, number)}")
    return ", ".join(said)


def _in_words(table, field, number):
    if (table, field) == ("Value", "kind") and number < len(KIND_NAMES):
        return f" ({KIND_NAMES[number]})"
    if field == "dtype" and number in DTYPES:
        return f" ({DTYPES[number][0]})"
    return ""


assert HEAD_BYTES == sum(struct.calcsize("<" + field[0]) for field in _HEAD)
assert TAIL_BYTES == sum(struct.calcsize("<" + field[0]) for field in _TAIL)
