"""Writes HDF5 files with the installed h5py package, and what each must become.

    make_hdf5_files.py FOLDER

What is expected of a dataset's bits is what h5py reads from the file.
"""

import json
import os
import struct
import sys

import h5py
import numpy as np
from cases import (Cases, boolean, integer, mapping, null, real, sequence, tensor, tensor_dict, text,
                   typed_scalar)

cases = Cases(sys.argv[1])
rng = np.random.default_rng(12)


def numbers(dtype, *shape):
    raw = rng.integers(0, 256, int(np.prod(shape)) * np.dtype(dtype).itemsize, dtype=np.uint8)
    return raw.view(dtype).reshape(shape)


def create(name, **how):
    return h5py.File(cases.folder / name, "w", **how)


def read_tensors(path):
    """All datasets of numbers as h5py reads them, little-endian, in the order of the links."""
    found = {}

    def visit(group, below):
        for name, link in group.items():
            if isinstance(link, h5py.Group):
                visit(link, below + name + ".")
            elif isinstance(link, h5py.Dataset) and link.shape is not None and link.dtype.kind not in "SO":
                array = np.array(link[()], order="C")
                array = array.astype(array.dtype.newbyteorder("<"), copy=False)
                if array.dtype.names == ("r", "i"):
                    found[below + name] = tensor(array, "complex32")
                elif h5py.check_dtype(enum=link.dtype):
                    found[below + name] = tensor(array.astype(bool))
                else:
                    found[below + name] = tensor(array, np.dtype(array.dtype).name)

    with h5py.File(path) as file:
        visit(file, "")
    return found


def good(name, metadata=None, values=None, tensors=None):
    tensors = read_tensors(cases.folder / name) if tensors is None else tensors
    cases.good(name, "HDF5", [["tensors", tensor_dict(tensors)],
                              ["metadata", mapping(metadata or {})],
                              ["values", mapping(values or {})]])


NUMBERS = ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64",
           "float16", "float32", "float64", "complex64", "complex128"]

# Every type of number, of both byte orders, in each layout.
with create("numbers.h5") as file:
    for name in NUMBERS:
        array = numbers("uint8", 5, 3) % 2 == 1 if name == "bool" else numbers(name, 5, 3)
        for order in "<>":
            ordered = array.astype(array.dtype.newbyteorder(order))
            group = file.require_group("little" if order == "<" else "big")
            group.create_dataset(name, data=ordered)
            group.create_dataset(name + "_chunked", data=ordered, chunks=(2, 2))
    compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5py.h5d.COMPACT)
    data = numbers("float32", 4)
    h5py.h5d.create(file.id, b"compact", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((4,)),
                    compact).write(h5py.h5s.ALL, h5py.h5s.ALL, data)
good("numbers.h5")

# bfloat16, as a float of the library's own making, and float16 pairs.
with create("halves.h5") as file:
    bfloat16 = h5py.h5t.IEEE_F32LE.copy()
    bfloat16.set_fields(15, 7, 8, 0, 7)
    bfloat16.set_size(2)
    bfloat16.set_ebias(127)
    bits = numbers("uint16", 6)
    raw = h5py.h5d.create(file.id, b"bf16", bfloat16, h5py.h5s.create_simple((6,)))
    raw.write(h5py.h5s.ALL, h5py.h5s.ALL, bits, mtype=bfloat16)
    pairs = numbers("float16", 8).view([("r", "<f2"), ("i", "<f2")])
    file["complex32"] = pairs
good("halves.h5", tensors={"bf16": tensor(bits, "bfloat16"),
                           "complex32": tensor(pairs, "complex32")})

# Shapes: scalars, nothing in them, many dimensions, chunks that do not divide them.
with create("shapes.h5") as file:
    file["scalar"] = np.float32(1.5)
    file["empty"] = np.zeros((0, 3), np.float32)
    file["empty_behind"] = np.zeros((3, 0, 2), np.int8)
    file["rank7"] = numbers("int16", 2, 1, 3, 1, 2, 2, 2)
    file.create_dataset("chunked", data=numbers("int32", 13, 7, 5), chunks=(4, 3, 2))
    file.create_dataset("growing", data=numbers("int32", 9, 4), chunks=(2, 4), maxshape=(None, None))
    file.create_dataset("never_written", (3, 4), "float32", fillvalue=2.5)
    partly = file.create_dataset("partly_written", (10, 4), "int16", chunks=(2, 4), fillvalue=-7)
    partly[4:6] = 3
good("shapes.h5")

# What HDF5 1.10 brought: links and attributes in heaps where there are many, and its indexes of chunks.
with create("indexes.h5", libver=("v110", "v110")) as file:
    many = file.create_group("many")
    for i in range(40):
        many[f"weight_{i}"] = numbers("float32", 2, 3)
        many.attrs[f"count_{i:02}"] = np.int64(i)
    for name, how in {"one_chunk": {"chunks": (12, 5)},
                      "fixed": {"chunks": (5, 2)},
                      "growing": {"chunks": (5, 2), "maxshape": (None, 5)},
                      "growing_twice": {"chunks": (5, 2), "maxshape": (None, None)},
                      "deflated": {"chunks": (5, 2), "compression": 4, "shuffle": True}}.items():
        file.create_dataset(name, data=numbers("int32", 12, 5), **how)
good("indexes.h5", metadata={"many": mapping({f"count_{i:02}": integer(i) for i in range(40)})})

# Rows larger than one slab of 16 MiB, across chunks; written as zeros, so that the file is small.
with create("wide.h5") as file:
    wide = np.zeros((3, 5 << 20), np.float32)
    wide[:, ::99_991] = numbers("float32", *wide[:, ::99_991].shape)
    file.create_dataset("wide", data=wide, chunks=(2, 1 << 20), compression=9)
good("wide.h5")

# Filters.
with create("filters.h5") as file:
    for name, how in {"gzip": {"compression": "gzip"}, "shuffle": {"shuffle": True},
                      "fletcher32": {"fletcher32": True},
                      "all": {"compression": 9, "shuffle": True, "fletcher32": True}}.items():
        file.create_dataset(name, data=numbers("float32", 50, 20), chunks=(16, 16), **how)
good("filters.h5")

# Attributes of every kind.
with create("attributes.h5") as file:
    file.attrs["text"] = "größe\n"
    file.attrs["bytes"] = np.bytes_(b"ascii")
    file.attrs["texts"] = ["a", "", "bé"]
    file.attrs["fixed"] = np.array([[b"one", b"two"], [b"three", b""]], "S5")
    file.attrs["no_texts"] = np.array([], "S3")
    file.attrs["not_utf8"] = np.bytes_(b"\xff\xfe")
    file.attrs["int"] = -3
    file.attrs["uint"] = np.uint64(2**64 - 1)
    file.attrs["int8"] = np.int8(-3)
    file.attrs["float"] = 0.1
    file.attrs["float32"] = np.float32(0.1)
    file.attrs["yes"] = True
    file.attrs["array"] = np.array([[1, 2], [3, 4]], ">i4")
    file.attrs["nothing"] = h5py.Empty("f4")
    file.create_group("empty_group")
    file.create_group("outer/inner").attrs["depth"] = 2
    file["outer/data"] = np.arange(3)
    file["outer/data"].attrs["unit"] = "m"
padded = h5py.h5t.C_S1.copy()
padded.set_size(6)
padded.set_strpad(h5py.h5t.STR_SPACEPAD)
with h5py.File(cases.folder / "attributes.h5", "a") as file:
    attribute = h5py.h5a.create(file.id, b"spaces", padded, h5py.h5s.create(h5py.h5s.SCALAR))
    attribute.write(np.array(b"ab    ", "S6"), mtype=padded)
good("attributes.h5", metadata={
    ".": mapping({
        "array": tensor(np.array([[1, 2], [3, 4]], "<i4"), "int32"),
        "bytes": text("ascii"),
        "fixed": sequence([sequence([text("one"), text("two")]), sequence([text("three"), text("")])]),
        "float": real(0.1), "float32": typed_scalar(np.float32(0.1)), "int": integer(-3),
        "int8": typed_scalar(np.int8(-3)), "no_texts": sequence([]),
        "not_utf8": {"kind": "bytes", "bytes": "fffe"}, "nothing": null(), "spaces": text("ab"),
        "text": text("größe\n"), "texts": sequence([text("a"), text(""), text("bé")]),
        "uint": integer(2**64 - 1), "yes": boolean(True)}),
    "empty_group": mapping({}),
    "outer.data": mapping({"unit": text("m")}),
    "outer.inner": mapping({"depth": integer(2)})})

# Datasets of texts, and one without a shape.
with create("texts.h5") as file:
    file["labels"] = ["cat", "dog", "größe"]
    file["one"] = "text"
    file["table"] = np.array([[b"a", b"bc"]], "S2")
    file["nothing"] = h5py.Empty("f8")
good("texts.h5", values={
    "labels": sequence([text("cat"), text("dog"), text("größe")]), "nothing": null(),
    "one": text("text"), "table": sequence([sequence([text("a"), text("bc")])])})

# The layout of Keras 2: a group for each layer, which lists its weights.
CONFIG = json.dumps({"class_name": "Sequential", "config": {"layers": ["dense_1", "dense_2"]}})
LAYERS = {"dense_1": ["kernel:0", "bias:0"], "dense_2": ["kernel:0"], "dropout": []}


def write_layers(root):
    root.attrs["layer_names"] = np.array(list(LAYERS), "S")
    root.attrs["backend"] = "tensorflow"
    root.attrs["keras_version"] = "2.15.0"
    for layer, weights in LAYERS.items():
        group = root.create_group(layer)
        names = [f"{layer}/{weight}" for weight in weights]
        group.attrs["weight_names"] = np.array(names, "S") if names else np.array([], "float64")
        for name in names:
            group[name] = numbers("float32", 4, 3)


def layer_metadata(prefix=""):
    def names(layer, weights):
        listed = [text(f"{layer}/{weight}") for weight in weights]
        return sequence(listed) if listed else tensor(np.array([], "float64"))

    return {prefix + layer: mapping({"weight_names": names(layer, weights)})
            for layer, weights in LAYERS.items()}


ROOT = {"backend": text("tensorflow"), "keras_version": text("2.15.0"),
        "layer_names": sequence([text(layer) for layer in LAYERS])}
with create("keras_model.h5") as file:
    file.attrs["keras_version"] = "2.15.0"
    file.attrs["backend"] = "tensorflow"
    file.attrs["model_config"] = CONFIG
    write_layers(file.create_group("model_weights"))
good("keras_model.h5", metadata={
    ".": mapping({"backend": text("tensorflow"), "keras_version": text("2.15.0"),
                  "model_config": text(CONFIG)}),
    "model_weights": mapping(ROOT)} | layer_metadata("model_weights."))
with create("keras.weights.h5") as file:
    write_layers(file)
good("keras.weights.h5", metadata={".": mapping(ROOT)} | layer_metadata())

# That of Keras 3: variables by number.
with create("keras_3.weights.h5") as file:
    file["layers/dense/vars/0"] = numbers("float32", 3, 2)
    file["layers/dense/vars/1"] = numbers("float32", 2)
    file["optimizer/vars/0"] = np.int64(7)
    file.create_group("layers/flatten/vars")
good("keras_3.weights.h5", metadata={"layers.flatten.vars": mapping({})})

# The versions that HDF5 1.10 writes at most, a block of the user's before it, links in order of their making.
with create("newest.h5", libver=("v110", "v110"), track_order=True) as file:
    for name in ["z", "a", "m"]:
        file[name] = numbers("float32", 3)
    file.create_dataset("chunks", data=numbers("int64", 30, 3), chunks=(4, 3), compression=3)
    for i in range(20):
        file.attrs[f"number {i:02}"] = i
good("newest.h5", metadata={".": mapping({f"number {i:02}": integer(i) for i in range(20)})})
with create("user_block.h5", userblock_size=1024) as file:
    file["contiguous"] = numbers("float32", 5)
    file.create_dataset("chunked", data=numbers("float32", 5), chunks=(2,))
good("user_block.h5")
with create("no_tensors.h5") as file:
    pass
good("no_tensors.h5", metadata={".": mapping({})})

# One dataset under two names; soft links and committed types are left out.
with create("links.h5") as file:
    file["a/data"] = numbers("float32", 5)
    file["b"] = file["a/data"]
    file["dangling"] = h5py.SoftLink("/nowhere")
    file["loop"] = h5py.SoftLink("/loop")
    file["soft"] = h5py.SoftLink("/a")
    file["type"] = np.dtype("f4")
with h5py.File(cases.folder / "links.h5") as file:
    data = file["b"][()]
good("links.h5", tensors={"a.data": tensor(data), "b": tensor(data)})

# What is refused. Whoever opens the other file of these waits for ever.
os.mkfifo(cases.folder / "other.h5")
with create("external_link.h5") as file:
    file["inside"] = np.arange(3)
    file["weights"] = h5py.ExternalLink("other.h5", "/weights")
cases.bad("external_link.h5", "unsupported", "tensors/weights", "an external link", "not opened")
with create("external_storage.h5") as file:
    file.create_dataset("weights", (4,), "float32", external=[("other.h5", 0, 16)])
cases.bad("external_storage.h5", "unsupported", "tensors/weights", "external storage")
for name, shape in {"virtual.h5": (4,), "unlimited_virtual.h5": (None,)}.items():
    layout = h5py.VirtualLayout((4,), "float32", maxshape=shape)
    source = h5py.VirtualSource("other.h5", "weights", (4,), maxshape=shape)
    if shape == (None,):
        layout[0:h5py.h5s.UNLIMITED] = source[0:h5py.h5s.UNLIMITED]
    else:
        layout[:] = source
    with create(name, libver=("v110", "v110")) as file:
        file.create_virtual_dataset("weights", layout)
    cases.bad(name, "unsupported", "tensors/weights", "a virtual dataset")

with create("lzf.h5") as file:
    file.create_dataset("weights", data=np.arange(9), chunks=(3,), compression="lzf")
cases.bad("lzf.h5", "unsupported", "tensors/weights", "lzf (32000)", "h5repack")
with create("scaleoffset.h5") as file:
    file.create_dataset("weights", data=np.arange(9), chunks=(3,), scaleoffset=0)
cases.bad("scaleoffset.h5", "unsupported", "scaleoffset (6)")

# Where the dataset stands, changed to what lies behind the end.
with create("displaced.h5") as file:
    place = file.create_dataset("weights", data=numbers("float32", 64)).id.get_offset()
whole = (cases.folder / "displaced.h5").read_bytes()
layout = struct.Struct("<QQ")  # address and size
assert whole.count(layout.pack(place, 256)) == 1
(cases.folder / "displaced.h5").write_bytes(
    whole.replace(layout.pack(place, 256), layout.pack(len(whole) - 255, 256)))
cases.bad("displaced.h5", "corrupt", "tensors/weights", "past the end of the file", "found 256 at")

with create("many_texts.h5") as file:
    file.create_dataset("texts", ((4 << 20) + 1,), "S1", chunks=(1 << 20,))
cases.bad("many_texts.h5", "limit", "attributes and texts of the HDF5 file are too large")

with create("compound.h5") as file:
    file["table"] = np.zeros(3, [("x", "f4"), ("n", "i8")])
cases.bad("compound.h5", "unsupported", "tensors/table", "a compound type")
with create("references.h5") as file:
    file["a"] = np.arange(3)
    file.create_dataset("refs", (1,), h5py.ref_dtype)[0] = file["a"].ref
cases.bad("references.h5", "unsupported", "tensors/refs", "references")
with create("sequences.h5") as file:
    file.create_dataset("ragged", (2,), h5py.vlen_dtype("i4"))[0] = [1, 2]
cases.bad("sequences.h5", "unsupported", "tensors/ragged", "sequences of variable length")
with create("enumeration.h5") as file:
    file.create_dataset("color", (2,), h5py.enum_dtype({"RED": 0, "GREEN": 1}, "i1"))
cases.bad("enumeration.h5", "unsupported", "tensors/color", "an enumeration")
with create("opaque.h5") as file:
    file["raw"] = np.array([b"abc"], "V3")
cases.bad("opaque.h5", "unsupported", "tensors/raw", "opaque data")
with create("odd_integers.h5") as file:
    odd = h5py.h5t.STD_I32LE.copy()
    odd.set_precision(20)
    h5py.h5d.create(file.id, b"odd", odd, h5py.h5s.create_simple((2,)))
cases.bad("odd_integers.h5", "unsupported", "tensors/odd", "integers of 20 bits in 4 bytes")
with create("attribute.h5") as file:
    file.create_group("layer").attrs["target"] = file["/"].ref
cases.bad("attribute.h5", "unsupported", "metadata/layer/target", "references")

with create("group_cycle.h5") as file:
    inner = file.create_group("a/b")
    inner["up"] = file["a"]
cases.bad("group_cycle.h5", "unrepresentable", "tensors/a.b.up", "/a/b/up is /a")
with create("group_twice.h5") as file:
    file.create_group("a")
    file["b"] = file["a"]
cases.bad("group_twice.h5", "unrepresentable", "tensors/b", "/b is /a")
with create("name_twice.h5") as file:
    file["a.b"] = np.arange(3)
    file["a/b"] = np.arange(3)
cases.bad("name_twice.h5", "unrepresentable", "/a/b and /a.b")
with create("deep.h5") as file:
    file["/".join("d" * 70)] = np.arange(3)
cases.bad("deep.h5", "limit", "nested too deep")
with create("not_utf8.h5") as file:
    h5py.h5d.create(file.id, b"\xff", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((2,)))
cases.bad("not_utf8.h5", "unrepresentable", "UTF-8")

with create("exabytes.h5") as file:
    file.create_dataset("weights", (1 << 40,), "float32", chunks=(1 << 10,))
cases.bad("exabytes.h5", "limit", "tensors/weights", "4.00 TiB")
with create("large_chunk.h5") as file:
    file.create_dataset("weights", (1 << 28,), "float32", chunks=(1 << 28,))
cases.bad("large_chunk.h5", "limit", "tensors/weights", "256 MiB")
with create("high_chunks.h5") as file:
    file.create_dataset("weights", (2, 1 << 10, 5 << 20), "int8", chunks=(2, 512, 128))
cases.bad("high_chunks.h5", "limit", "tensors/weights", "too large for a file of this size")

with create("long_rows.h5") as file:
    file["room"] = np.zeros(3 << 20, np.int8)
    file.create_dataset("weights", (300, (16 << 20) + 1), "int8", chunks=(300, 128))
cases.bad("long_rows.h5", "limit", "tensors/weights", "rows that are too long to be read in order")

data = (cases.folder / "numbers.h5").read_bytes()
(cases.folder / "cut.h5").write_bytes(data[:-1])
cases.bad("cut.h5", "corrupt", "cannot be opened", "truncated file")
(cases.folder / "signature.h5").write_bytes(data[:8])
cases.bad("signature.h5", "corrupt", "cannot be opened")
damaged = bytearray((cases.folder / "filters.h5").read_bytes())
with h5py.File(cases.folder / "filters.h5") as file:
    place = file["fletcher32"].id.get_chunk_info(2).byte_offset
damaged[place + 5] ^= 1
(cases.folder / "fletcher32.h5").write_bytes(damaged)
cases.bad("fletcher32.h5", "corrupt", "tensors/fletcher32", "cannot be read")

# Small files whose every byte is damaged.
with create("small.h5") as file:
    file["layer/weight"] = numbers("float32", 4)
    file.create_dataset("layer/packed", data=np.arange(40), chunks=(16,), compression=1)
    file.attrs["names"] = ["a", "bc"]
    file.attrs["fixed"] = np.array([b"one", b"two"], "S5")
good("small.h5", metadata={".": mapping({
    "fixed": sequence([text("one"), text("two")]), "names": sequence([text("a"), text("bc")])})})
with create("small_newest.h5", libver=("v110", "v110")) as file:
    file["layer/weight"] = numbers("float32", 4)
    file.create_dataset("layer/packed", data=np.arange(40), chunks=(16,), compression=1)
    file.attrs["names"] = ["a", "bc"]
good("small_newest.h5", metadata={".": mapping({"names": sequence([text("a"), text("bc")])})})
cases.write()
