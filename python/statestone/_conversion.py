"""``convert``: files of other formats."""

from __future__ import annotations

from typing import Any

from . import _native
from ._options import is_compressed, thread_count
from ._saving import Path, Progress


def convert(
    source: Path,
    target: Path,
    *,
    compression: str | None = "zstd",
    threads: int | None = None,
    skip_unknown: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Makes a ``.stone`` file of a checkpoint of another kind, known by its content.

    Of what ``torch.save`` wrote (``.pt``, ``.pth``) nothing is executed. Also safetensors,
    ``.npy``, ``.npz``, GGUF; HDF5 and ONNX where the build had their libraries. As
    ``statestone convert``.

    Args:
        skip_unknown: leave out entries that name classes which are not on the list.
        source, target: the files.
        compression, threads, progress: as for ``save``.

    Returns:
        ``source_bytes``, ``file_bytes``, ``tensors``, and ``skipped``: pairs of path and reason.

    Raises:
        Error: ``unsafe`` (a class that is not on the list), ``unrepresentable``, ``corrupt``,
            ``unsupported``, ``limit``, ``io``. The target is then as it was.
    """
    return _native.convert(
        source, target, is_compressed(compression), thread_count(threads), skip_unknown, progress
    )
