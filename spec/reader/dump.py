"""What a file says, as JSON that two readers can be compared by.

    {"generation": 1, "writer": text, "read_features": [text], "write_features": [text],
     "digest": hex or null,
     "entries": [ENTRY], in the order of the file
     "tensors": [TENSOR]}, one for each reference to a tensor, in the order of section 13's walk

ENTRY       {"name": text, "path": display path, "kind": "value", "value": VALUE}
            {..., "kind": "model", "model": {"tensors": [REF], "architecture": text,
             "architecture_version": text, "config": VALUE or null, "training": 0, 1 or 2,
             "training_exceptions": [text], "metadata": VALUE or null}}
            {..., "kind": "attachment", "attachment": {"media_type": text, "size": number,
             "sha256": hex} or with "refused": code instead of the sum}
            {..., "kind": "unknown(7)"}
REF         the place of a reference in "tensors"
VALUE       {"kind": NAME} with, by kind:
            null                                nothing
            boolean                             "value": true or false
            int64, uint64                       "value": decimal, as text
            float64                             "bits": 16 hexadecimal digits
            complex128                          "bits", "imaginary": 16 hexadecimal digits each
            string, dtype, device               "text"
            big_int, bytes, byte_array          "hex": the bytes as stored
            list, tuple, set, frozen_set, size  "items": [VALUE]
            map, ordered_map                    "pairs": [[VALUE, VALUE]]
            tensor                              "tensor": REF
            tensor_dict, ordered_tensor_dict    "tensors": [REF]
            typed_scalar                        "dtype": name, "hex": the element
            ordered_map, ordered_tensor_dict    also "attributes": VALUE or null
            "unknown(99)"                       nothing
TENSOR      {"path": display path or null where none leads, "name": text, "dtype": name,
             "entry": place of its entry in "entries", "shape": [number],
             "strides": [number], in elements, "kind": "tensor", "parameter" or "buffer",
             "requires_grad": bool, "tie_group": number,
             "sha256": hex of the elements in row-major order, or instead "refused": code}

"digest" is null if something unknown keeps it from being computed.
"""

from reader import values
from reader.digest import content_digest, tie_groups
from reader.index import ATTACHMENT, MODEL, VALUE
from reader.paths import entry_path, kind_name, references
from reader.storage_reader import StorageReader, sha256
from reader.tensors import KINDS
from reader.verdict import UNSUPPORTED, Refused


class Dump:
    def __init__(self, file, generation):
        self._generation = generation
        self._index = generation.index
        self._reader = StorageReader(file, generation.index)
        self._next_reference = 0

    def as_json(self):
        index = self._index
        return {
            "generation": self._generation.tail.generation,
            "writer": index.writer.decode(),
            "read_features": [text.decode() for text in index.read_features],
            "write_features": [text.decode() for text in index.write_features],
            "digest": self._unless_unsupported(lambda: content_digest(index, self._reader)),
            "entries": [self._entry(entry) for entry in index.entries],
            "tensors": [self._tensor(reference, group) for reference, group
                        in zip(references(index), tie_groups(index))],
        }

    @staticmethod
    def _unless_unsupported(compute):
        try:
            return compute()
        except Refused as refused:
            if refused.code != UNSUPPORTED:
                raise
            return None

    def _sum(self, compute):
        found = self._unless_unsupported(compute)
        return {"refused": UNSUPPORTED} if found is None else {"sha256": sha256(found).hex()}

    def _references(self, count):
        first = self._next_reference
        self._next_reference += count
        return list(range(first, self._next_reference))

    def _scope(self, scope):
        return self._references(len(self._index.scope_range(scope)))

    def _entry(self, entry):
        said = {"name": entry.name.decode(), "path": entry_path(entry.name),
                "kind": kind_name(entry)}
        if entry.kind == VALUE:
            said["value"] = self._value(entry.value)
        elif entry.kind == MODEL:
            said["model"] = self._model(entry.model)
        elif entry.kind == ATTACHMENT:
            storage = entry.attachment.storage
            said["attachment"] = {
                "media_type": entry.attachment.media_type.decode(),
                "size": int(self._index.storages[storage]["bytes"]),
                **self._sum(lambda: self._reader.attachment(storage))}
        return said

    def _model(self, model):
        return {
            "tensors": self._scope(model.scope),
            "architecture": model.architecture.decode(),
            "architecture_version": model.architecture_version.decode(),
            "config": self._value(model.config),
            "training": model.training,
            "training_exceptions": [name.decode() for name in model.training_exceptions],
            "metadata": self._value(model.metadata),
        }

    def _value(self, value):
        if value is None:
            return None
        if not value.known:
            return {"kind": f"unknown({value.kind})"}
        kind = value.kind
        said = {"kind": values.KIND_NAMES[kind]}
        if kind == values.BOOLEAN:
            said["value"] = bool(value.number)
        elif kind in (values.INT64, values.UINT64):
            said["value"] = str(value.integer())
        elif kind == values.FLOAT64:
            said["bits"] = f"{value.number:016x}"
        elif kind == values.COMPLEX128:
            said.update(bits=f"{value.number:016x}", imaginary=f"{value.imaginary:016x}")
        elif kind in values.TEXTS:
            said["text"] = value.bytes.decode()
        elif kind in (values.BIG_INT, values.BYTES, values.BYTE_ARRAY):
            said["hex"] = value.bytes.hex()
        elif kind in values.SEQUENCES:
            said["items"] = [self._value(item) for item in value.items]
        elif kind in values.MAPS:
            said["pairs"] = [[self._value(key), self._value(item)]
                             for key, item in zip(value.keys, value.items)]
        elif kind == values.TENSOR:
            said["tensor"] = self._references(1)[0]
        elif kind in values.TENSOR_DICTS:
            said["tensors"] = self._scope(value.scope)
        elif kind == values.TYPED_SCALAR:
            said.update(dtype=self._index.element(value.number)[0], hex=value.bytes.hex())
        if kind in values.WITH_ATTRIBUTES:
            said["attributes"] = self._value(value.attributes)
        return said

    def _tensor(self, reference, group):
        tensor = self._index.tensor(reference.tensor)
        try:
            contents = self._sum(lambda: self._reader.elements(tensor))
        except Refused as refused:
            refused.entry = reference.path
            raise
        return {
            "path": reference.path, "entry": reference.entry, "name": tensor.name.decode(),
            "dtype": tensor.dtype_name, "shape": list(tensor.dims),
            "strides": list(tensor.strides), "kind": KINDS[tensor.kind],
            "requires_grad": tensor.requires_grad, "tie_group": group, **contents}
