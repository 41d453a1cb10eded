"""What a restore is made of: targets, what goes to them, and what does not fit."""

from __future__ import annotations

import dataclasses
from typing import Any, Protocol

from ._report import RestoreReport


@dataclasses.dataclass(frozen=True)
class RestoreOptions:
    rename: tuple[tuple[str, str], ...] = ()
    strict: bool = True
    allow_dtype_change: bool = False
    check_first: bool = True


class Target(Protocol):
    """A tensor that is to be filled.

    Attributes:
        name: as the module or state_dict calls it.
        dtype: the format's name of its element type.
        shape, strides: strides in elements.
        address: of element (0, ..., 0).
        itemsize: bytes of one element.
        optional: whether it may be missing in the file.
        is_host: whether ``address`` is of the CPU's memory.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    address: int
    itemsize: int
    optional: bool
    is_host: bool

    def stage(self, info: Any) -> tuple[Any, int]:
        """A tensor beside the target for what the file has, dense row-major, and its address."""

    def same_bits(self, a: Any, b: Any) -> bool:
        """Whether two staged tensors hold the same bits."""

    def assign(self, staged: Any) -> None:
        """Copies a staged tensor into the target."""

    def changed(self) -> None:
        """Told when the target's memory was written."""


@dataclasses.dataclass
class Item:
    """A tensor of the file and the target it goes to."""

    target: Target
    index: int
    info: Any
    shares_memory: bool = False


@dataclasses.dataclass
class Plan:
    items: list[Item]
    report: RestoreReport
    same_view: list[list[Item]]  # of one memory each, whose values must be found equal


def has_elements(target: Target) -> bool:
    return 0 not in target.shape


def memory_of(target: Target) -> Any:
    """Equal for targets that are the same view of the same memory."""
    return target.address, target.shape, target.strides, target.dtype
