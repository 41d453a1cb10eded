"""What the tests of exports share: running export_once, and comparing what comes back."""

import collections
import json
import os
import subprocess

import torch

EXPORT_ONCE = os.environ["STATESTONE_EXPORT_ONCE"]

DTYPES = [
    torch.bool, torch.uint8, torch.int8, torch.uint16, torch.int16, torch.uint32, torch.int32,
    torch.uint64, torch.int64, torch.float16, torch.bfloat16, torch.float32, torch.float64,
    torch.complex64, torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz,
    torch.float8_e5m2fnuz, torch.float8_e8m0fnu, torch.float4_e2m1fn_x2,
]  # fmt: skip


def export(source, target, kind, *options):
    """Runs it and returns its report; {"error": code, ..} when it refuses."""
    done = subprocess.run(
        [EXPORT_ONCE, str(source), str(target), kind, *options],
        stdout=subprocess.PIPE,
        timeout=500,
    )
    report = json.loads(done.stdout)
    assert (done.returncode != 0) == ("error" in report)
    return report


def through_stone(source, target, kind, *options):
    """From one file to another with a .stone file in between."""
    stone = target.with_name(target.name + ".stone")
    report = export(source, stone, "stone")
    assert "error" not in report, report
    return export(stone, target, kind, *options)


def filled(dtype, *shape):
    """A dense tensor whose bytes are all different as far as the dtype lets them."""
    empty = torch.empty(shape, dtype=dtype)
    count = empty.untyped_storage().nbytes()
    most = 2 if dtype == torch.bool else 251
    data = torch.arange(count, dtype=torch.int64).remainder(most).to(torch.uint8)
    empty.untyped_storage().copy_(data.untyped_storage())
    return empty


def bits(tensor):
    """The bytes of a tensor's elements in row-major order."""
    dense = tensor.detach().contiguous()
    size = dense.numel() * dense.element_size()
    start = dense.storage_offset() * dense.element_size()
    raw = torch.empty(0, dtype=torch.uint8).set_(dense.untyped_storage())
    return raw[start : start + size].numpy().tobytes()


def parts(tensor):
    """What a sparse or quantized tensor is made of, by name."""
    if tensor.is_quantized and tensor.qscheme() == torch.per_tensor_affine:
        scale = {"scale": tensor.q_scale(), "zero_point": tensor.q_zero_point()}
    elif tensor.is_quantized:
        scale = {
            "scales": tensor.q_per_channel_scales(),
            "zero_points": tensor.q_per_channel_zero_points(),
            "axis": tensor.q_per_channel_axis(),
        }
    if tensor.is_quantized:
        return {"qscheme": tensor.qscheme(), "int_repr": tensor.int_repr(), **scale}
    if tensor.layout == torch.sparse_coo:
        names = ("_indices", "_values", "is_coalesced")
    elif tensor.layout in (torch.sparse_csr, torch.sparse_bsr):
        names = ("crow_indices", "col_indices", "values")
    else:
        names = ("ccol_indices", "row_indices", "values")
    found = {name: getattr(tensor, name)() for name in names}
    # Parts with gaps in memory become dense, as all tensors that share none do.
    return {
        name: part.clone(memory_format=torch.contiguous_format)
        if isinstance(part, torch.Tensor)
        else part
        for name, part in found.items()
    }


def same(a, b, path=""):
    """Demands equal types, order, values, dtypes, shapes, strides and bits, at any depth."""
    assert type(a) is type(b), (path, type(a), type(b))
    if isinstance(a, torch.Tensor) and (a.is_quantized or a.layout != torch.strided):
        assert a.dtype == b.dtype and a.shape == b.shape and a.layout == b.layout, path
        assert a.requires_grad == b.requires_grad, path
        same(parts(a), parts(b), path)
    elif isinstance(a, torch.Tensor):
        assert a.dtype == b.dtype and a.shape == b.shape, path
        assert a.stride() == b.stride() or a.numel() == 0, (path, a.stride(), b.stride())
        assert a.requires_grad == b.requires_grad, path
        assert bits(a) == bits(b), path
    elif isinstance(a, dict):
        assert list(map(repr, a)) == list(map(repr, b)), path
        for key, other in zip(a, b):
            same(key, other, f"{path}/{key!r}")
            same(a[key], b[other], f"{path}/{key!r}")
        if isinstance(a, collections.OrderedDict):
            same(dict(vars(a)), dict(vars(b)), f"{path}.__dict__")
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b), path
        for i, (x, y) in enumerate(zip(a, b)):
            same(x, y, f"{path}/{i}")
    else:
        assert repr(a) == repr(b), (path, a, b)
