"""Arrays of NumPy that a restore fills."""

from __future__ import annotations

from typing import Any

import numpy

from ._error import Error
from ._numpy_state import dtype_name
from ._numpy_tensors import NumpyTensors


class NumpyTarget:
    """An array to be filled."""

    optional = False
    is_host = True

    def __init__(self, name: str, array: numpy.ndarray[Any, Any]):
        dtype = dtype_name(array.dtype)
        if dtype is None:
            raise Error(
                "unrepresentable",
                "a restore cannot fill an array of this type",
                entry=name,
                found=str(array.dtype),
            )
        fits = all(step >= 0 and step % array.itemsize == 0 for step in array.strides)
        if not array.flags.writeable or not fits:
            raise Error(
                "invalid_argument",
                "a restore cannot fill this array",
                entry=name,
                expected="a writeable array with strides of whole elements",
                advice="give it a copy",
            )
        self.name = name
        self.array = array
        self.dtype = dtype
        self.shape = array.shape
        self.strides = tuple(step // array.itemsize for step in array.strides)
        self.address = array.ctypes.data
        self.itemsize = array.itemsize

    def stage(self, info: Any) -> tuple[numpy.ndarray[Any, Any], int]:
        return NumpyTensors().empty(info)

    def same_bits(self, a: numpy.ndarray[Any, Any], b: numpy.ndarray[Any, Any]) -> bool:
        return a.dtype == b.dtype and a.tobytes() == b.tobytes()

    def assign(self, staged: numpy.ndarray[Any, Any]) -> None:
        self.array[...] = staged

    def changed(self) -> None:
        pass
