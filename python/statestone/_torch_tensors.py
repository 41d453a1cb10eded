"""Tensors of torch, for loads."""

from __future__ import annotations

from typing import Any

import torch

from . import _strides, _torch_parts
from ._error import Error


class TorchTensors:
    """The framework torch. Tensors are filled on the CPU, then placed."""

    def __init__(self, map_location: Any = None) -> None:
        if map_location is not None and not isinstance(map_location, (str, torch.device)):
            raise Error(
                "invalid_argument",
                "map_location is neither a device nor the name of one",
                expected='such as "cuda:0"',
                found=repr(map_location),
                advice="a .stone file does not keep devices, so there is nothing else to map",
            )
        self._device = torch.device("cpu" if map_location is None else map_location)

    def empty(self, info: Any) -> tuple[torch.Tensor, int]:
        tensor = torch.empty(info.shape, dtype=self.dtype(info.dtype))
        return tensor, tensor.data_ptr()

    def memory(self, nbytes: int) -> tuple[torch.Tensor, int]:
        memory = torch.empty(nbytes, dtype=torch.uint8)
        return memory, memory.data_ptr()

    def memory_over(self, buffer: Any) -> torch.Tensor:
        return torch.frombuffer(buffer, dtype=torch.uint8)

    def tensor_in(self, memory: torch.Tensor, info: Any, offset: int) -> torch.Tensor:
        empty = torch.empty(0, dtype=self.dtype(info.dtype), device=memory.device)
        elements = (memory.storage_offset() + offset) // info.itemsize
        return empty.set_(memory.untyped_storage(), elements, info.shape, _strides.of(info))

    def place(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor.to(self._device)

    def finish(self, tensor: torch.Tensor, info: Any) -> torch.Tensor:
        if info.kind == "parameter":
            return torch.nn.Parameter(tensor, requires_grad=info.requires_grad)
        return tensor.requires_grad_(info.requires_grad)

    def index(self, tensor: torch.Tensor, key: Any) -> Any:
        return tensor[key]

    def size(self, dims: tuple[int, ...]) -> torch.Size:
        return torch.Size(dims)

    def dtype(self, name: str) -> torch.dtype:
        dtype = getattr(torch, name, None)
        if isinstance(dtype, torch.dtype):
            return dtype
        raise Error(
            "unsupported",
            "this version of torch does not have the element type",
            found=name,
            advice="update torch",
        )

    def device(self, text: str) -> torch.device:
        return torch.device(text)

    def tagged(self, parts: dict[Any, Any]) -> Any:
        return _torch_parts.rebuild(parts)

    def scalar(self, dtype: str, element: bytes) -> Any:
        from ._frameworks import find_framework

        try:
            return find_framework("numpy").scalar(dtype, element)
        except Error:
            return torch.frombuffer(bytearray(element), dtype=self.dtype(dtype))[0].item()
