"""An accessor for FlatBuffers that checks before it trusts (format.md, section 5).

`FlatBuffer.verify` visits everything that the schema can reach; only behind it is a `Table` handed
out, so that the rest of the reader never meets an offset that leads outside.
"""

import struct

import numpy

from reader.index_schema import (TABLES, VTABLE_SLOTS, Bytes, Child, Children, Column, Number, Text,
                                 Texts)
from reader.verdict import corrupt

IDENTIFIER = b"STN1"
MAX_TABLE_NESTING = 80


class FlatBuffer:
    def __init__(self, data):
        self.data = bytes(data)
        self.size = len(self.data)
        # A hostile buffer may refer to one long vector of strings from every table it has; what a
        # visit of it found is kept, so that the next visit costs nothing.
        self._texts_bytes = {}
        self._texts = {}

    def root(self):
        """Checks the whole buffer and returns its root table."""
        if self.size < 8 or self.data[4:8] != IDENTIFIER:
            raise corrupt("index: not a FlatBuffer with the identifier STN1")
        self._tables_left = self.size // 8 + 16
        self._bytes_left = self.size
        position = self._follow(0, "root")
        self._verify_table("Index", position, 1)
        return Table(self, "Index", position)

    # --- checks of single places -------------------------------------------------------------

    def _range(self, position, length, align, what):
        if position < 0 or length > self.size or position > self.size - length:
            raise corrupt(f"index: {what} at {position} with {length} bytes leaves the index of "
                          f"{self.size} bytes")
        if position % align:
            raise corrupt(f"index: {what} at {position} is not at a multiple of {align}")

    def u16(self, position):
        return struct.unpack_from("<H", self.data, position)[0]

    def u32(self, position):
        return struct.unpack_from("<I", self.data, position)[0]

    def _follow(self, position, what):
        """The target of the offset at `position`: ahead of it, inside the buffer."""
        self._range(position, 4, 4, f"offset of {what}")
        distance = self.u32(position)
        if distance == 0 or distance >= 1 << 31 or position + distance >= self.size:
            raise corrupt(f"index: the offset {distance} of {what} at {position} leads outside")
        return position + distance

    def _vector(self, position, element_size, what):
        """Checks length and extent; returns the number of elements. They start at position + 4."""
        self._range(position, 4, 4, f"length of {what}")
        count = self.u32(position)
        self._range(position + 4, count * element_size, 1, what)
        return count

    def _spend_bytes(self, count):
        self._bytes_left -= count
        if self._bytes_left < 0:
            raise corrupt(f"index: the strings and byte vectors visited hold more bytes than the "
                          f"index has ({self.size})")

    # --- the walk ----------------------------------------------------------------------------

    def _verify_table(self, name, position, depth):
        if depth > MAX_TABLE_NESTING:
            raise corrupt(f"index: tables are nested more than {MAX_TABLE_NESTING} deep")
        self._tables_left -= 1
        if self._tables_left < 0:
            raise corrupt(f"index: more tables are visited than {self.size} bytes can hold")
        self._range(position, 4, 4, f"table {name}")
        vtable = position - struct.unpack_from("<i", self.data, position)[0]
        self._range(vtable, 2, 2, f"vtable of {name}")
        if self.u16(vtable) % 2:
            raise corrupt(f"index: the vtable of {name} at {vtable} has an odd size")
        self._range(vtable, self.u16(vtable), 2, f"vtable of {name}")
        for field, kind in TABLES[name].items():
            place = self.field(name, field, position)
            what = f"{name}.{field}"
            if place is None:
                if isinstance(kind, Text) and kind.required:
                    raise corrupt(f"index: the required {what} is not there")
            elif isinstance(kind, Number):
                self._range(place, kind.size, kind.size, what)
            else:
                self._verify_reference(kind, self._follow(place, what), what, depth)

    def _verify_reference(self, kind, target, what, depth):
        if isinstance(kind, Child):
            self._verify_table(kind.table, target, depth + 1)
        elif isinstance(kind, Text):
            self._spend_bytes(self._verify_text(target, what))
        elif isinstance(kind, Bytes):
            self._spend_bytes(self._vector(target, 1, what))
        elif isinstance(kind, Column):
            self._vector(target, kind.row.itemsize, what)
            if (target + 4) % kind.align:
                raise corrupt(f"index: the elements of {what} start at {target + 4}, not at a "
                              f"multiple of {kind.align}")
        elif isinstance(kind, Children):
            for i in range(self._vector(target, 4, what)):
                self._verify_table(kind.table, self._follow(target + 4 + 4 * i, what), depth + 1)
        elif isinstance(kind, Texts):
            if target not in self._texts_bytes:
                self._texts_bytes[target] = sum(
                    self._verify_text(self._follow(target + 4 + 4 * i, what), what)
                    for i in range(self._vector(target, 4, what)))
            self._spend_bytes(self._texts_bytes[target])

    def _verify_text(self, position, what):
        length = self._vector(position, 1, what)
        end = position + 4 + length
        self._range(end, 1, 1, f"zero byte behind {what}")
        if self.data[end]:
            raise corrupt(f"index: no zero byte behind the string {what} at {position}")
        return length

    # --- access, of a verified buffer --------------------------------------------------------

    def field(self, table, field, position):
        """Where the field of the table at `position` stands, or None if it is left out."""
        vtable = position - struct.unpack_from("<i", self.data, position)[0]
        slot = VTABLE_SLOTS[table][field]
        if slot + 2 > self.u16(vtable):
            return None
        distance = self.u16(vtable + slot)
        return position + distance if distance else None

    def blob(self, position):
        return self.data[position + 4:position + 4 + self.u32(position)]

    def texts(self, position):
        if position not in self._texts:
            self._texts[position] = [
                self.blob(place + self.u32(place))
                for place in range(position + 4, position + 4 + 4 * self.u32(position), 4)]
        return self._texts[position]


class Table:
    """One table of a verified buffer; fields by the schema's names."""

    def __init__(self, buffer, name, position):
        self._buffer = buffer
        self._name = name
        self.position = position

    def _target(self, field):
        place = self._buffer.field(self._name, field, self.position)
        return None if place is None else place + self._buffer.u32(place)

    def has(self, field):
        return self._buffer.field(self._name, field, self.position) is not None

    def number(self, field):
        kind = TABLES[self._name][field]
        place = self._buffer.field(self._name, field, self.position)
        if place is None:
            return kind.default
        return int.from_bytes(self._buffer.data[place:place + kind.size], "little")

    def blob(self, field):
        """The bytes of a string or byte vector; none if it is absent."""
        target = self._target(field)
        return b"" if target is None else self._buffer.blob(target)

    def texts(self, field):
        target = self._target(field)
        return [] if target is None else self._buffer.texts(target)

    def child(self, field):
        target = self._target(field)
        if target is None:
            return None
        return Table(self._buffer, TABLES[self._name][field].table, target)

    def children(self, field):
        target = self._target(field)
        if target is None:
            return []
        name = TABLES[self._name][field].table
        places = range(target + 4, target + 4 + 4 * self._buffer.u32(target), 4)
        return [Table(self._buffer, name, place + self._buffer.u32(place)) for place in places]

    def column(self, field):
        row = TABLES[self._name][field].row
        target = self._target(field)
        if target is None:
            return numpy.zeros(0, row)
        return numpy.frombuffer(self._buffer.data, row, self._buffer.u32(target), target + 4)
