"""Tensors that a file keeps by their parts, in a map: section 7.2 of the format."""

from __future__ import annotations

from typing import Any

from ._frameworks import Framework


def rebuild_tagged(parts: dict[Any, Any], framework: Framework) -> Any:
    """The tensor that a map of parts stands for, where the framework has such tensors.

    A map whose keys or parts are not those of the convention is a map and no more.
    """
    rebuild = getattr(framework, "rebuild_tagged", None)
    return parts if rebuild is None else rebuild(parts)
