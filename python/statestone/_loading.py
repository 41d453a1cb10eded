"""``load`` and ``loads``."""

from __future__ import annotations

from typing import Any

from . import _native
from ._building import build_root
from ._frameworks import find_framework
from ._options import thread_count
from ._saving import Path


def load(
    path: Path,
    *,
    map_location: Any = None,
    mmap: bool = False,
    framework: str | None = None,
    threads: int | None = None,
    max_bytes: int | None = None,
    generation: int = 0,
) -> Any:
    """Everything that a ``.stone`` file holds, as it was saved: same types, order and ties.

    A model entry comes as its state_dict; NumPy arrays come as tensors, since the format has one
    kind of them. Nothing of the file is executed, every byte that is used was checked.

    Args:
        path: the file.
        map_location: a torch device or its name: where tensors go. None: the CPU.
        mmap: let tensors that are stored raw be the file's own pages. They may be written; the
            file never changes.
        framework: whose tensors: "torch", "numpy" or "buffer"; None: the first that is installed.
        threads: at most so many; None: one for each core.
        max_bytes: refuse to read more at once.
        generation: an earlier state of a file that was appended to, from 1; 0: the last.

    Raises:
        Error: ``not_statestone``, ``incomplete``, ``corrupt``, ``unsupported``, ``limit``, ``io``,
            ``not_found`` (the generation), ``invalid_argument``.
    """
    tensors = find_framework(framework, map_location)
    reader = _native.Reader.open(
        path, "auto", mmap, thread_count(threads), max_bytes, generation, True
    )
    return build_root(reader, tensors, views=mmap)


def loads(
    data: bytes, *, map_location: Any = None, framework: str | None = None
) -> Any:
    """The same for a file in memory. Raises Error as ``load``."""
    tensors = find_framework(framework, map_location)
    return build_root(_native.Reader.from_bytes(bytes(data), 0), tensors)
