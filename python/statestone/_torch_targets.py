"""Tensors of torch that a restore fills."""

from __future__ import annotations

from typing import Any

import torch

from ._error import Error
from ._torch_state import refusal_of
from ._torch_tensors import TorchTensors

# Copies between integers keep every bit, and every kernel knows them.
_INTEGERS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


class TorchTarget:
    """A tensor to be filled, of a module or a state_dict."""

    def __init__(self, name: str, tensor: torch.Tensor, *, optional: bool = False):
        refusal = refusal_of(tensor)
        if refusal is not None:
            what, advice = refusal
            raise Error(
                "unrepresentable", f"a restore cannot fill {what}", entry=name, advice=advice
            )
        self.name = name
        self.tensor = tensor
        self.dtype = str(tensor.dtype).removeprefix("torch.")
        self.shape = tuple(tensor.shape)
        self.strides = tensor.stride()
        self.address = tensor.data_ptr()
        self.itemsize = tensor.element_size()
        self.optional = optional
        self.is_host = tensor.device.type == "cpu"

    def stage(self, info: Any) -> tuple[torch.Tensor, int]:
        return TorchTensors().empty(info)

    def same_bits(self, a: torch.Tensor, b: torch.Tensor) -> bool:
        return a.dtype == b.dtype and torch.equal(_as_integers(a), _as_integers(b))

    def assign(self, staged: torch.Tensor) -> None:
        with torch.no_grad():
            target = self.tensor.detach()
            if staged.dtype == target.dtype:
                _as_integers(target).copy_(_as_integers(staged))
            else:
                target.copy_(staged)

    def changed(self) -> None:
        """Autograd notices writes by the version; tensors of the inference mode have none."""
        if not self.tensor.is_inference():
            torch.autograd.graph.increment_version(self.tensor)


def _as_integers(tensor: torch.Tensor) -> torch.Tensor:
    if tensor.element_size() == 16:
        return torch.view_as_real(tensor).view(torch.int64)
    return tensor.view(_INTEGERS[tensor.element_size()])
