"""The calls of ``safetensors.numpy``, for ``.stone`` files.

A project moves over by its import line: ``from statestone.numpy import load_file, save_file``.
"""

from __future__ import annotations

import os
from typing import Any

import numpy

from . import _native
from ._frameworks import find_framework
from ._safe_open import access_of, safe_open
from ._saving import Path
from ._tensor_files import load_tensors, save_tensors, save_to_bytes

__all__ = ["load", "load_file", "safe_open", "save", "save_file"]

Array = numpy.ndarray[Any, Any]


def save_file(
    tensor_dict: dict[str, Array], filename: Path, metadata: dict[str, str] | None = None
) -> None:
    """Saves a dict of arrays, and texts beside it. Raises Error as ``statestone.save``."""
    save_tensors(tensor_dict, filename, metadata, numpy.ndarray)


def save(tensor_dict: dict[str, Array], metadata: dict[str, str] | None = None) -> bytes:
    """The same, as the bytes of a file."""
    return save_to_bytes(tensor_dict, metadata, numpy.ndarray)


def load_file(filename: Path, *, backend: str = "mmap") -> dict[str, Array]:
    """The arrays of a file that is one dict of them. Raises Error as ``statestone.load``."""
    reader = _native.Reader.open(filename, access_of(backend), False, 0, None, 0, True)
    return load_tensors(reader, find_framework("numpy"), os.fsdecode(filename))


def load(data: bytes) -> dict[str, Array]:
    """The same, of the bytes of a file."""
    reader = _native.Reader.from_bytes(bytes(data), 0)
    return load_tensors(reader, find_framework("numpy"), "")
