"""What section 7 demands of entries and values."""

from reader import limits, values
from reader.columns import ANONYMOUS
from reader.index import ATTACHMENT, ENTRY_KINDS, MODEL, VALUE
from reader.index_schema import NONE
from reader.paths import entry_path, key_form
from reader.text import check_text
from reader.values import KIND_NAMES
from reader.verdict import Refused, corrupt, limit, unsupported

LAST_TRAINING_MODE = 2

#: kind -> the fields that count; the others are left out.
_FIELDS = {values.NULL: set(), values.BOOLEAN: {"number"}, values.INT64: {"number"},
           values.UINT64: {"number"}, values.FLOAT64: {"number"},
           values.COMPLEX128: {"number", "imaginary"}, values.TENSOR: {"tensor"},
           values.TENSOR_DICT: {"scope"}, values.ORDERED_TENSOR_DICT: {"scope", "attributes"},
           values.MAP: {"keys", "items"}, values.ORDERED_MAP: {"keys", "items", "attributes"},
           values.TYPED_SCALAR: {"number", "bytes"}}
_FIELDS.update({kind: {"items"} for kind in values.SEQUENCES})
_FIELDS.update({kind: {"bytes"} for kind in values.TEXTS})
_FIELDS.update({kind: {"bytes"} for kind in (values.BIG_INT, values.BYTES, values.BYTE_ARRAY)})


class EntryChecks:
    """One pass over the entries of an index."""

    def __init__(self, index):
        self.index = index
        self.scope_uses = [0] * len(index.scopes)
        self.unknown_entries = False

    def check(self):
        names = set()
        for entry in self.index.entries:
            try:
                self._entry(entry, names)
            except Refused as refused:
                if refused.entry is None and _is_text(entry.name):
                    refused.entry = entry_path(entry.name)
                raise
        self._scopes_have_owners()

    def _entry(self, entry, names):
        if len(entry.name) > limits.NAME_BYTES:
            raise limit(f"the name of an entry has {len(entry.name)} bytes")
        name = check_text(entry.name, "the name of an entry")
        if entry.name in names:
            raise corrupt(f"two entries have the name {name!r}")
        names.add(entry.name)
        if not name and len(self.index.entries) > 1:
            raise corrupt("an entry without a name is not the only one")
        there = [kind for kind, table in ENTRY_KINDS.items() if getattr(entry, table) is not None]
        if entry.kind not in ENTRY_KINDS:
            self.unknown_entries = True
        elif entry.kind not in there:
            raise corrupt(f"entry {name!r} is of kind {ENTRY_KINDS[entry.kind]} and has none")
        elif len(there) > 1:
            raise corrupt(f"entry {name!r} has " + " and ".join(ENTRY_KINDS[kind] for kind in there))
        # An entry of an unknown kind may have any of them: they keep the rules.
        if VALUE in there:
            self.value(entry.value, 1)
        if MODEL in there:
            self._model(entry.model)
        if ATTACHMENT in there:
            self._attachment(entry.attachment)

    def _model(self, model):
        self._use_scope(model.scope)
        check_text(model.architecture, "the architecture of a model")
        check_text(model.architecture_version, "the architecture_version of a model")
        if model.training > LAST_TRAINING_MODE:
            raise unsupported(f"a model has the training mode {model.training}")
        before = None
        for value in model.training_exception_values:
            self.value(value, 1)
            if value.kind != values.STRING:
                raise corrupt("a training exception is not a string")
            name = value.bytes
            if before is not None and name <= before:
                raise corrupt(f"the training exceptions are not sorted: {name!r} behind {before!r}")
            before = name
        for what, value in (("config", model.config), ("metadata", model.metadata)):
            if value is not None:
                if value.kind == values.NULL:
                    raise corrupt(f"the {what} of a model is null")
                self.value(value, 1)

    def _attachment(self, attachment):
        check_text(attachment.media_type, "the media type of an attachment")
        if attachment.storage >= len(self.index.storages):
            raise corrupt(f"an attachment is storage {attachment.storage}, there are "
                          f"{len(self.index.storages)}")
        unit = int(self.index.storages[attachment.storage]["unit"])
        if unit != 1:
            raise corrupt(f"an attachment is a storage of unit {unit}, not 1")

    def value(self, value, depth):
        if depth > limits.VALUE_NESTING:
            raise limit(f"values are nested more than {limits.VALUE_NESTING} deep")
        if value.tensor != NONE and value.tensor >= len(self.index.tensors):
            raise corrupt(f"a value is tensor {value.tensor}, there are {len(self.index.tensors)}")
        if not value.known:
            if value.scope != NONE:
                self._use_scope(value.scope)
            for child in value.children():
                self.value(child, depth + 1)
            return
        self._only_its_fields(value)
        if value.kind in values.TEXTS:
            check_text(value.bytes, f"a {KIND_NAMES[value.kind]}")
        self._number(value)
        if value.kind == values.TENSOR and value.tensor >= len(self.index.tensors):
            raise corrupt(f"a value is tensor {value.tensor}, there are {len(self.index.tensors)}")
        if value.kind in values.TENSOR_DICTS:
            self._use_scope(value.scope)
        if value.kind in values.MAPS:
            self._keys(value)
        if value.kind == values.SIZE and any(i.kind != values.INT64 for i in value.items):
            raise corrupt("a size has an item that is not an int64")
        if value.attributes is not None and value.attributes.kind not in values.MAPS:
            raise corrupt("the attributes of a value are not a map")
        for child in value.children():
            self.value(child, depth + 1)

    def _only_its_fields(self, value):
        counting = _FIELDS[value.kind]
        there = {"number": value.number != 0, "imaginary": value.imaginary != 0,
                 "bytes": bool(value.bytes), "keys": bool(value.keys), "items": bool(value.items),
                 "tensor": value.tensor != NONE, "scope": value.scope != NONE,
                 "attributes": value.attributes is not None}
        for name, is_there in there.items():
            if is_there and name not in counting:
                raise corrupt(f"a {KIND_NAMES[value.kind]} has the field {name}")

    def _number(self, value):
        if value.kind == values.BOOLEAN and value.number > 1:
            raise corrupt(f"a boolean is {value.number}")
        if value.kind == values.UINT64 and value.number < 1 << 63:
            raise corrupt(f"the uint64 {value.number} is an int64")
        if value.kind == values.BIG_INT:
            data = value.bytes
            if len(data) > limits.BIG_INT_BYTES:
                raise limit(f"a big_int has {len(data)} bytes")
            if len(data) < 9:
                raise corrupt(f"a big_int has {len(data)} bytes")
            if data[-1] == (0xFF if data[-2] & 0x80 else 0):
                raise corrupt(f"a big_int of {len(data)} bytes has one more than it needs")
            if 0 <= value.integer() < 1 << 64:
                raise corrupt(f"the big_int {value.integer()} is a uint64")
        if value.kind == values.TYPED_SCALAR:
            element = self.index.element(value.number)
            if element is None:
                raise corrupt(f"a typed_scalar has the unknown dtype {value.number}")
            if len(value.bytes) != element[1]:
                raise corrupt(f"a typed_scalar of {element[0]} has {len(value.bytes)} bytes")

    def _keys(self, value):
        if len(value.keys) != len(value.items):
            raise corrupt(f"a map has {len(value.keys)} keys for {len(value.items)} items")
        forms = set()
        for key in value.keys:
            _check_key(key)
            form = key_form(key)
            if form in forms:
                raise corrupt(f"a map has the key {form} twice")
            forms.add(form)

    def _use_scope(self, scope):
        if scope >= len(self.scope_uses):
            raise corrupt(f"scope {scope} is named, there are {len(self.scope_uses)}")
        if self.index.scopes[scope]["kind"] == ANONYMOUS:
            raise corrupt(f"the anonymous scope {scope} is used as a set of names")
        self.scope_uses[scope] += 1
        if self.scope_uses[scope] > 1:
            raise corrupt(f"scope {scope} belongs to two places")

    def _scopes_have_owners(self):
        # An entry of an unknown kind may own a scope in a way that this version cannot see.
        if self.unknown_entries:
            return
        for scope, uses in enumerate(self.scope_uses):
            if not uses and self.index.scopes[scope]["kind"] != ANONYMOUS:
                raise corrupt(f"scope {scope} belongs to no place")


def _check_key(key):
    if key.kind not in values.KEYS:
        name = KIND_NAMES[key.kind] if key.known else f"value of the unknown kind {key.kind}"
        raise corrupt(f"a map has a {name} as a key")
    if key.kind == values.TUPLE:
        for member in key.items:
            _check_key(member)
    if key.kind == values.STRING:
        check_text(key.bytes, "a key")


def check_entries(index):
    EntryChecks(index).check()


def _is_text(name):
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True
