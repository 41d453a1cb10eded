"""Writes .npy and .npz files with the installed numpy, and what each must become.

    make_numpy_files.py FOLDER
"""

import io
import sys
import zipfile

import ml_dtypes
import numpy as np
from cases import Cases, tensor, tensor_dict

cases = Cases(sys.argv[1])
rng = np.random.default_rng(7)


def numbers(dtype, *shape):
    count = int(np.prod(shape, dtype=int)) * np.dtype(dtype).itemsize
    raw = rng.integers(0, 2 if dtype == np.bool_ else 256, count, dtype=np.uint8)
    return raw.view(dtype).reshape(shape)


def save(name, array, **kwargs):
    path = cases.folder / f"{name}.npy"
    with open(path, "wb") as file:
        np.lib.format.write_array(file, array, **kwargs)
    return path.name


DTYPES = ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64",
          "float16", "float32", "float64", "complex64", "complex128"]
for dtype in DTYPES:
    array = numbers(np.dtype(dtype).type, 3, 5)
    cases.good(save(dtype, array), "npy", [["", tensor(array)]])
for version in [(1, 0), (2, 0), (3, 0)]:
    array = numbers(np.float32, 4)
    cases.good(save(f"version_{version[0]}", array, version=version), "npy", [["", tensor(array)]])
for name, array in {
    "scalar": np.array(2.5), "no_elements": np.zeros((3, 0, 2), np.int16),
    "one_dimension": numbers(np.float64, 11), "many_dimensions": numbers(np.uint8, *[1, 2] * 16),
    "fortran": np.asfortranarray(numbers(np.float32, 3, 4, 5)),
    "fortran_of_one_column": np.asfortranarray(numbers(np.float32, 5, 1)),
    "fortran_without_elements": np.asfortranarray(np.zeros((2, 0, 3))),
    "larger_than_a_piece": numbers(np.float32, 700, 1001),
    "fortran_larger_than_a_piece": np.asfortranarray(numbers(np.float32, 700, 1001)),
}.items():
    cases.good(save(name, array), "npy", [["", tensor(array)]])

extension = numbers(np.uint16, 3, 2)
cases.good(save("bfloat16", extension.view(ml_dtypes.bfloat16)), "npy",
           [["", tensor(extension, "bits16")]])
extension = numbers(np.uint8, 3, 2)
cases.good(save("float8", extension.view(ml_dtypes.float8_e4m3fn)), "npy",
           [["", tensor(extension, "bits8")]])

cases.bad(save("objects", np.array([{}, None], object)), "unsafe", "Python objects", "astype")
cases.bad(save("big_endian", np.zeros(3, ">f4")), "unsupported", ">f4", "newbyteorder")
cases.bad(save("structured", np.zeros(3, [("a", "<f4"), ("b", "<i2", (2,))])), "unsupported",
          "structured")
cases.bad(save("texts", np.array(["a", "bc"])), "unsupported", "texts", "<U2")
cases.bad(save("dates", np.zeros(3, "M8[s]")), "unsupported", "dates", "view(\"int64\")")
cases.bad(save("long_double", np.zeros(3, np.longdouble)), "unsupported", "<f16")
cases.bad(save("void_of_five", np.zeros(3, "V5")), "unsupported", "V5")

arrays = {"w": numbers(np.float32, 64, 33), "layer/b": numbers(np.float16, 33),
          "step": np.array(7), "column": np.asfortranarray(numbers(np.int64, 5, 7)),
          "empty": np.zeros((0, 4), np.float32), "größe": numbers(np.uint8, 2),
          "../outside": numbers(np.uint8, 3)}
for name, write in {"stored": np.savez, "deflated": np.savez_compressed}.items():
    path = cases.folder / f"{name}.npz"
    write(path, **arrays)
    cases.good(path.name, "npz", [["", tensor_dict(arrays)]])
np.savez(cases.folder / "positional.npz", arrays["w"], arrays["step"])
cases.good("positional.npz", "npz",
           [["", tensor_dict({"arr_0": arrays["w"], "arr_1": arrays["step"]})]])
np.savez(cases.folder / "nothing.npz")
cases.good("nothing.npz", "npz", [["", tensor_dict({})]])
np.savez(cases.folder / "object_inside.npz", w=arrays["w"], meta=np.array({"a": 1}, object))
cases.bad("object_inside.npz", "unsafe", '"meta"', "Python objects")
with zipfile.ZipFile(cases.folder / "text_beside.npz", "w") as archive:
    file = io.BytesIO()
    np.save(file, arrays["w"])
    archive.writestr("w.npy", file.getvalue())
    archive.writestr("README", "hello")
cases.bad("text_beside.npz", "unsupported", "README", "no array")
with zipfile.ZipFile(cases.folder / "with_folder.npz", "w") as archive:
    archive.writestr("a/w.npy", file.getvalue())
    archive.mkdir("b")
cases.good("with_folder.npz", "npz", [["", tensor_dict({"a/w": arrays["w"]})]])
cases.write()
