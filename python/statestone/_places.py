"""Finds what stands at an entry or display path of an open file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import _native
from ._error import Error
from ._nodes import Source, entry_node


def find_value(source: Source, path: str, entry: str) -> Any:
    """The value of the entry of this name, or what stands at it as a display path.

    Raises:
        Error: ``not_found``, with what there is; ``invalid_argument`` for an entry of another kind.
    """
    if dict(source.reader.entries()).get(entry) == "value":
        return source.reader.value(entry)
    entries = dict(source.reader.entries())
    if entries.get(entry, "value") != "value":
        raise Error(
            "invalid_argument",
            "this entry has no state for such an object",
            path=path,
            entry=entry,
            found=f"a {entries[entry]}",
            advice="name another entry; statestone.open lists them",
        )
    components = _native.split_display_path(entry)
    name = "" if "" in entries else components.pop(0)
    if entries.get(name) == "value":
        value = source.reader.value(name)
        builder = source.builder([])
        for component in components:
            value = _member(value, component, builder)
            if value is None:
                break
        if value is not None:
            return value
    raise _not_found(path, entry, entries)


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
        raise _not_found(path, entry, entries)
    return node


def _member(value: Any, component: str, builder: Any) -> Any:
    """What stands in a map or sequence of a file under a component of a path, or None."""
    if value.kind in ("map", "ordered_map"):
        keys = (value.key(i).build(builder) for i in range(len(value)))
        return next((value.item(i) for i, key in enumerate(keys) if key == component), None)
    if value.kind in ("list", "tuple") and component.isdecimal() and int(component) < len(value):
        return value.item(int(component))
    return None


def _not_found(path: str, entry: str, entries: Mapping[str, str]) -> Error:
    names = ", ".join(map(_native.escape_path_component, list(entries)[:8]))
    return Error(
        "not_found",
        "no such entry",
        path=path,
        entry=entry,
        advice=f"the file has {names}" if entries else "the file is empty",
    )
