"""Writes GGUF files with the installed gguf package, and what each must become.

    make_gguf_files.py FOLDER

What is expected of a tensor's bits is what GGUFReader reads from the file.
"""

import sys

import gguf
import numpy as np
from cases import Cases, boolean, integer, mapping, real, sequence, tensor, tensor_dict, text

cases = Cases(sys.argv[1])
rng = np.random.default_rng(11)


def numbers(dtype, *shape):
    raw = rng.integers(0, 256, int(np.prod(shape)) * np.dtype(dtype).itemsize, dtype=np.uint8)
    return raw.view(dtype).reshape(shape)


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def read_tensors(path):
    """Tensors as GGUFReader has them, and the quantized ones' types."""
    found, quantized = {}, {}
    for entry in gguf.GGUFReader(path).tensors:
        is_number = gguf.GGML_QUANT_SIZES[entry.tensor_type][0] == 1
        bfloat16 = entry.tensor_type == gguf.GGMLQuantizationType.BF16
        data = np.array(entry.data)
        if bfloat16:
            described = tensor(data.view(np.uint16), "bfloat16")
        else:
            described = tensor(data)
        found[entry.name] = described
        if not is_number:
            quantized[entry.name] = text(entry.tensor_type.name)
    return tensor_dict(found), mapping(quantized)


def good(name, metadata):
    tensors, quantized = read_tensors(cases.folder / name)
    cases.good(name, "GGUF", [["tensors", tensors], ["metadata", mapping(metadata)],
                              ["quantized", quantized]])


def writer_of(name):
    return gguf.GGUFWriter(cases.folder / name, "llama")


ARCHITECTURE = {"general.architecture": text("llama")}

# Every type of value.
writer = writer_of("values.gguf")
writer.add_uint8("u8", 255)
writer.add_int8("i8", -128)
writer.add_uint16("u16", 65535)
writer.add_int16("i16", -32768)
writer.add_uint32("u32", 2**32 - 1)
writer.add_int32("i32", -(2**31))
writer.add_uint64("u64", 2**64 - 1)
writer.add_int64("i64", -(2**63))
writer.add_float32("f32", 0.1)
writer.add_float64("f64", 0.1)
writer.add_bool("yes", True)
writer.add_bool("no", False)
writer.add_string("text", "größe\n")
writer.add_array("texts", ["a", "", "bé"])
writer.add_array("ints", [1, -2, 3])
writer.add_array("floats", [0.5, 1e-3])
writer.add_array("bools", [True, False])
finish(writer)
good("values.gguf", ARCHITECTURE | {
    "u8": integer(255), "i8": integer(-128), "u16": integer(65535), "i16": integer(-32768),
    "u32": integer(2**32 - 1), "i32": integer(-(2**31)), "u64": integer(2**64 - 1),
    "i64": integer(-(2**63)), "f32": real(float(np.float32(0.1))), "f64": real(0.1),
    "yes": boolean(True), "no": boolean(False), "text": text("größe\n"),
    "texts": sequence([text("a"), text(""), text("bé")]),
    "ints": tensor(np.array([1, -2, 3], np.int32)),
    "floats": tensor(np.array([0.5, 1e-3], np.float32)),
    "bools": sequence([boolean(True), boolean(False)])})

# Every type of number, every rank.
writer = writer_of("numbers.gguf")
for dtype in ["float32", "float16", "float64", "int8", "int16", "int32", "int64"]:
    writer.add_tensor(dtype, numbers(dtype, 5, 3))
writer.add_tensor("bf16", numbers(np.uint16, 3, 4).view(np.uint8),
                  raw_dtype=gguf.GGMLQuantizationType.BF16)
for rank in range(1, 5):
    writer.add_tensor(f"rank{rank}", numbers(np.float32, *[2, 3, 4, 5][:rank]))
writer.add_tensor("größe", numbers(np.float32, 1))
finish(writer)
good("numbers.gguf", ARCHITECTURE)

# Every quantized type, as bytes of blocks.
writer = writer_of("quantized.gguf")
for kind, (elements, size) in gguf.GGML_QUANT_SIZES.items():
    if elements != 1:
        writer.add_tensor(f"blk.{kind.name}", numbers(np.uint8, 3, 2 * size), raw_dtype=kind)
writer.add_tensor("beside", numbers(np.float16, 3))
finish(writer)
good("quantized.gguf", ARCHITECTURE)

# Really quantized numbers.
writer = writer_of("q8.gguf")
writer.add_tensor("w", gguf.quants.quantize(numbers(np.uint8, 4, 64).astype(np.float32),
                                            gguf.GGMLQuantizationType.Q8_0),
                  raw_dtype=gguf.GGMLQuantizationType.Q8_0)
finish(writer)
good("q8.gguf", ARCHITECTURE)

# Another alignment.
writer = writer_of("aligned.gguf")
writer.add_custom_alignment(256)
writer.add_tensor("a", numbers(np.float32, 3))
writer.add_tensor("b", numbers(np.float32, 5))
finish(writer)
good("aligned.gguf", ARCHITECTURE | {"general.alignment": integer(256)})

writer = writer_of("no_tensors.gguf")
finish(writer)
good("no_tensors.gguf", ARCHITECTURE)

# Version 2 differs in nothing but its number.
data = bytearray((cases.folder / "numbers.gguf").read_bytes())
data[4] = 2
(cases.folder / "version_2.gguf").write_bytes(data)
good("version_2.gguf", ARCHITECTURE)

writer = gguf.GGUFWriter(cases.folder / "big_endian.gguf", "llama", endianess=gguf.GGUFEndian.BIG)
finish(writer)
cases.bad("big_endian.gguf", "unsupported", "big-endian", "gguf-convert-endian")
data[4] = 1
(cases.folder / "version_1.gguf").write_bytes(data)
cases.bad("version_1.gguf", "unsupported", "2 or 3")
cases.write()
