"""Strides in elements, as the format has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def row_major(shape: Sequence[int]) -> tuple[int, ...]:
    """Of a dense row-major tensor; a dimension of 0 counts as 1."""
    strides = []
    step = 1
    for dim in reversed(shape):
        strides.append(step)
        step *= max(dim, 1)
    return tuple(reversed(strides))


def of(info: Any) -> tuple[int, ...]:
    """Of a tensor of a file."""
    return info.strides if info.strides is not None else row_major(info.shape)
