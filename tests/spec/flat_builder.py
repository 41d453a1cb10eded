"""Writes FlatBuffers node by node, parents ahead of their children, so that every offset leads
forward. It writes what it is told, sound or not: alignment, sharing, lengths and terminators are
the caller's."""

import struct
from dataclasses import dataclass, field


@dataclass(eq=False)
class Blob:
    """A string or byte vector: length, bytes, and what ends it."""
    data: bytes
    end: bytes = b"\0"
    length: int = None
    align: int = 4

    def children(self):
        return []


@dataclass(eq=False)
class Rows:
    """A vector of structs or numbers, packed by `format`; they start at `align` plus `skew`."""
    format: str
    rows: list
    align: int = 8
    skew: int = 0
    length: int = None

    def children(self):
        return []


@dataclass(eq=False)
class Nodes:
    """A vector of offsets."""
    nodes: list
    length: int = None

    def children(self):
        return self.nodes


@dataclass(eq=False)
class Table:
    """Fields by slot: a pair (format, number) or a node."""
    fields: dict = field(default_factory=dict)
    vtable_size: int = None
    skew: int = 0

    def children(self):
        return [value for value in self.fields.values() if not isinstance(value, tuple)]


def build(root, identifier=b"STN1"):
    out = bytearray(struct.pack("<I4s", 0, identifier))
    places = {}
    patches = [(0, root)]
    for node in _parents_first(root):
        places[id(node)] = _write(out, node, patches)
    while len(out) % 8:
        out.append(0)
    for at, node in patches:
        struct.pack_into("<I", out, at, places[id(node)] - at)
    return out


def _parents_first(root):
    """Every node once, behind all that refer to it."""
    order, seen = [], set()

    def visit(node):
        seen.add(id(node))
        # Last child first, so that the reversed order has the first child first.
        for child in reversed(node.children()):
            if id(child) not in seen:
                visit(child)
        order.append(node)

    visit(root)
    return reversed(order)


def _align(out, align, skew=0, ahead=0):
    """Zero bytes until the place `ahead` bytes on is at a multiple of `align` plus `skew`."""
    while (len(out) + ahead) % align != skew % align:
        out.append(0)


def _write(out, node, patches):
    if isinstance(node, Blob):
        _align(out, 4)
        _align(out, node.align, ahead=4)
        at = len(out)
        out += struct.pack("<I", len(node.data) if node.length is None else node.length)
        out += node.data + node.end
    elif isinstance(node, Rows):
        _align(out, node.align, node.skew, ahead=4)
        at = len(out)
        out += struct.pack("<I", len(node.rows) if node.length is None else node.length)
        for row in node.rows:
            out += struct.pack("<" + node.format, *row)
    elif isinstance(node, Nodes):
        _align(out, 4)
        at = len(out)
        out += struct.pack("<I", len(node.nodes) if node.length is None else node.length)
        for child in node.nodes:
            patches.append((len(out), child))
            out += bytes(4)
    else:
        at = _write_table(out, node, patches)
    return at


def _write_table(out, table, patches):
    slots = max(table.fields, default=-1) + 1
    # Widest fields first: with the table at a multiple of 8 plus 4, the fields behind its 4 bytes
    # of header then need no padding.
    def width(slot):
        value = table.fields[slot]
        return struct.calcsize("<" + value[0]) if isinstance(value, tuple) else 4

    order = sorted(table.fields, key=lambda slot: (-width(slot), slot))
    distances, size = {}, 4
    for slot in order:
        distances[slot] = size
        size += width(slot)
    vtable = struct.pack(f"<HH{slots}H", 4 + 2 * slots if table.vtable_size is None
                         else table.vtable_size, size,
                         *(distances.get(slot, 0) for slot in range(slots)))
    _align(out, 2)
    _align(out, 8, 4 + table.skew, ahead=len(vtable))
    at = len(out) + len(vtable)
    out += vtable + struct.pack("<i", len(vtable))
    for slot in order:
        value = table.fields[slot]
        if isinstance(value, tuple):
            out += struct.pack("<" + value[0], value[1])
        else:
            patches.append((len(out), value))
            out += bytes(4)
    return at
