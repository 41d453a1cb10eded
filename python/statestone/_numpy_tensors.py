"""Arrays of NumPy, for loads."""

from __future__ import annotations

from typing import Any

import numpy

from . import _strides
from ._buffers import Device, DType
from ._error import Error
from ._numpy_state import dtype_name


class NumpyTensors:
    """The framework NumPy. Parameters and gradients mean nothing here."""

    def empty(self, info: Any) -> tuple[numpy.ndarray[Any, Any], int]:
        array = numpy.empty(info.shape, numpy_dtype(info.dtype))
        return array, array.ctypes.data

    def memory(self, nbytes: int) -> tuple[numpy.ndarray[Any, Any], int]:
        memory = numpy.empty(nbytes, numpy.uint8)
        return memory, memory.ctypes.data

    def memory_over(self, buffer: Any) -> numpy.ndarray[Any, Any]:
        return numpy.frombuffer(buffer, numpy.uint8)

    def tensor_in(
        self, memory: numpy.ndarray[Any, Any], info: Any, offset: int
    ) -> numpy.ndarray[Any, Any]:
        strides = tuple(stride * info.itemsize for stride in _strides.of(info))
        return numpy.ndarray(info.shape, numpy_dtype(info.dtype), memory.data, offset, strides)

    def place(self, tensor: Any) -> Any:
        return tensor

    def finish(self, tensor: Any, info: Any) -> Any:
        return tensor

    def index(self, tensor: Any, key: Any) -> Any:
        return tensor[key]

    def size(self, dims: tuple[int, ...]) -> tuple[int, ...]:
        return dims

    def dtype(self, name: str) -> DType:
        return DType(name)

    def device(self, text: str) -> Device:
        return Device(text)

    def tagged(self, parts: dict[Any, Any]) -> Any:
        return parts

    def scalar(self, dtype: str, element: bytes) -> Any:
        return numpy.frombuffer(element, numpy_dtype(dtype))[0]


def numpy_dtype(name: str) -> numpy.dtype[Any]:
    """NumPy's element type of a name; those of torch that it lacks come from ml_dtypes.

    Raises:
        Error: ``unsupported`` where neither has it.
    """
    try:
        dtype = numpy.dtype(name)
        if dtype_name(dtype) == name:
            return dtype
    except TypeError:
        pass
    try:
        import ml_dtypes

        return numpy.dtype(getattr(ml_dtypes, name))
    except (ImportError, AttributeError):
        raise Error(
            "unsupported",
            "NumPy does not have this element type",
            found=name,
            advice='install ml_dtypes, or load with framework="torch" or "buffer"',
        ) from None
