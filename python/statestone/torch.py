"""The calls of ``safetensors.torch``, for ``.stone`` files.

A project moves over by its import line: ``from statestone.torch import load_file, save_file``.
Tensors may share memory and have strides; both are kept.
"""

from __future__ import annotations

import os
from typing import Any

import torch

from . import _native
from ._frameworks import find_framework
from ._load_into import load_into
from ._report import RestoreReport
from ._safe_open import access_of, device_name, safe_open
from ._saving import Path
from ._tensor_files import load_tensors, save_tensors, save_to_bytes

__all__ = ["load", "load_file", "load_model", "safe_open", "save", "save_file", "save_model"]


def save_file(
    tensors: dict[str, torch.Tensor], filename: Path, metadata: dict[str, str] | None = None
) -> None:
    """Saves a dict of tensors, and texts beside it. Raises Error as ``statestone.save``."""
    save_tensors(tensors, filename, metadata, torch.Tensor)


def save(tensors: dict[str, torch.Tensor], metadata: dict[str, str] | None = None) -> bytes:
    """The same, as the bytes of a file."""
    return save_to_bytes(tensors, metadata, torch.Tensor)


def load_file(
    filename: Path, device: str | int = "cpu", *, backend: str = "mmap"
) -> dict[str, torch.Tensor]:
    """The tensors of a file that is one dict of them. Raises Error as ``statestone.load``."""
    framework = find_framework("torch", device_name(device))
    reader = _native.Reader.open(filename, access_of(backend), False, 0, None, 0, True)
    return load_tensors(reader, framework, os.fsdecode(filename))


def load(data: bytes) -> dict[str, torch.Tensor]:
    """The same, of the bytes of a file."""
    reader = _native.Reader.from_bytes(bytes(data), 0)
    return load_tensors(reader, find_framework("torch"), "")


def save_model(
    model: torch.nn.Module,
    filename: Path,
    metadata: dict[str, str] | None = None,
    force_contiguous: bool = True,
) -> None:
    """Saves the state_dict of a module. Ties are kept, so no tensor is left out.

    ``force_contiguous`` is taken and means nothing: strides are kept.
    """
    save_file(model.state_dict(), filename, metadata)


def load_model(
    model: torch.nn.Module,
    filename: Path,
    strict: bool = True,
    device: str | int = "cpu",
    *,
    backend: str = "mmap",
) -> tuple[list[str], list[str]]:
    """Fills a module from a file that is one dict of tensors: all or nothing.

    ``device`` is taken and means nothing: the module's tensors stay where they are.

    Returns:
        Names that the file does not have, and names that the module does not have.

    Raises:
        Error: as ``statestone.load_into``; ``mismatch`` where safetensors raises RuntimeError.
    """
    access_of(backend)
    report: RestoreReport = load_into(filename, _tensors_of(model), strict=strict)
    return [d.name for d in report.missing], [d.name for d in report.unexpected]


def _tensors_of(model: torch.nn.Module) -> dict[str, Any]:
    return {k: v for k, v in model.state_dict().items() if isinstance(v, torch.Tensor)}
