"""Display paths (format.md, section 7.1)."""

from reader import limits, values
from reader.index import ATTACHMENT, ENTRY_KINDS, MODEL, VALUE
from reader.verdict import limit

_HIDDEN = [(0x80, 0x9F), (0xAD, 0xAD), (0x61C, 0x61C), (0x180E, 0x180E), (0x200B, 0x200F),
           (0x2028, 0x202E), (0x2060, 0x206F), (0xFEFF, 0xFEFF), (0xFFF0, 0xFFFB),
           (0xE0000, 0xE0FFF)]


def component(text):
    """Text as a component of a path: nothing in it that a terminal could act on."""
    return "".join(map(_escape, text))


def _escape(char):
    code = ord(char)
    if char in "\\/":
        return "\\" + char
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    if any(first <= code <= last for first, last in _HIDDEN):
        return f"\\u{{{code:x}}}"
    return char


def _plain_form(key):
    if key.kind == values.NULL:
        return "null"
    if key.kind == values.BOOLEAN:
        return "true" if key.number else "false"
    if key.kind in (values.INT64, values.UINT64, values.BIG_INT):
        return _decimal(key.integer())
    if key.kind == values.FLOAT64:
        return f"f{key.number:016x}"
    if key.kind == values.BYTES:
        return "b" + key.bytes.hex()
    if key.kind == values.STRING:
        return "s" + key.bytes.hex()
    return "t" + ",".join(map(_plain_form, key.items)) + ";"


def _decimal(number):
    # A longer one is beyond the limits, and refused behind this; decimal digits take quadratic time.
    if number.bit_length() > 8192:
        return f"{'-' if number < 0 else ''}0x{abs(number):x}"
    return str(number)


def key_form(key):
    """A key of a map as a component."""
    if key.kind == values.STRING:
        return component(key.bytes.decode())
    return "\\#" + _plain_form(key)


def entry_path(name):
    return component(name.decode())


class Reference:
    """One place of the root that refers to a tensor. `parts` is None where no path leads, such as
    in the config of a model; an entry with an empty name leaves no part."""

    def __init__(self, entry, parts, tensor):
        self.entry = entry
        self.parts = parts
        self.tensor = tensor

    @property
    def path(self):
        return None if self.parts is None else "/".join(self.parts)


def references(index):
    """All references to tensors in the order of the walk of section 13."""
    for number, entry in enumerate(index.entries):
        parts = [entry_path(entry.name)] if entry.name else []
        if entry.kind == VALUE:
            yield from _in_value(index, number, parts, entry.value)
        elif entry.kind == MODEL:
            yield from _in_scope(index, number, parts, entry.model.scope)
            # No path leads into config and metadata.
            for value in (entry.model.config, entry.model.metadata):
                if value is not None:
                    yield from _in_value(index, number, None, value)


def _in_scope(index, entry, parts, scope):
    for tensor in index.inserted(scope):
        name = component(index.name(tensor).decode())
        yield Reference(entry, None if parts is None else [*parts, name], tensor)


def _in_value(index, entry, parts, value):
    def inside(part):
        return None if parts is None else [*parts, part]

    if value.kind == values.TENSOR:
        yield Reference(entry, parts, value.tensor)
    elif value.kind in values.TENSOR_DICTS:
        yield from _in_scope(index, entry, parts, value.scope)
    elif value.kind in values.MAPS:
        for key, item in zip(value.keys, value.items):
            yield from _in_value(index, entry, inside(key_form(key)), item)
    elif value.kind in values.SEQUENCES:
        for place, item in enumerate(value.items):
            yield from _in_value(index, entry, inside(str(place)), item)
    if value.known and value.attributes is not None:
        yield from _in_value(index, entry, None, value.attributes)


def check_paths(index):
    """The last limit of section 10."""
    total = 0
    for entry, path_bytes, tensors in _places(index):
        total += path_bytes * tensors
        if total > limits.PATH_BYTES:
            refused = limit(f"the paths of the tensors have more than {limits.PATH_BYTES} bytes")
            refused.entry = entry_path(entry.name)
            raise refused


def _places(index):
    """(entry, bytes of the path, how many tensors) of each place that holds tensors."""
    for entry in index.entries:
        path_bytes = len(entry_path(entry.name).encode())
        if entry.kind == MODEL:
            yield entry, path_bytes, len(index.scope_range(entry.model.scope))
        elif entry.kind == VALUE:
            for place in _places_in(index, entry.value, path_bytes, not entry.name):
                yield entry, *place


def _places_in(index, value, path_bytes, is_root):
    if value.kind == values.TENSOR:
        yield path_bytes, 1
    elif value.kind in values.TENSOR_DICTS:
        yield path_bytes, len(index.scope_range(value.scope))
    elif value.kind in values.MAPS or value.kind in values.SEQUENCES:
        parts = map(key_form, value.keys) if value.kind in values.MAPS else map(str, range(
            len(value.items)))
        for part, item in zip(parts, value.items):
            inside = path_bytes + (not is_root) + len(part.encode())
            yield from _places_in(index, item, inside, False)


def owner_of_storage(index, storage):
    """The display path of the first thing that needs a storage, for a verdict about its chunks."""
    for number, entry in enumerate(index.entries):
        if entry.kind == ATTACHMENT and entry.attachment.storage == storage:
            return entry_path(entry.name)
    for reference in references(index):
        if int(index.tensors[reference.tensor]["storage"]) == storage:
            if reference.path is not None:
                return reference.path
            return entry_path(index.entries[reference.entry].name)
    return None


def kind_name(entry):
    return ENTRY_KINDS.get(entry.kind, f"unknown({entry.kind})")
