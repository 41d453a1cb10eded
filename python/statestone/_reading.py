"""Tensors of a file: allocated together, filled by one call, tied as they were."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import _native
from ._frameworks import Framework

# Smaller tensors share chunks, which each view would check anew.
_SMALLEST_VIEW = 64 << 10
_ALIGNMENT = 16


class TensorReads:
    """Reads tensors of one file, each once, whoever asks.

    A tensor that stands alone and dense is read into memory of its own. Tied ones, and those with
    strides, are made in a memory that holds the bytes from the first to the last of them.
    """

    def __init__(self, reader: _native.Reader, framework: Framework, *, views: bool = False):
        self._reader = reader
        self._framework = framework
        self._views = views
        self._infos: dict[int, Any] = {}
        self._alone: dict[int, Any] = {}
        self._memories: dict[Any, Any] = {}
        self._places: dict[int, tuple[Any, int]] = {}  # key of a memory, offset in it
        self._made: dict[tuple[int, bool], Any] = {}
        self._groups: list[int] | None = None
        self._spans: dict[int, tuple[int, int]] = {}

    def read(self, tensors: Iterable[int]) -> None:
        """Reads what has not been read yet. Raises Error as the file deserves."""
        known = set(self._memories)
        whole: list[tuple[int, int, int]] = []
        ranges: list[tuple[int, int, int, int]] = []
        for index in tensors:
            if index not in self._infos:
                self._plan(index, whole, ranges)
        self._reader.read(whole, ranges)
        for index, _, _ in whole:
            self._alone[index] = self._framework.place(self._alone[index])
        for key in self._memories.keys() - known:
            self._memories[key] = self._framework.place(self._memories[key])

    def tensor(self, index: int, *, finished: bool = True) -> Any:
        """A tensor that was read: the same object each time.

        ``finished``: as what it was saved, a parameter for instance; else plain.
        """
        made = self._made.get((index, finished))
        if made is None:
            tensor = self._alone.get(index)
            if tensor is None:
                key, offset = self._places[index]
                memory = self._memories[key]
                tensor = self._framework.tensor_in(memory, self._infos[index], offset)
            made = self._framework.finish(tensor, self._infos[index]) if finished else tensor
            self._made[index, finished] = made
        return made

    def _plan(self, index: int, whole: list[Any], ranges: list[Any]) -> None:
        info = self._reader.tensor(index)
        self._infos[index] = info
        group = self._group(index)
        if group != 0:
            begin, end = self._span(group)
            self._place(index, ("tied", group), info.storage, begin, end, ranges)
        elif self._views and info.extent_bytes >= _SMALLEST_VIEW and self._view(index):
            pass
        elif info.strides is not None and info.nbytes != 0:
            end = info.offset + info.extent_bytes
            self._place(index, ("strided", index), info.storage, info.offset, end, ranges)
        else:
            tensor, address = self._framework.empty(info)
            self._alone[index] = tensor
            whole.append((index, address, info.nbytes))

    def _view(self, index: int) -> bool:
        buffer = self._reader.view(index)
        if buffer is None:
            return False
        key = ("view", index)
        self._memories[key] = self._framework.place(self._framework.memory_over(buffer))
        self._places[index] = (key, 0)
        return True

    def _place(
        self, index: int, key: Any, storage: int, begin: int, end: int, ranges: list[Any]
    ) -> None:
        begin -= begin % _ALIGNMENT
        if key not in self._memories:
            memory, address = self._framework.memory(end - begin)
            self._memories[key] = memory
            ranges.append((storage, begin, address, end - begin))
        self._places[index] = (key, self._infos[index].offset - begin)

    def _group(self, index: int) -> int:
        if self._groups is None:
            self._groups = self._reader.tie_groups()
        return self._groups[index]

    def _span(self, group: int) -> tuple[int, int]:
        """First and last byte of a tie group in its storage."""
        if not self._spans:
            for index, of in enumerate(self._groups or ()):
                if of == 0:
                    continue
                info = self._reader.tensor(index)
                begin, end = self._spans.get(of, (info.offset, 0))
                last = info.offset + info.extent_bytes
                self._spans[of] = (min(begin, info.offset), max(end, last))
        return self._spans[group]
