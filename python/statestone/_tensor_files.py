"""Files that are one dict of tensors with texts beside it, as safetensors has them."""

from __future__ import annotations

import collections
import pathlib
import tempfile
from collections.abc import Mapping
from typing import Any

from . import _native
from ._error import Error
from ._frameworks import Framework
from ._nodes import Source, TensorDictNode, entry_node
from ._reading import TensorReads
from ._saving import Path, save

# The attribute that a converted safetensors file has for its texts.
_METADATA = "__metadata__"


def save_tensors(
    tensors: Mapping[str, Any], path: Path, metadata: Mapping[str, str] | None, cls: type
) -> None:
    """Saves a dict of tensors of one class as the whole of a file.

    Raises:
        Error: ``invalid_argument`` for other keys or values, or metadata that is not of texts.
    """
    # As a converted safetensors file has it: with texts, a dict that has attributes.
    state: dict[str, Any] = dict(tensors) if metadata is None else collections.OrderedDict(tensors)
    for name, tensor in state.items():
        if not isinstance(name, str) or not isinstance(tensor, cls):
            raise Error(
                "invalid_argument",
                "not a dict of names and tensors",
                entry=str(name),
                expected=f"{cls.__module__}.{cls.__qualname__}",
                found=type(tensor).__name__,
                advice="save it with statestone.save",
            )
    if metadata is not None:
        if not all(isinstance(text, str) for pair in metadata.items() for text in pair):
            raise Error("invalid_argument", "metadata is a dict of texts")
        setattr(state, _METADATA, dict(metadata))
    save(state, path)


def save_to_bytes(
    tensors: Mapping[str, Any], metadata: Mapping[str, str] | None, cls: type
) -> bytes:
    """The same, as bytes. Goes through a temporary file."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "tensors.stone"
        save_tensors(tensors, path, metadata, cls)
        return path.read_bytes()


def load_tensors(reader: _native.Reader, framework: Framework, path: str) -> dict[str, Any]:
    """All tensors of such a file, plain ones, in order. Raises Error as ``load``."""
    node = tensor_dict(Source(reader, framework), path)
    reads = TensorReads(reader, framework)
    indices = node.indices()
    reads.read(indices.values())
    return {name: reads.tensor(index, finished=False) for name, index in indices.items()}


def tensor_dict(source: Source, path: str) -> TensorDictNode:
    """The dict that a file is.

    Raises:
        Error: ``invalid_argument`` for a file that is something else.
    """
    entries = source.reader.entries()
    if [name for name, _ in entries] == [""]:
        node = entry_node(source, *entries[0])
        if isinstance(node, TensorDictNode):
            return node
        if isinstance(node, dict) and not node:
            return _EmptyDict(source)
    raise Error(
        "invalid_argument",
        "the file is not one dict of tensors",
        path=path,
        found=", ".join(_native.escape_path_component(name) for name, _ in entries[:8]),
        advice="load it with statestone.load or statestone.open",
    )


def metadata_of(node: TensorDictNode) -> dict[str, str] | None:
    """The texts that were saved beside the tensors."""
    attributes = node.attributes()
    metadata = attributes.get(_METADATA) if attributes is not None else None
    return metadata if isinstance(metadata, dict) else None


class _EmptyDict(TensorDictNode):
    """A dict without tensors, which files do not tell from any other empty dict."""

    def __init__(self, source: Source):
        super().__init__(source, 0)

    def indices(self) -> dict[str, int]:
        return {}

    def attributes(self) -> dict[str, Any] | None:
        return None
