"""Python objects of what a file says."""

from __future__ import annotations

import collections
from typing import Any

from . import _native
from ._error import Error
from ._frameworks import Framework
from ._optimizer_state import is_optimizer, is_scheduler, make_state_dict, scheduler_state
from ._reading import TensorReads


class Builder:
    """What ``Value.build`` asks for the parts that are not plain data.

    Tensors must have been read before.
    """

    def __init__(self, reader: _native.Reader, framework: Framework, reads: TensorReads):
        self._reader = reader
        self._framework = framework
        self._reads = reads

    def tensor(self, index: int) -> Any:
        return self._reads.tensor(index)

    def tensor_dict(self, scope: int, attributes: dict[str, Any] | None, ordered: bool) -> Any:
        tensors: dict[str, Any] = collections.OrderedDict() if ordered else {}
        for name, index in self._reader.scope(scope):
            tensors[name] = self._reads.tensor(index)
        if attributes is not None:
            vars(tensors).update(attributes)
        return tensors

    def size(self, dims: tuple[int, ...]) -> Any:
        return self._framework.size(dims)

    def dtype(self, name: str) -> Any:
        return self._framework.dtype(name)

    def device(self, text: str) -> Any:
        return self._framework.device(text)

    def scalar(self, dtype: str, element: bytes) -> Any:
        return self._framework.scalar(dtype, element)

    def tagged(self, parts: dict[Any, Any]) -> Any:
        """What a map stands for: a tensor kept by its parts; of an optimizer or a scheduler its
        ``state_dict()``."""
        if is_optimizer(parts):
            return make_state_dict(parts)
        if is_scheduler(parts):
            return scheduler_state(parts)
        return self._framework.tagged(parts)

    def of_parts(self) -> Builder:
        """The same, but that maps that stand for more come as the maps that they are."""
        return _PartsBuilder(self._reader, self._framework, self._reads)

    def entry(self, name: str, kind: str) -> Any:
        """A whole entry, as it was saved; of a model its state_dict."""
        if kind == "model":
            return self._state_dict(self._reader.model(name))
        if kind == "attachment":
            return self._attachment(name)
        if kind == "value":
            return self._reader.value(name).build(self)
        raise Error(
            "unsupported",
            "an entry of a kind that this version does not know",
            entry=name,
            advice="update Statestone",
        )

    def _state_dict(self, model: dict[str, Any]) -> Any:
        tensors: dict[str, Any] = collections.OrderedDict()
        for name, index in self._reader.scope(model["scope"]):
            tensors[name] = self._reads.tensor(index, finished=False)
        metadata = model["metadata"].build(self)
        if metadata is not None:
            tensors._metadata = metadata  # type: ignore[attr-defined]
        return tensors

    def _attachment(self, name: str) -> bytes:
        storage, nbytes, _ = self._reader.attachment(name)
        memory = _native.Memory.allocate(nbytes)
        self._reader.read([], [(storage, 0, memory.address, nbytes)])
        return bytes(memory)


class _PartsBuilder(Builder):
    def tagged(self, parts: dict[Any, Any]) -> Any:
        return parts


def build_root(reader: _native.Reader, framework: Framework, *, views: bool = False) -> Any:
    """Everything that a file holds, as it was saved."""
    reads = TensorReads(reader, framework, views=views)
    reads.read(range(reader.tensor_count))
    builder = Builder(reader, framework, reads)
    entries = reader.entries()
    if len(entries) == 1 and entries[0][0] == "":
        return builder.entry(*entries[0])
    return {name: builder.entry(name, kind) for name, kind in entries}
