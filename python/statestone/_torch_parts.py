"""Sparse and quantized tensors of torch, which a file keeps by their parts: section 7.2."""

from __future__ import annotations

from typing import Any

import torch

from ._error import Error

# The key of which the value says what a map of parts stands for.
_TAG = "statestone"
_COMPRESSED = {
    "sparse_csr": ("crow_indices", "col_indices"),
    "sparse_csc": ("ccol_indices", "row_indices"),
    "sparse_bsr": ("crow_indices", "col_indices"),
    "sparse_bsc": ("ccol_indices", "row_indices"),
}
_QUANTIZED = (torch.qint8, torch.quint8, torch.qint32)
_PER_CHANNEL = ("per_channel_affine", "per_channel_affine_float_qparams")


def is_kept_by_parts(tensor: torch.Tensor) -> bool:
    """Whether ``parts_of`` takes a tensor: one that needs no gradients, and is no parameter."""
    if type(tensor) is not torch.Tensor or tensor.requires_grad or tensor.is_meta:
        return False
    if tensor.is_quantized:
        return tensor.dtype in _QUANTIZED
    return _name(tensor.layout) in ("sparse_coo", *_COMPRESSED)


def parts_of(tensor: torch.Tensor) -> dict[str, Any]:
    """The map that stands for a tensor."""
    if tensor.is_quantized:
        return _quantized_parts(tensor)
    name = _name(tensor.layout)
    if name == "sparse_coo":
        return {
            _TAG: name,
            "indices": tensor._indices(),
            "values": tensor._values(),
            "size": tensor.size(),
            "is_coalesced": tensor.is_coalesced(),
        }
    parts: dict[str, Any] = {_TAG: name}
    for index in _COMPRESSED[name]:
        parts[index] = getattr(tensor, index)()
    return {**parts, "values": tensor.values(), "size": tensor.size()}


def rebuild(parts: dict[Any, Any]) -> Any:
    """The tensor that a map stands for; the map itself where it is some other map.

    Raises:
        Error: ``corrupt`` when the parts do not make a tensor: indices outside of it, for one.
    """
    tag = parts[_TAG]
    if not isinstance(tag, str):
        return parts
    try:
        if tag == "sparse_coo" and _fits(parts, ("indices", "values", "size"), "is_coalesced"):
            return _coo(parts)
        if tag in _COMPRESSED and _fits(parts, (*_COMPRESSED[tag], "values", "size")):
            return _compressed(parts)
        if tag == "quantized":
            return _quantized(parts)
    except (RuntimeError, TypeError, ValueError) as error:
        raise Error(
            "corrupt",
            "the parts of a tensor do not make one",
            found=f"{tag}: {error}",
            advice='load it with framework="numpy" to look at the parts',
        ) from None
    return parts


def _name(layout: torch.layout) -> str:
    return str(layout).removeprefix("torch.")


def _fits(parts: dict[Any, Any], names: tuple[str, ...], *optional: str) -> bool:
    """Whether the keys are these, in this order, and the parts tensors but for the size."""
    keys = list(parts)
    if keys not in ([_TAG, *names], [_TAG, *names, *optional]):
        return False
    return isinstance(parts["size"], torch.Size) and all(
        type(parts[name]) is torch.Tensor for name in names if name != "size"
    )


def _coo(parts: dict[Any, Any]) -> torch.Tensor:
    tensor = torch.sparse_coo_tensor(
        parts["indices"], parts["values"], parts["size"], check_invariants=True
    )
    coalesced = parts.get("is_coalesced")
    return tensor._coalesced_(True) if coalesced is True else tensor


def _compressed(parts: dict[Any, Any]) -> torch.Tensor:
    indices = [parts[name] for name in _COMPRESSED[parts[_TAG]]]
    return torch.sparse_compressed_tensor(
        *indices,
        parts["values"],
        parts["size"],
        layout=getattr(torch, parts[_TAG]),
        check_invariants=True,
    )


def _quantized_parts(tensor: torch.Tensor) -> dict[str, Any]:
    scheme = str(tensor.qscheme()).removeprefix("torch.")
    parts: dict[str, Any] = {
        _TAG: "quantized",
        "dtype": tensor.dtype,
        "qscheme": scheme,
        "int_repr": tensor.int_repr(),
    }
    if scheme not in _PER_CHANNEL:
        return {**parts, "scale": tensor.q_scale(), "zero_point": tensor.q_zero_point()}
    return {
        **parts,
        "scales": tensor.q_per_channel_scales(),
        "zero_points": tensor.q_per_channel_zero_points(),
        "axis": tensor.q_per_channel_axis(),
    }


def _quantized(parts: dict[Any, Any]) -> Any:
    keys = list(parts)
    common = [_TAG, "dtype", "qscheme", "int_repr"]
    if keys[:4] != common or type(parts["int_repr"]) is not torch.Tensor:
        return parts
    elements, dtype = parts["int_repr"], parts["dtype"]
    if dtype not in _QUANTIZED or elements.dtype != torch.empty(0, dtype=dtype).int_repr().dtype:
        return parts
    if keys[4:] == ["scale", "zero_point"] and parts["qscheme"] == "per_tensor_affine":
        return torch._make_per_tensor_quantized_tensor(
            elements, parts["scale"], parts["zero_point"]
        )
    if keys[4:] == ["scales", "zero_points", "axis"] and parts["qscheme"] in _PER_CHANNEL:
        return torch._make_per_channel_quantized_tensor(
            elements, parts["scales"], parts["zero_points"], parts["axis"]
        )
    return parts
