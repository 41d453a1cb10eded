"""Writes ONNX files with the installed onnx package, and what each must become.

    make_onnx_files.py FOLDER

What is expected of a tensor's bits is what onnx.numpy_helper.to_array makes of it.
"""

import os
import sys

import ml_dtypes
import numpy as np
import onnx
from cases import Cases, integer, mapping, sequence, tensor, tensor_dict, text
from onnx import TensorProto, helper, numpy_helper

cases = Cases(sys.argv[1])
rng = np.random.default_rng(13)
FLOAT8 = ["float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu"]
TYPES = {"bool": TensorProto.BOOL, "uint8": TensorProto.UINT8, "int8": TensorProto.INT8,
         "uint16": TensorProto.UINT16, "int16": TensorProto.INT16, "uint32": TensorProto.UINT32,
         "int32": TensorProto.INT32, "uint64": TensorProto.UINT64, "int64": TensorProto.INT64,
         "float16": TensorProto.FLOAT16, "bfloat16": TensorProto.BFLOAT16,
         "float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE,
         "complex64": TensorProto.COMPLEX64, "complex128": TensorProto.COMPLEX128,
         "float8_e4m3fn": TensorProto.FLOAT8E4M3FN, "float8_e4m3fnuz": TensorProto.FLOAT8E4M3FNUZ,
         "float8_e5m2": TensorProto.FLOAT8E5M2, "float8_e5m2fnuz": TensorProto.FLOAT8E5M2FNUZ,
         "float8_e8m0fnu": TensorProto.FLOAT8E8M0}
PACKED = {"INT4": 4, "UINT4": 4, "FLOAT4E2M1": 4, "INT2": 2, "UINT2": 2}
DATA_FIELDS = {"float32": "float_data", "complex64": "float_data", "float64": "double_data",
               "complex128": "double_data", "int64": "int64_data", "uint32": "uint64_data",
               "uint64": "uint64_data"}


def dtype_of(name):
    return np.dtype(getattr(ml_dtypes, name) if name in FLOAT8 + ["bfloat16"] else name)


def numbers(name, *shape):
    if name == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    dtype = dtype_of(name)
    raw = rng.integers(0, 256, int(np.prod(shape)) * dtype.itemsize, dtype=np.uint8)
    return raw.view(dtype).reshape(shape)


def raw(name, array):
    return numpy_helper.from_array(array, name) if array.dtype.name not in TYPES else TensorProto(
        name=name, dims=array.shape, data_type=TYPES[array.dtype.name], raw_data=array.tobytes())


def typed(name, array):
    """The same elements in the field of the type, as writers did before raw_data."""
    made = TensorProto(name=name, dims=array.shape, data_type=TYPES[array.dtype.name])
    field = DATA_FIELDS.get(array.dtype.name, "int32_data")
    if field in ("float_data", "double_data"):
        flat = array.reshape(-1).view("float32" if field == "float_data" else "float64")
    elif array.dtype.kind in "iub":
        flat = array.reshape(-1).astype(int) if array.dtype == bool else array.reshape(-1)
    else:
        flat = array.reshape(-1).view(f"uint{8 * array.dtype.itemsize}")
    getattr(made, field).extend(flat.tolist())
    return made


def model(initializers, **more):
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "graph", [], [],
                              initializer=initializers, **more)
    return helper.make_model(graph, producer_name="maker", opset_imports=[
        helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 3)], ir_version=10)


def metadata(**more):
    said = {"ir_version": integer(10), "producer_name": text("maker"), "graph_name": text("graph"),
            "operator_sets": mapping({"": integer(21), "ai.onnx.ml": integer(3)}),
            "properties": mapping({})}
    return mapping(said | more)


def write(name, made):
    (cases.folder / name).parent.mkdir(parents=True, exist_ok=True)
    (cases.folder / name).write_bytes(made.SerializeToString())


def read_tensors(path):
    found = {}
    for initializer in onnx.load(path).graph.initializer:
        array = numpy_helper.to_array(initializer)
        found[initializer.name] = tensor(array, array.dtype.name)
    return found


def good(name, tensors=None, said=None, packed=None):
    tensors = read_tensors(cases.folder / name) if tensors is None else tensors
    cases.good(name, "ONNX", [["tensors", tensor_dict(tensors)], ["metadata", said or metadata()],
                              ["packed", mapping(packed or {})]])


def bad(name, made, code, *texts, at=None):
    write(name, made)
    cases.bad(name, code, *texts, at=at)


# Every type, as raw data and in its own field.
write("raw.onnx", model([raw(name, numbers(name, 3, 5)) for name in TYPES]))
good("raw.onnx")
write("typed.onnx", model([typed(name, numbers(name, 3, 5)) for name in TYPES]))
good("typed.onnx")

# Shapes.
write("shapes.onnx", model([raw("scalar", numbers("float32")), raw("empty", numbers("int64", 0, 3)),
                            TensorProto(name="nothing", dims=[0], data_type=TensorProto.FLOAT),
                            raw("rank6", numbers("int8", 2, 1, 3, 1, 2, 2)),
                            typed("one", numbers("int64"))]))
good("shapes.onnx")

# Less than a byte: kept as they are.
tensors, packed = {}, {}
initializers = []
for name, bits in PACKED.items():
    data = numbers("uint8", -(-15 * bits // 8))
    initializers.append(TensorProto(name=name, dims=[3, 5], data_type=TensorProto.DataType.Value(name),
                                    raw_data=data.tobytes()))
    initializers.append(TensorProto(name=name + "_typed", dims=[3, 5],
                                    data_type=TensorProto.DataType.Value(name),
                                    int32_data=data.tolist()))
    for key in (name, name + "_typed"):
        tensors[key] = tensor(data)
        packed[key] = mapping({"type": text(name),
                               "shape": sequence([integer(3), integer(5)])})
write("packed.onnx", model(initializers))
good("packed.onnx", tensors, packed=packed)

# What a model says of itself.
made = model([raw("größe", numbers("float32", 2))])
made.producer_version = "1.2"
made.domain = "org.example"
made.model_version = 7
made.doc_string = "größe\n"
made.graph.doc_string = "a graph"
helper.set_model_props(made, {"author": "somebody", "license": ""})
write("metadata.onnx", made)
good("metadata.onnx", said=mapping({
    "ir_version": integer(10), "producer_name": text("maker"), "producer_version": text("1.2"),
    "domain": text("org.example"), "model_version": integer(7), "doc_string": text("größe\n"),
    "graph_name": text("graph"), "graph_doc_string": text("a graph"),
    "operator_sets": mapping({"": integer(21), "ai.onnx.ml": integer(3)}),
    "properties": mapping({"author": text("somebody"), "license": text("")})}))
write("no_tensors.onnx", model([]))
good("no_tensors.onnx")

# Elements one by one, and in several pieces.
unpacked = TensorProto(name="unpacked", dims=[3], data_type=TensorProto.INT64).SerializeToString()
unpacked += bytes([7 << 3, 1]) + bytes([7 << 3]) + b"\xff" * 9 + b"\x01" + bytes([7 << 3 | 2, 1, 5])
floats = TensorProto(name="floats", dims=[3], data_type=TensorProto.FLOAT).SerializeToString()
values = numbers("float32", 3)
floats += bytes([4 << 3 | 5]) + values[:1].tobytes() + bytes([4 << 3 | 2, 8]) + values[1:].tobytes()
write("pieces.onnx", model([TensorProto.FromString(b"")] * 0))
start = (cases.folder / "pieces.onnx").read_bytes()
graph = model([]).graph.SerializeToString()
for part in (unpacked, floats):
    graph += bytes([5 << 3 | 2, len(part)]) + part
rest = model([])
rest.ClearField("graph")
(cases.folder / "pieces.onnx").write_bytes(
    rest.SerializeToString() + bytes([7 << 3 | 2, len(graph)]) + graph)
good("pieces.onnx", {"unpacked": tensor(np.array([1, -1, 5])), "floats": tensor(values)})


# External data.
def external(name, array, location, **place):
    made = TensorProto(name=name, dims=array.shape, data_type=TYPES[array.dtype.name],
                       data_location=TensorProto.EXTERNAL)
    for key, value in {"location": location, **place}.items():
        made.external_data.add(key=key, value=str(value))
    return made


made = onnx.load_from_string(model([raw(name, numbers(name, 300)) for name in ("float32", "int8")])
                             .SerializeToString())
onnx.save_model(made, cases.folder / "external.onnx", save_as_external_data=True,
                location="external.data", size_threshold=0)
good("external.onnx")
array = numbers("float32", 6)
(cases.folder / "below").mkdir()
(cases.folder / "below/w.bin").write_bytes(b"12345678" + array.tobytes() + b"more")
write("external_below.onnx", model([
    external("whole", array, "below/w.bin", offset=8, length=24),
    external("no_length", array, "./below/w.bin", offset=8),
    external("empty", numbers("float32", 0), "below/w.bin", offset=36)]))
good("external_below.onnx", {"whole": tensor(array), "no_length": tensor(array),
                             "empty": tensor(numbers("float32", 0))})

for title, place, texts in [
        ("missing", {"location": "nobody.bin"}, ["nobody.bin", "is missing"]),
        ("past_end", {"location": "below/w.bin", "offset": 13}, ["reaches past the end", "24 at 13"]),
        ("huge_offset", {"location": "below/w.bin", "offset": 2**64 - 8}, ["reaches past the end"]),
        ("beyond", {"location": "below/w.bin", "offset": 2**64}, ["the offset", "no number"]),
        ("negative", {"location": "below/w.bin", "offset": -8}, ["the offset", "no number"]),
        ("length", {"location": "below/w.bin", "length": 20}, ["24 bytes", "found 20"]),
        ("absolute", {"location": str((cases.folder / "below/w.bin").resolve())}, ["outside"]),
        ("above", {"location": "below/../below/w.bin"}, ["outside"]),
        ("unnamed", {"location": ""}, ["outside"]),
        ("backslash", {"location": "below\\w.bin"}, ["outside"])]:
    bad(f"external_{title}.onnx", model([external("w", array, **place)]),
        "not_found" if title == "missing" else "corrupt", "tensors/w", *texts,
        at={"missing": "nobody.bin", "past_end": "below/w.bin",
            "huge_offset": "below/w.bin"}.get(title))
os.symlink("/etc", cases.folder / "link")
bad("external_link.onnx", model([external("w", numbers("int8", 1), "link/passwd")]), "corrupt",
    "outside", "/etc/passwd", at="link/passwd")
twice = external("w", array, "below/w.bin")
twice.external_data.add(key="location", value="below/w.bin")
bad("external_twice.onnx", model([twice]), "corrupt", "a key twice", "location")

# What is refused.
bad("texts.onnx", model([helper.make_tensor("t", TensorProto.STRING, [1], [b"a"])]), "unsupported",
    "tensors/t", "STRING")
sparse = helper.make_sparse_tensor(raw("s", numbers("float32", 1)), raw("", np.array([3])), [9])
bad("sparse.onnx", model([], sparse_initializer=[sparse]), "unsupported", "tensors/s", "sparse")
bad("future.onnx", model([TensorProto(name="t", dims=[1], data_type=99)]), "unsupported", "99")
segment = raw("t", numbers("float32", 1))
segment.segment.end = 1
bad("segment.onnx", model([segment]), "unsupported", "tensors/t", "segment")
bad("short.onnx", model([TensorProto(name="t", dims=[2], data_type=1, raw_data=b"1234567")]),
    "corrupt", "tensors/t", "8 bytes", "found 7")
bad("short_typed.onnx", model([TensorProto(name="t", dims=[2], data_type=7, int64_data=[300])]),
    "corrupt", "16 bytes", "found 8")
bad("wrong_field.onnx", model([TensorProto(name="t", dims=[1], data_type=1, int32_data=[1])]),
    "corrupt", "field 4 for FLOAT", "found field 5")
bad("two_fields.onnx", model([TensorProto(name="t", dims=[1], data_type=1, int32_data=[1],
                                          float_data=[1])]), "corrupt", "in two fields")
bad("two_places.onnx", model([TensorProto(name="t", dims=[1], data_type=1, raw_data=b"1234",
                                          float_data=[1])]), "corrupt", "in two places")
bad("range.onnx", model([TensorProto(name="t", dims=[1], data_type=3, int32_data=[128])]),
    "corrupt", "tensors/t", "INT8", "found 128")
bad("bool.onnx", model([TensorProto(name="t", dims=[1], data_type=9, int32_data=[2])]), "corrupt",
    "BOOL", "found 2")
bad("negative_dim.onnx", model([TensorProto(name="t", dims=[-1], data_type=1)]), "corrupt",
    "negative", "found -1")
bad("huge.onnx", model([TensorProto(name="t", dims=[2**62, 2**62], data_type=1)]), "corrupt",
    "beyond all bounds")
bad("rank.onnx", model([TensorProto(name="t", dims=[1] * 65, data_type=1, raw_data=b"1234")]),
    "limit", "at most 64")
bad("no_name.onnx", model([raw("", numbers("int8", 1))]), "corrupt", "no name")
bad("name_twice.onnx", model([raw("t", numbers("int8", 1))] * 2), "corrupt", "one name")
not_utf8 = model([raw("tt", numbers("int8", 1))]).SerializeToString().replace(b"tt", b"\xff\xfe")
(cases.folder / "not_utf8.onnx").write_bytes(not_utf8)
cases.bad("not_utf8.onnx", "unrepresentable", "UTF-8")
made = model([])
made.opset_import.extend([helper.make_opsetid("", 20)])
bad("key_twice.onnx", made, "corrupt", "a key twice")
(cases.folder / "two_graphs.onnx").write_bytes(model([]).SerializeToString() * 1 + bytes([58, 0]))
cases.bad("two_graphs.onnx", "corrupt", "two graphs")
(cases.folder / "cut.onnx").write_bytes((cases.folder / "raw.onnx").read_bytes()[:-9])
cases.bad("cut.onnx", "corrupt", "past the end")
with open(cases.folder / "large.onnx", "wb") as file:
    prefix = rest.SerializeToString()
    size = (1 << 31) - len(prefix) + 100
    tag = bytes([7 << 3 | 2]) + bytes([(size >> shift & 127) | (128 if shift < 28 else 0)
                                       for shift in range(0, 35, 7)])
    file.write(prefix + tag)
    file.truncate(len(prefix) + len(tag) + size)
cases.bad("large.onnx", "limit", "less than 2 GiB", "external data")
cases.write()
