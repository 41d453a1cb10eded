"""Finds what stands at an entry or display path of an open file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import _native
from ._error import Error
from ._nodes import MapNode, SequenceNode, Source, entry_node


def find_value(source: Source, path: str, entry: str) -> Any:
    """The value of the entry of this name, or what stands at it as a display path.

    Raises:
        Error: ``not_found``; ``invalid_argument`` for an entry that is no value, or a plain one
            inside of others.
    """
    if dict(source.reader.entries()).get(entry) == "value":
        return source.reader.value(entry)
    node = find_place(source, path, entry)
    if isinstance(node, (MapNode, SequenceNode)):
        return node.value
    raise Error(
        "invalid_argument",
        "there is nothing here that could be loaded into an object",
        path=path,
        entry=entry,
        found=type(node).__name__,
    )


def find_place(source: Source, path: str, entry: str) -> Any:
    """The entry of this name; else what stands at it as a display path.

    Raises:
        Error: ``not_found``, with what there is.
    """
    entries = dict(source.reader.entries())
    if entry in entries:
        return entry_node(source, entry, entries[entry])
    components = _native.split_display_path(entry)
    node: Any = None
    if "" in entries:
        node = entry_node(source, "", entries[""])
    elif components and components[0] in entries:
        node = entry_node(source, components[0], entries[components[0]])
        components = components[1:]
    for component in components:
        node = node.get(component) if isinstance(node, Mapping) else None
    if node is None or entry == "":
        names = ", ".join(map(_native.escape_path_component, list(entries)[:8]))
        raise Error(
            "not_found",
            "no such entry",
            path=path,
            entry=entry,
            advice=f"the file has {names}" if entries else "the file is empty",
        )
    return node
