"""Tensors without torch and NumPy: bytes, and what they mean."""

from __future__ import annotations

import dataclasses
from typing import Any

from . import _native, _strides


@dataclasses.dataclass(frozen=True)
class DType:
    """A torch.dtype where there is no torch: its name, such as ``bfloat16``."""

    name: str


@dataclasses.dataclass(frozen=True)
class Device:
    """A torch.device where there is no torch: its text, such as ``cuda:0``."""

    text: str


@dataclasses.dataclass(frozen=True)
class Scalar:
    """A NumPy scalar where there is no NumPy: the bytes of one element."""

    dtype: str
    element: bytes


@dataclasses.dataclass(frozen=True, eq=False)
class RawTensor:
    """A tensor as bytes.

    Attributes:
        dtype: name of the element type, such as ``bfloat16``.
        shape: sizes of the dimensions.
        strides: steps of the dimensions, in elements.
        data: writable bytes from the first to the last that the tensor touches; tied tensors
            share them.
    """

    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    data: memoryview


class Buffers:
    """The framework of who has none."""

    def empty(self, info: Any) -> tuple[RawTensor, int]:
        memory, address = self.memory(info.nbytes)
        return self.tensor_in(memory, info, 0), address

    def memory(self, nbytes: int) -> tuple[Any, int]:
        memory = _native.Memory.allocate(nbytes)
        return memory, memory.address

    def memory_over(self, buffer: Any) -> Any:
        return buffer

    def tensor_in(self, memory: Any, info: Any, offset: int) -> RawTensor:
        data = memoryview(memory)[offset : offset + info.extent_bytes]
        return RawTensor(info.dtype, info.shape, _strides.of(info), data)

    def place(self, tensor: Any) -> Any:
        return tensor

    def finish(self, tensor: Any, info: Any) -> Any:
        return tensor

    def index(self, tensor: RawTensor, key: Any) -> Any:
        raise TypeError("only the first dimension can be sliced without torch and NumPy")

    def size(self, dims: tuple[int, ...]) -> tuple[int, ...]:
        return dims

    def dtype(self, name: str) -> DType:
        return DType(name)

    def device(self, text: str) -> Device:
        return Device(text)

    def tagged(self, parts: dict[Any, Any]) -> Any:
        return parts

    def scalar(self, dtype: str, element: bytes) -> Scalar:
        return Scalar(dtype, element)
