"""``save`` and ``append``."""

from __future__ import annotations

import os
from typing import Any, Callable

from . import _native
from ._adapter import make_adapter
from ._options import is_compressed, thread_count

Path = str | bytes | os.PathLike[Any]
Progress = Callable[[int, int], object]


def save(
    obj: Any,
    path: Path,
    *,
    compression: str | None = "zstd",
    threads: int | None = None,
    verify: bool = True,
    progress: Progress | None = None,
) -> dict[str, int]:
    """Writes an object as a ``.stone`` file: all of it, or nothing.

    What can be saved: dict, OrderedDict (with its attributes: the ``_metadata`` of a state_dict),
    list, tuple, set, frozenset, str, int of up to 8192 bits, float, complex, bool, None, bytes,
    bytearray; torch tensors and parameters of every element type, torch.Size, torch.dtype,
    torch.device; NumPy arrays and scalars of numbers; nested as you like, up to 64 deep. At the
    root, or directly in a dict at the root, also torch.nn.Module. Optimizers of torch, anywhere,
    are saved by the names that their parameters have in a module of the same save, or that torch
    keeps of them; schedulers, and other objects with ``state_dict()`` and ``load_state_dict()``,
    such as a GradScaler, by their state. Counter and defaultdict are saved as the dicts that they
    are equal to. Anything else is refused with the place where it stands.

    Tensors that share memory share it when they are loaded; one object that stands in two places
    is one object again. Those of other devices are copied to the CPU first. They must not be
    changed meanwhile; other threads can work, the GIL is given up.

    The file is written beside ``path`` and put in its place when it is whole and durable: whatever
    happens, Ctrl-C included, ``path`` is the old file or the new one.

    Args:
        obj: what to save.
        path: where.
        compression: "zstd", lossless and smaller; "none": raw, so that loads can map it.
        threads: at most so many; None: one for each core. The file does not depend on it.
        verify: decode everything again and compare before it is written.
        progress: called now and then as ``progress(bytes_done, bytes_in_all)``.

    Returns:
        What was written: ``file_bytes``, ``tensors``, ``tensor_bytes``, ``storages``, ``chunks``.

    Raises:
        Error: ``unrepresentable`` with the key path of what cannot be saved and what to do;
            ``limit``, ``io``, ``invalid_argument``, ``corrupt`` (``verify`` found a difference).
    """
    return _native.save(
        obj,
        make_adapter(obj),
        path,
        is_compressed(compression),
        thread_count(threads),
        verify,
        progress,
    )


def append(
    obj: dict[str, Any],
    path: Path,
    *,
    root_name: str = "model",
    wait: bool = True,
    compression: str | None = "zstd",
    threads: int | None = None,
    verify: bool = True,
    progress: Progress | None = None,
) -> dict[str, int]:
    """Adds entries to a ``.stone`` file, or replaces those of the same names.

    What did not change is not written again, and earlier states of the file stay in it: ``load``
    takes ``generation``. If it fails, the file is as it was.

    Args:
        obj: a dict of entries, each as for ``save``; a dict of nothing but tensors is one entry.
        path: the file, which must be there.
        root_name: the name of that one entry.
        wait: while another program appends, wait for it; else fail at once.
        compression, threads, verify, progress: as for ``save``.

    Returns:
        ``generation``, ``file_bytes``, ``added_bytes``, ``chunks``, ``chunks_written``.

    Raises:
        Error: as ``save`` and ``load``; ``io`` when another program changes the file.
    """
    return _native.append(
        obj,
        make_adapter(obj),
        path,
        root_name,
        wait,
        is_compressed(compression),
        thread_count(threads),
        verify,
        progress,
    )
