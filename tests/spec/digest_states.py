"""States with a known digest: each as JSON, as the bytes of the walk of section 13 worked out from
that JSON alone, and as a file.

    python tests/spec/digest_states.py            writes spec/vectors/digest.json
"""

import hashlib
import json
import struct
from pathlib import Path

import samples
from stone_builder import (BIG_INT, BOOLEAN, BYTE_ARRAY, BYTES, COMPLEX128, DEVICE, DTYPE, FLOAT32,
                           FLOAT64, FROZEN_SET, INT64, INT64_DTYPE, LIST, MAP, NULL, ORDERED_MAP,
                           ORDERED_TENSOR_DICT, SET, SIZE, TENSOR, TUPLE,
                           TYPED_SCALAR, UINT64, Stone, attachment, entry, map_of, text, value)

VECTORS = Path(__file__).resolve().parents[2] / "spec" / "vectors" / "digest.json"
TENSOR_KINDS = ["tensor", "parameter", "buffer"]
ENTRY_KINDS = ["value", "model", "attachment"]
VALUE_KINDS = ["null", "boolean", "int64", "uint64", "big_int", "float64", "complex128", "string",
               "bytes", "byte_array", "list", "tuple", "set", "map", "ordered_map", "size", "dtype",
               "device", "tensor", "tensor_dict", "ordered_tensor_dict", "typed_scalar",
               "frozen_set"]


# --- the walk, from JSON ---


def u64(number):
    return struct.pack("<Q", number)


def sized(data):
    return u64(len(data)) + data


def walk(state):
    out = sized(b"statestone content 1") + u64(len(state))
    for one in state:
        kind = ENTRY_KINDS.index(one["kind"])
        out += sized(one["name"].encode()) + bytes([kind])
        out += [walk_value, walk_model, walk_attachment][kind](one[one["kind"]])
    return out


def walk_value(said):
    kind = said["kind"]
    out = bytes([VALUE_KINDS.index(kind)])
    if kind == "boolean":
        out += u64(int(said["value"]))
    elif kind in ("int64", "uint64"):
        out += u64(int(said["value"]) % 2**64)
    elif kind in ("float64", "complex128"):
        out += u64(int(said["bits"], 16))
        out += u64(int(said["imaginary"], 16)) if kind == "complex128" else b""
    elif kind in ("string", "dtype", "device"):
        out += sized(said["text"].encode())
    elif kind in ("big_int", "bytes", "byte_array"):
        out += sized(bytes.fromhex(said["hex"]))
    elif kind in ("list", "tuple", "set", "frozen_set", "size"):
        out += u64(len(said["items"])) + b"".join(map(walk_value, said["items"]))
    elif kind in ("map", "ordered_map"):
        out += u64(len(said["pairs"]))
        out += b"".join(walk_value(key) + walk_value(item) for key, item in said["pairs"])
    elif kind == "tensor":
        out += walk_tensor(said["tensor"])
    elif kind in ("tensor_dict", "ordered_tensor_dict"):
        out += walk_scope(said["tensors"])
    elif kind == "typed_scalar":
        out += sized(said["dtype"].encode()) + sized(bytes.fromhex(said["hex"]))
    if kind.startswith("ordered"):
        out += walk_optional(said["attributes"])
    return out


def walk_optional(said):
    return b"\0" if said is None else b"\1" + walk_value(said)


def walk_scope(tensors):
    return u64(len(tensors)) + b"".join(sized(one["name"].encode()) + walk_tensor(one)
                                        for one in tensors)


def walk_tensor(said):
    return (sized(said["dtype"].encode()) + bytes([TENSOR_KINDS.index(said["kind"]),
                                                   said["requires_grad"]])
            + u64(len(said["shape"])) + b"".join(map(u64, said["shape"])) + u64(said["tie_group"])
            + hashlib.sha256(bytes.fromhex(said["elements"])).digest())


def walk_model(said):
    return (walk_scope(said["tensors"]) + sized(said["architecture"].encode())
            + sized(said["architecture_version"].encode()) + walk_optional(said["config"])
            + bytes([said["training"]]) + u64(len(said["training_exceptions"]))
            + b"".join(sized(name.encode()) for name in said["training_exceptions"])
            + walk_optional(said["metadata"]))


def walk_attachment(said):
    data = bytes.fromhex(said["hex"])
    return sized(said["media_type"].encode()) + u64(len(data)) + hashlib.sha256(data).digest()


# --- the states ---


def tensor(elements, shape, *, name=None, dtype="float32", kind="tensor", requires_grad=False,
           tie_group=0):
    said = {} if name is None else {"name": name}
    return {**said, "dtype": dtype, "shape": shape, "kind": kind, "requires_grad": requires_grad,
            "tie_group": tie_group, "elements": elements.hex()}


def string(text_):
    return {"kind": "string", "text": text_}


def number(n):
    return {"kind": "int64", "value": str(n)}


def value_entry(name, said):
    return {"name": name, "kind": "value", "value": said}


def empty():
    return [], Stone()


def every_value():
    big = (2**64).to_bytes(9, "little")
    said = {"kind": "list", "items": [
        {"kind": "null"}, {"kind": "boolean", "value": True}, number(-2),
        {"kind": "uint64", "value": str(2**63)}, {"kind": "big_int", "hex": big.hex()},
        {"kind": "float64", "bits": "8000000000000000"},
        {"kind": "complex128", "bits": "3ff0000000000000", "imaginary": "7ff8000000000001"},
        string("\u00e9"), {"kind": "bytes", "hex": "00ff"}, {"kind": "byte_array", "hex": ""},
        {"kind": "tuple", "items": [number(1)]}, {"kind": "set", "items": []},
        {"kind": "frozen_set", "items": [string("a")]},
        {"kind": "map", "pairs": [[number(7), {"kind": "null"}], [string("k"), number(0)]]},
        {"kind": "ordered_map", "pairs": [], "attributes": {
            "kind": "map", "pairs": [[string("_metadata"), {"kind": "null"}]]}},
        {"kind": "ordered_map", "pairs": [], "attributes": None},
        {"kind": "size", "items": [number(2), number(3)]}, {"kind": "dtype", "text": "bfloat16"},
        {"kind": "device", "text": "cuda:0"},
        {"kind": "typed_scalar", "dtype": "float32", "hex": "0000803f"}]}
    tree = value(LIST, items=[
        value(NULL), value(BOOLEAN, number=1), value(INT64, number=-2),
        value(UINT64, number=2**63), value(BIG_INT, data=big), value(FLOAT64, number=1 << 63),
        value(COMPLEX128, number=0x3FF0000000000000, imaginary=0x7FF8000000000001), text("\u00e9"),
        value(BYTES, data=b"\0\xff"), value(BYTE_ARRAY),
        value(TUPLE, items=[value(INT64, number=1)]), value(SET),
        value(FROZEN_SET, items=[text("a")]),
        value(MAP, keys=[value(INT64, number=7), text("k")], items=[value(NULL), value(INT64)]),
        value(ORDERED_MAP, attributes=map_of(_metadata=value(NULL))), value(ORDERED_MAP),
        value(SIZE, items=[value(INT64, number=2), value(INT64, number=3)]),
        value(DTYPE, data=b"bfloat16"), value(DEVICE, data=b"cuda:0"),
        value(TYPED_SCALAR, number=FLOAT32, data=bytes.fromhex("0000803f"))])
    stone = Stone()
    stone.entries.append(entry(b"", value=tree))
    return [value_entry("", said)], stone


def one_tensor():
    said = {"kind": "tensor_dict", "tensors": [tensor(samples.FOUR_FLOATS, [2, 2], name="weight")]}
    return [value_entry("model", said)], samples.one_tensor()


def model_and_more():
    floats = samples.FOUR_FLOATS
    config = {"kind": "map", "pairs": [[string("width"), number(2)]]}
    notes = {"kind": "map", "pairs": [[string("title"), string("a")],
                                      [string("epoch"), number(-1)]]}
    return [
        {"name": "net", "kind": "model", "model": {
            "tensors": [tensor(floats[:8], [2], name="weight", kind="parameter"),
                        tensor(floats[8:], [2], name="bias", kind="parameter", requires_grad=True)],
            "architecture": "mlp", "architecture_version": "2", "config": config, "training": 1,
            "training_exceptions": ["encoder", "head"],
            "metadata": {"kind": "map", "pairs": []}}},
        {"name": "config.json", "kind": "attachment", "attachment": {
            "media_type": "application/json", "hex": b"{}".hex()}},
        value_entry("notes", notes)], samples.model_and_more()


def ties():
    """In order of insertion: z transposed; a, which ends where b starts; b tied with c; an empty
    tensor on the same storage; and, without a name, one tensor that two values refer to, tied
    with another that is referred to once."""
    data = struct.pack("<8f", *range(8))
    at = [data[4 * i:4 * i + 4] for i in range(8)]
    stone = Stone()
    square, shared = stone.storage(data[:16]), stone.storage(data)
    stone.tensor(b"a", [2], FLOAT32, shared)
    stone.tensor(b"b", [2], FLOAT32, shared, offset=8)
    stone.tensor(b"c", [2], FLOAT32, shared, offset=12)
    stone.tensor(b"empty", [0, 3], FLOAT32, shared, offset=8)
    stone.tensor(b"z", [2, 2], FLOAT32, square, strides=[1, 2])
    scope = stone.scope()
    stone.order = [4, 0, 1, 2, 3, 5, 6]
    counts = stone.storage(struct.pack("<2q", 5, -6), unit=8)
    stone.tensor(b"", [2], INT64_DTYPE, counts)
    stone.tensor(b"", [], INT64_DTYPE, counts, offset=8)
    stone.scope(kind=1)
    stone.entries = [
        entry(b"dict", value=value(ORDERED_TENSOR_DICT, scope=scope)),
        entry(b"twice", value=value(LIST, items=[value(TENSOR, tensor=5), value(TENSOR, tensor=5),
                                                 value(TENSOR, tensor=6)]))]
    pair = struct.pack("<2q", 5, -6)
    both = tensor(pair, [2], dtype="int64", tie_group=2)
    return [
        value_entry("dict", {"kind": "ordered_tensor_dict", "attributes": None, "tensors": [
            tensor(at[0] + at[2] + at[1] + at[3], [2, 2], name="z"),
            tensor(at[0] + at[1], [2], name="a"),
            tensor(at[2] + at[3], [2], name="b", tie_group=1),
            tensor(at[3] + at[4], [2], name="c", tie_group=1),
            tensor(b"", [0, 3], name="empty")]}),
        value_entry("twice", {"kind": "list", "items": [
            {"kind": "tensor", "tensor": both}, {"kind": "tensor", "tensor": both},
            {"kind": "tensor", "tensor": tensor(pair[8:], [], dtype="int64", tie_group=2)}]})
    ], stone


def attachment_of_nothing():
    stone = Stone()
    stone.entries.append(entry(b"x", attachment=attachment(stone.storage(b"", unit=1))))
    return [{"name": "x", "kind": "attachment",
             "attachment": {"media_type": "", "hex": ""}}], stone


STATES = [empty, every_value, one_tensor, model_and_more, ties, attachment_of_nothing]


def vectors():
    found = []
    for build in STATES:
        state, _ = build()
        bytes_ = walk(state)
        found.append({"name": build.__name__, "entries": state, "walk": bytes_.hex(),
                      "digest": hashlib.sha256(bytes_).hexdigest()})
    return found


def encoded():
    return json.dumps(vectors(), indent=1) + "\n"


if __name__ == "__main__":
    VECTORS.parent.mkdir(exist_ok=True)
    VECTORS.write_text(encoded())
