"""Places in an open file: looked at without reading, read when asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from . import _native
from ._building import Builder
from ._frameworks import Framework
from ._reading import TensorReads


class Source:
    """What the places of one open file share."""

    def __init__(self, reader: _native.Reader, framework: Framework):
        self.reader = reader
        self.framework = framework

    def builder(self, tensors: Sequence[int], *, views: bool = False) -> Builder:
        """For objects that hold these tensors, which it reads."""
        reads = TensorReads(self.reader, self.framework, views=views)
        reads.read(tensors)
        return Builder(self.reader, self.framework, reads)


class TensorNode:
    """A tensor of an open file: its description, and ways to read all or a part of it.

    Attributes:
        dtype: name of the element type, such as ``bfloat16``.
        shape: sizes of the dimensions.
        nbytes: bytes of all elements.
        kind: ``tensor``, ``parameter`` or ``buffer``.
        requires_grad: whether it was saved as requiring gradients.
        index: its number in the file.
        path: its display path, such as ``model/fc.weight``.
    """

    def __init__(self, source: Source, index: int):
        self._source = source
        self.index = index
        info = source.reader.tensor(index)
        self.dtype: str = info.dtype
        self.shape: tuple[int, ...] = info.shape
        self.nbytes: int = info.nbytes
        self.kind: str = info.kind
        self.requires_grad: bool = info.requires_grad
        self._info = info

    @property
    def path(self) -> str:
        return self._source.reader.display_path(self.index)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a tensor without dimensions has no length")
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<{self.path or 'tensor'}: {self.dtype} {list(self.shape)}, not read>"

    def load(self) -> Any:
        """The whole tensor, as it was saved."""
        return self._source.builder([self.index]).tensor(self.index)

    def view(self) -> Any:
        """The tensor over the file's own pages, without a copy; None where it must be decoded.

        Its sums are checked first. It may be written: the file never changes.
        """
        buffer = self._source.reader.view(self.index)
        if buffer is None or len(buffer) == 0:
            return None
        framework = self._source.framework
        return framework.tensor_in(framework.memory_over(buffer), self._info, 0)

    def __getitem__(self, key: Any) -> Any:
        """``tensor[10:20]`` and the like, a plain tensor: as the whole one would give.

        Reads and decodes only the chunks that the first dimension's part lies in; what else the
        key says is applied to that.
        """
        first = key[0] if isinstance(key, tuple) and key else key
        rest = key[1:] if isinstance(key, tuple) else ()
        if not self.shape or not isinstance(first, (int, slice)) or isinstance(first, bool):
            return self._source.framework.index(self.plain(), key)
        if isinstance(first, int):
            row = first + self.shape[0] if first < 0 else first
            if not 0 <= row < self.shape[0]:
                raise IndexError(f"{first} is not in a dimension of size {self.shape[0]}")
            return self._source.framework.index(self._rows(row, 1), (0, *rest))
        start, stop, step = first.indices(self.shape[0])
        if step < 1:
            raise ValueError("a tensor cannot be sliced backwards")
        rows = self._rows(start, max(stop - start, 0))
        if step == 1 and not rest:
            return rows
        return self._source.framework.index(rows, (slice(None, None, step), *rest))

    def plain(self) -> Any:
        """The whole tensor, no parameter and without gradients."""
        reads = TensorReads(self._source.reader, self._source.framework)
        reads.read([self.index])
        return reads.tensor(self.index, finished=False)

    def _rows(self, first: int, count: int) -> Any:
        info = _Rows(self._info, count)
        tensor, address = self._source.framework.empty(info)
        self._source.reader.read_slice(self.index, first, count, address, info.nbytes)
        return self._source.framework.place(tensor)


class _Rows:
    """The description of a part of a tensor's first dimension, read into memory of its own."""

    def __init__(self, info: Any, count: int):
        self.dtype = info.dtype
        self.itemsize = info.itemsize
        self.shape = (count, *info.shape[1:])
        self.strides = None
        self.nbytes = info.itemsize
        for dim in self.shape:
            self.nbytes *= dim
        self.extent_bytes = self.nbytes


class TensorDictNode(Mapping[str, TensorNode]):
    """A dict of tensors, or a model, of an open file: names to tensors that are not read."""

    def __init__(self, source: Source, scope: int, value: Any = None, model: str | None = None):
        self._source = source
        self._scope = scope
        self._value = value
        self._model = model

    def indices(self) -> dict[str, int]:
        """Numbers of the tensors in the file, by name."""
        return dict(self._source.reader.scope(self._scope))

    def __getitem__(self, name: str) -> TensorNode:
        index = self._source.reader.find(self._scope, name) if isinstance(name, str) else None
        if index is None:
            raise KeyError(name)
        return TensorNode(self._source, index)

    def __iter__(self) -> Iterator[str]:
        return iter(self.indices())

    def __len__(self) -> int:
        return len(self.indices())

    def __repr__(self) -> str:
        kind = "dict" if self._model is None else "model"
        return f"<{kind} of {len(self)} tensors, not read>"

    def attributes(self) -> dict[str, Any] | None:
        """What an OrderedDict has beside its members, such as the ``_metadata`` of a state_dict."""
        return None if self._value is None else self._value.attributes(self._source.builder([]))

    def model(self) -> dict[str, Any] | None:
        """What is known of a model beside its tensors; None for other dicts."""
        return None if self._model is None else self._source.reader.model(self._model)

    def load(self) -> dict[str, Any]:
        """All of it, as it was saved; of a model the state_dict."""
        builder = self._source.builder(list(self.indices().values()))
        if self._model is not None:
            return builder.entry(self._model, "model")
        return self._value.build(builder)


class MapNode(Mapping[Any, Any]):
    """A dict of an open file with tensors somewhere in it."""

    def __init__(self, source: Source, value: Any):
        self._source = source
        self._value = value
        builder = source.builder([])
        self._places = {value.key(i).build(builder): i for i in range(len(value))}

    def __getitem__(self, key: Any) -> Any:
        return make_node(self._source, self._value.item(self._places[key]))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __repr__(self) -> str:
        return f"<dict of {len(self)}, not read>"

    def load(self) -> Any:
        """All of it, as it was saved."""
        return load_value(self._source, self._value)


class SequenceNode(Sequence[Any]):
    """A list, tuple or set of an open file with tensors somewhere in it."""

    def __init__(self, source: Source, value: Any):
        self._source = source
        self._value = value

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        return make_node(self._source, self._value.item(range(len(self))[place]))

    def __len__(self) -> int:
        return len(self._value)

    def __repr__(self) -> str:
        return f"<{self._value.kind} of {len(self)}, not read>"

    def load(self) -> Any:
        """All of it, as it was saved."""
        return load_value(self._source, self._value)


def make_node(source: Source, value: Any) -> Any:
    """A place in a file; what has no tensors is small, and comes as the object itself."""
    if not value.has_tensors:
        return value.build(source.builder([]))
    kind = value.kind
    if kind == "tensor":
        return TensorNode(source, value.tensor)
    if kind in ("tensor_dict", "ordered_tensor_dict"):
        return TensorDictNode(source, value.scope, value)
    return MapNode(source, value) if kind in ("map", "ordered_map") else SequenceNode(source, value)


def load_value(source: Source, value: Any, *, parts: bool = False) -> Any:
    """The object of a value, its tensors read together.

    Args:
        parts: give maps that stand for more, such as an optimizer, as the maps that they are.
    """
    wanted = _Collector(source.reader)
    value.build(wanted)
    builder = source.builder(wanted.tensors)
    return value.build(builder.of_parts() if parts else builder)


class _Collector:
    """Takes down which tensors a value refers to while it is built for nothing."""

    def __init__(self, reader: _native.Reader):
        self._reader = reader
        self.tensors: list[int] = []

    def tensor(self, index: int) -> None:
        self.tensors.append(index)

    def tensor_dict(self, scope: int, attributes: Any, ordered: bool) -> None:
        self.tensors.extend(index for _, index in self._reader.scope(scope))

    def size(self, dims: Any) -> tuple[int, ...]:
        return tuple(dims)

    def dtype(self, name: str) -> tuple[str, str]:
        return ("dtype", name)

    def device(self, text: str) -> tuple[str, str]:
        return ("device", text)

    def scalar(self, dtype: str, element: bytes) -> tuple[str, bytes]:
        return (dtype, element)

    def tagged(self, parts: Any) -> None:
        return None


def entry_node(source: Source, name: str, kind: str) -> Any:
    """The place that an entry is."""
    if kind == "value":
        return make_node(source, source.reader.value(name))
    if kind == "model":
        return TensorDictNode(source, source.reader.model(name)["scope"], model=name)
    return source.builder([]).entry(name, kind)


