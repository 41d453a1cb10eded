"""What the makers of reference files share: each file, and what it must become as a .stone file.

FOLDER/cases.json has the form in which tests/interop/describe.h describes a .stone file. Nothing here
uses code of the project.
"""

import hashlib
import json
import pathlib
import shutil
import struct

import numpy as np


class Cases:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        # Emptied of what an earlier run left there, and of nothing else.
        if (self.folder / "cases.json").exists():
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "cases.json").write_text("[]")
        self.cases = []

    def good(self, file, kind, entries):
        self.cases.append({"file": file, "kind": kind, "entries": entries})

    def bad(self, file, code, *texts, at=None):
        """Refused; the error is at another file where one is given."""
        self.cases.append({"file": file, "code": code, "texts": texts, "at": at or file})

    def write(self):
        (self.folder / "cases.json").write_text(json.dumps(self.cases, indent=1))


def tensor(array, dtype=None, strides=None):
    """A tensor of this array's bits; strides as numpy has them where it is column-major."""
    array = np.asarray(array)
    if strides is None and array.size and not array.flags.c_contiguous:
        strides = [step // array.itemsize for step in array.strides]
    return {"kind": "tensor", "dtype": dtype or array.dtype.name, "shape": list(array.shape),
            "requires_grad": False, "parameter": False, "strides": strides,
            "sha256": hashlib.sha256(array.tobytes()).hexdigest()}


def tensor_dict(arrays):
    """Arrays, or what tensor() made of them, by name."""
    return {"kind": "tensor_dict", "tensors": [
        [name, array if isinstance(array, dict) else tensor(array)]
        for name, array in arrays.items()]}


def text(value):
    return {"kind": "string", "value": value}


def integer(value):
    kind = "int64" if value < 1 << 63 else "uint64"
    return {"kind": kind, "value": str(value)}


def boolean(value):
    return {"kind": "boolean", "value": bool(value)}


def real(value):
    return {"kind": "float64", "bits": struct.pack(">d", value).hex()}


def sequence(items):
    return {"kind": "list", "items": list(items)}


def mapping(pairs):
    return {"kind": "map", "pairs": [[text(key), value] for key, value in pairs.items()]}


def null():
    return {"kind": "null"}


def typed_scalar(number):
    return {"kind": "typed_scalar", "dtype": number.dtype.name, "bytes": number.tobytes().hex()}
