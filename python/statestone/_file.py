"""``open``: a file looked at, and read in parts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any

from . import _native
from ._building import build_root
from ._error import Error
from ._frameworks import LazyFramework
from ._nodes import Source, TensorNode, entry_node
from ._options import thread_count
from ._plan import RestoreOptions
from ._rename import Renames, pairs_of
from ._saving import Path, append


class Checkpoint(Mapping[str, Any]):
    """A ``.stone`` file, open for reading: a mapping of the names in it to what stands there.

    Dicts of tensors, models, dicts and lists with tensors in them, and tensors are places: nothing
    of them is read until they are indexed down to a tensor, ``load()`` or ``[10:20]``. Other values
    come as they were saved. Thread-safe, but for ``append`` and ``close``.
    """

    def __init__(
        self,
        path: Path,
        *,
        map_location: Any = None,
        framework: str | None = None,
        threads: int | None = None,
        generation: int = 0,
    ):
        self._path = path
        self._framework = LazyFramework(framework, map_location)
        self._threads = thread_count(threads)
        self._open(generation)

    def _open(self, generation: int) -> None:
        reader = _native.Reader.open(
            self._path, "auto", True, self._threads, None, generation, False
        )
        self._source: Source | None = Source(reader, self._framework)
        self._entries = dict(reader.entries())
        self._root: Any = None
        if list(self._entries) == [""]:
            self._root = entry_node(self._source, "", self._entries[""])

    def _opened(self) -> Source:
        if self._source is None:
            raise Error("invalid_argument", "the file was closed", path=os.fsdecode(self._path))
        return self._source

    def _top(self) -> Mapping[Any, Any]:
        """What the keys of the file are: those of a root that is one dict, else its entries."""
        self._opened()
        return self._root if isinstance(self._root, Mapping) else self._entries

    def __getitem__(self, name: Any) -> Any:
        """What stands under a name. Raises KeyError where there is none."""
        source = self._opened()
        if isinstance(self._root, Mapping):
            return self._root[name]
        return entry_node(source, name, self._entries[name])

    def __iter__(self) -> Iterator[Any]:
        return iter(self._top())

    def __len__(self) -> int:
        return len(self._top())

    def __enter__(self) -> Checkpoint:
        self._opened()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        if self._source is None:
            return f"<closed {os.fsdecode(self._path)}>"
        return f"<{os.fsdecode(self._path)}: {', '.join(map(repr, self))}>"

    def close(self) -> None:
        """Lets go of the file. Places and views that were handed out stay usable."""
        self._source = None
        self._root = None

    @property
    def root(self) -> Any:
        """What a file holds whose root is no dict of names: a list, a tensor; else the file."""
        self._opened()
        return self if self._root is None else self._root

    def tensor(self, path: str) -> TensorNode:
        """A tensor by its display path, such as ``model/fc.weight``.

        Raises:
            Error: ``not_found``.
        """
        source = self._opened()
        index = source.reader.find_tensor(path)
        if index is None:
            raise Error(
                "not_found", "no such tensor", path=os.fsdecode(self._path), entry=path
            )
        return TensorNode(source, index)

    def load(self) -> Any:
        """Everything, as ``statestone.load`` gives it."""
        source = self._opened()
        return build_root(source.reader, source.framework)

    def info(self) -> dict[str, Any]:
        """What is known of the file without reading it: sizes, counts, names and kinds."""
        reader = self._opened().reader
        tensors = [reader.tensor(i) for i in range(reader.tensor_count)]
        return {
            "path": os.fsdecode(self._path),
            "format_version": _native.format_version,
            "file_bytes": reader.file_bytes,
            "generation": reader.generation,
            "writer": reader.writer,
            "entries": dict(self._entries),
            "tensors": len(tensors),
            "tensor_bytes": sum(tensor.nbytes for tensor in tensors),
            "storages": reader.storage_count,
            "chunks": reader.chunk_count,
        }

    def generations(self) -> list[int]:
        """Numbers of the states that the file holds, the first first."""
        return [number for number, _, _ in self._opened().reader.generations()]

    def verify(self) -> dict[str, int]:
        """Reads and checks every byte, of every generation. Raises Error where one is wrong."""
        return self._opened().reader.verify()

    def digest(self) -> str:
        """The identity of the content, 64 hexadecimal digits: as ``statestone digest``."""
        return self._opened().reader.digest()

    def append(self, obj: dict[str, Any], **options: Any) -> dict[str, int]:
        """Adds or replaces entries in the file, as ``statestone.append``, and looks at the result.

        Places that were handed out before show what was there before.
        """
        self._opened()
        summary = append(obj, self._path, **options)
        self._open(0)
        return summary

    def restore(
        self,
        module: Any = None,
        /,
        *,
        entry: str = "",
        rename: Renames = (),
        strict: bool = True,
        allow_dtype_change: bool = False,
        training_mode: bool = False,
        requires_grad: bool = False,
        check_first: bool = True,
        **modules: Any,
    ) -> Any:
        """Copies what is stored into modules, optimizers and schedulers: all of it, or nothing.

        ``run.restore(model=net, optimizer=adam)`` restores the entry ``model`` into ``net`` and
        ``optimizer`` into ``adam``, whose parameters go by their names in the modules of the same
        call, or by those that torch keeps; moments keep the element types that they had. Anything
        else with ``load_state_dict()``, such as a scheduler, is given its state last. ``run.restore(net)`` takes a file that is one state_dict, or what stands at
        ``entry``, a display path. The modules' tensors keep their identity and memory.

        Names, shapes, element types and ties are checked before anything changes, then the sums of
        all bytes that are needed; then they are decoded straight into the parameters.

        Args:
            module: what to restore into, when there is only one.
            entry: where it stands in the file.
            rename: pairs, or a dict: first the name in the file, then that in the module. Prefixes
                end in "." or are empty, as in ``{"module.": ""}``.
            strict: refuse tensors and parameters that only one side has, and groups of an optimizer
                that mix parameters of stored groups with different options.
            allow_dtype_change: convert elements of another type, which may lose digits.
            training_mode: put the modules into the mode they were saved in.
            requires_grad: set requires_grad of the parameters as it was saved.
            check_first: check the sums of all bytes before the first is decoded. Without, a load is
                somewhat faster, and one that meets damage leaves the modules partly restored.

        Returns:
            A :class:`RestoreReport`, or a dict of them by name.

        Raises:
            Error: ``mismatch`` with the ``report`` of what does not fit; ``not_found``,
                ``invalid_argument``, ``corrupt``, ``unsupported``, ``limit``, ``io``.
        """
        from ._object_restore import restore_objects

        source = self._opened()
        wanted = dict(modules) if module is None else {entry: module, **modules}
        options = RestoreOptions(tuple(pairs_of(rename)), strict, allow_dtype_change, check_first)
        reports = restore_objects(
            source,
            os.fsdecode(self._path),
            wanted,
            options,
            training_mode=training_mode,
            requires_grad=requires_grad,
        )
        return next(iter(reports.values())) if len(wanted) == 1 else reports


def open(
    path: Path,
    *,
    map_location: Any = None,
    framework: str | None = None,
    threads: int | None = None,
    generation: int = 0,
) -> Checkpoint:
    """Opens a ``.stone`` file to look at it and read parts of it.

    Checks head, tail and index; payload is checked as it is read.

    Args:
        path: the file.
        map_location: a torch device or its name: where tensors go. None: the CPU.
        framework: whose tensors: "torch", "numpy" or "buffer"; None: the first that is installed.
        threads: at most so many; None: one for each core.
        generation: an earlier state of a file that was appended to, from 1; 0: the last.

    Raises:
        Error: ``not_statestone``, ``incomplete``, ``corrupt``, ``unsupported``, ``limit``, ``io``,
            ``not_found`` (the generation).
    """
    return Checkpoint(
        path,
        map_location=map_location,
        framework=framework,
        threads=threads,
        generation=generation,
    )


