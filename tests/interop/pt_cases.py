"""What checkpoints become as .stone files, in the form in which describe.h describes these.

Values are made without any code of the project.
"""

import collections
import hashlib
import json
import pathlib
import struct
import sys
import warnings

import numpy
import torch

warnings.filterwarnings("ignore")

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
cases = []


def row_major(tensor):
    """The bytes of all elements in row-major order, for dtypes that cannot be cloned too."""
    size = tensor.element_size()
    flat = torch.empty(0, dtype=torch.uint8).set_(tensor.untyped_storage())
    data = bytes(flat.numpy())
    out = bytearray()

    def walk(dim, offset):
        if dim == tensor.dim():
            out.extend(data[offset * size : (offset + 1) * size])
            return
        for i in range(tensor.size(dim)):
            walk(dim + 1, offset + i * tensor.stride(dim))

    walk(0, tensor.storage_offset())
    return bytes(out)


def is_dense(tensor):
    expected = 1
    for stride, size in sorted(zip(tensor.stride(), tensor.shape)):
        if size == 1:
            continue
        if stride != expected:
            return False
        expected *= size
    return True


def describe_tensor(tensor, tied):
    strides = None
    keeps = tied or is_dense(tensor) or 0 in tensor.stride()
    if not tensor.is_contiguous() and tensor.numel() and keeps:
        strides = list(tensor.stride())
    return {
        "kind": "tensor",
        "dtype": str(tensor.dtype).replace("torch.", ""),
        "shape": list(tensor.shape),
        "strides": strides,
        "requires_grad": tensor.requires_grad,
        "parameter": isinstance(tensor, torch.nn.Parameter),
        "sha256": hashlib.sha256(row_major(tensor.detach())).hexdigest(),
    }


def describe_array(array):
    fortran = array.flags.f_contiguous and not array.flags.c_contiguous
    return {
        "kind": "tensor",
        "dtype": array.dtype.name,
        "shape": list(array.shape),
        "strides": [s // array.itemsize for s in array.strides] if fortran else None,
        "requires_grad": False,
        "parameter": False,
        "sha256": hashlib.sha256(array.tobytes("C")).hexdigest(),
    }


def is_plain(value):
    """Whether a .stone file has a tensor for it: not by its parts."""
    if isinstance(value, numpy.ndarray):
        return True
    if not isinstance(value, torch.Tensor):
        return False
    return value.layout == torch.strided and not value.is_quantized


def describe_parts(tag, parts, tied):
    pairs = [("statestone", tag), *parts]
    return {"kind": "map", "pairs": [[describe(k), describe(v, tied)] for k, v in pairs]}


def describe_sparse(tensor, tied):
    layout = str(tensor.layout).removeprefix("torch.")
    if layout == "sparse_coo":
        parts = [("indices", tensor._indices()), ("values", tensor._values()),
                 ("size", tensor.shape), ("is_coalesced", tensor.is_coalesced())]  # fmt: skip
        return describe_parts(layout, parts, tied)
    by_row = layout in ("sparse_csr", "sparse_bsr")
    names = ("crow_indices", "col_indices") if by_row else ("ccol_indices", "row_indices")
    parts = [(name, getattr(tensor, name)()) for name in (*names, "values")]
    return describe_parts(layout, [*parts, ("size", tensor.shape)], tied)


def describe_quantized(tensor, tied):
    scheme = tensor.qscheme()
    parts = [("dtype", tensor.dtype)]
    if scheme == torch.per_tensor_affine:
        scale = [("scale", tensor.q_scale()), ("zero_point", tensor.q_zero_point())]
    else:
        # torch saves the one with float zero points under the name of the other.
        scheme = torch.per_channel_affine
        scale = [("scales", tensor.q_per_channel_scales()),
                 ("zero_points", tensor.q_per_channel_zero_points()),
                 ("axis", tensor.q_per_channel_axis())]  # fmt: skip
    parts += [("qscheme", str(scheme).removeprefix("torch.")), ("int_repr", tensor.int_repr())]
    return describe_parts("quantized", parts + scale, tied)


def bits(number):
    return struct.pack(">d", number).hex()


def describe_int(value):
    if -(2**63) <= value < 2**63:
        return {"kind": "int64", "value": str(value)}
    if 0 <= value < 2**64:
        return {"kind": "uint64", "value": str(value)}
    size = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return {"kind": "big_int", "bytes": value.to_bytes(size, "little", signed=True).hex()}


def describe_items(kind, items, tied):
    return {"kind": kind, "items": [describe(item, tied) for item in items]}


def describe_dict(value, tied):
    ordered = isinstance(value, collections.OrderedDict)
    attributes = {}
    if ordered and vars(value):
        pairs = [[describe(k, tied), describe(v, tied)] for k, v in vars(value).items()]
        attributes = {"attributes": {"kind": "map", "pairs": pairs}}
    if value and all(isinstance(k, str) and is_plain(v) for k, v in value.items()):
        kind = "ordered_tensor_dict" if ordered else "tensor_dict"
        described = [[name, describe(item, tied)] for name, item in value.items()]
        return {"kind": kind, "tensors": described, **attributes}
    pairs = [[describe(k, tied), describe(v, tied)] for k, v in value.items()]
    return {"kind": "ordered_map" if ordered else "map", "pairs": pairs, **attributes}


def describe(value, tied=False):
    if value is None:
        return {"kind": "null"}
    if isinstance(value, bool):
        return {"kind": "boolean", "value": value}
    if isinstance(value, (numpy.generic,)):
        return {"kind": "typed_scalar", "dtype": value.dtype.name, "bytes": value.tobytes().hex()}
    if isinstance(value, int):
        return describe_int(value)
    if isinstance(value, float):
        return {"kind": "float64", "bits": bits(value)}
    if isinstance(value, complex):
        return {"kind": "complex128", "bits": bits(value.real) + bits(value.imag)}
    if isinstance(value, str):
        return {"kind": "string", "value": value}
    if isinstance(value, bytes):
        return {"kind": "bytes", "bytes": value.hex()}
    if isinstance(value, bytearray):
        return {"kind": "byte_array", "bytes": value.hex()}
    if isinstance(value, torch.Size):
        return describe_items("size", value, tied)
    if isinstance(value, (list, tuple, set, frozenset)):
        name = type(value).__name__
        return describe_items("frozen_set" if name == "frozenset" else name, value, tied)
    if isinstance(value, dict):
        return describe_dict(value, tied)
    if isinstance(value, torch.dtype):
        return {"kind": "dtype", "value": str(value).replace("torch.", "")}
    if isinstance(value, torch.device):
        return {"kind": "device", "value": str(value)}
    if isinstance(value, torch.Tensor) and value.layout != torch.strided:
        return describe_sparse(value, tied)
    if isinstance(value, torch.Tensor) and value.is_quantized:
        return describe_quantized(value, tied)
    if isinstance(value, torch.Tensor):
        return describe_tensor(value, tied)
    if isinstance(value, numpy.ndarray):
        return describe_array(value)
    raise TypeError(type(value))


def describe_file(root, tied):
    if type(root) is dict and root and all(isinstance(k, str) and k for k in root):
        described = describe_dict(root, tied)
        if described["kind"] == "map":
            return [[name, describe(value, tied)] for name, value in root.items()]
        return [["", described]]
    return [["", describe(root, tied)]]


def save(name, root, protocol=2, **options):
    torch.save(root, folder / f"{name}.pt", pickle_protocol=protocol, **options)


def expect(name, root, ties=(), skipped=(), skip_unknown=False):
    """A file that becomes `root`. `ties`: groups of display paths of tensors that share memory."""
    cases.append(
        {
            "name": name,
            "entries": describe_file(root, bool(ties)),
            "ties": [sorted(group) for group in ties],
            "skip_unknown": skip_unknown,
            "skipped": [list(pair) for pair in skipped],
        }
    )


def refuse(name, code, entry, *texts):
    """A file that is refused. `texts`: parts of the error's text."""
    cases.append({"name": name, "code": code, "entry": entry, "texts": list(texts)})


def good(name, root, ties=(), protocol=2, skipped=(), becomes=None, skip_unknown=False):
    """A checkpoint in both containers that torch still writes, unless the older cannot hold it."""
    becomes = root if becomes is None else becomes
    save(name, root, protocol)
    expect(name, becomes, ties, skipped, skip_unknown)
    try:
        save(f"legacy_{name}", root, protocol, _use_new_zipfile_serialization=False)
    except RuntimeError as error:
        assert "view the same data as different types" in str(error)
        return
    expect(f"legacy_{name}", becomes, ties, skipped, skip_unknown)


def bad(name, root, code, entry, *texts):
    """Refused in both containers."""
    save(name, root)
    refuse(name, code, entry, *texts)
    save(f"legacy_{name}", root, _use_new_zipfile_serialization=False)
    refuse(f"legacy_{name}", code, entry, *texts)


def write_cases(file_name):
    (folder / file_name).write_text(json.dumps(cases))
