"""What a file keeps of NumPy arrays and scalars."""

from __future__ import annotations

from typing import Any

import numpy

from ._adapter import class_name
from ._native import Refusal, ScalarRecord, TensorRecord

_NAMES = frozenset(
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64"
    " complex128".split()
)
# Of the package ml_dtypes, whose element types have the names that torch gives them.
_EXTENSIONS = frozenset(
    "bfloat16 float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz float8_e8m0fnu".split()
)


def describe(obj: object) -> Any:
    """A record for arrays, scalars and what else is NumPy's; None for objects that are not."""
    if isinstance(obj, numpy.ndarray):
        return _describe_array(obj)
    if isinstance(obj, numpy.generic):
        return _describe_scalar(obj)
    if isinstance(obj, numpy.dtype):
        return Refusal("a NumPy dtype by itself", "save x.name, a string, instead")
    return None


def dtype_name(dtype: numpy.dtype[Any]) -> str | None:
    """The format's name of an element type, or None where it has none."""
    if dtype.name in _NAMES and dtype.isnative:
        return dtype.name
    return dtype.name if dtype.name in _EXTENSIONS and dtype.kind == "V" else None


def _describe_array(array: numpy.ndarray[Any, Any]) -> Any:
    if type(array) is not numpy.ndarray:
        return Refusal(
            f"an array of the class {class_name(type(array))}", "save numpy.asarray(x) instead"
        )
    name = dtype_name(array.dtype)
    if name is None:
        return _refuse_dtype(array.dtype)
    itemsize = array.itemsize
    if any(stride < 0 or stride % itemsize for stride in array.strides):
        array = numpy.ascontiguousarray(array).reshape(array.shape)
    strides = () if array.flags.c_contiguous else tuple(s // itemsize for s in array.strides)
    return TensorRecord(
        name, array.shape, strides if array.size else (), array.ctypes.data, "tensor", False, array
    )


def _describe_scalar(scalar: numpy.generic) -> Any:
    name = dtype_name(scalar.dtype)
    if name is None or name in _EXTENSIONS:
        return _refuse_dtype(scalar.dtype)
    return ScalarRecord(name, scalar.tobytes())


def _refuse_dtype(dtype: numpy.dtype[Any]) -> Refusal:
    if dtype.kind in "US":
        return Refusal("NumPy texts", "save plain ones: x.tolist()")
    if not dtype.isnative:
        return Refusal(
            "big-endian NumPy data", "save x.astype(x.dtype.newbyteorder('<')) instead"
        )
    return Refusal(
        f"NumPy data of type {dtype.name}", "save plain data: x.tolist(), or numbers of a type"
    )
