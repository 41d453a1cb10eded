"""How a restore went, or why it was refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from . import _native


@dataclasses.dataclass(frozen=True)
class TensorDifference:
    """One tensor that does not fit.

    Attributes:
        name: in the module; for unexpected ones in the file.
        expected: what the module has, such as ``float32 [512, 10]``; empty if it has nothing.
        found: what the file has; empty if it has nothing.
    """

    name: str
    expected: str = ""
    found: str = ""


@dataclasses.dataclass
class RestoreReport:
    """How a restore went, or why it was refused.

    Attributes:
        entry: what was restored.
        loaded: names, in the module's order; empty if the restore was refused.
        missing: in the module, not in the file.
        unexpected: in the file, not in the module.
        shape_changed: never allowed.
        dtype_changed: allowed with ``allow_dtype_change``.
        tie_conflicts: the module shares memory where the file has different values: never allowed.
        groups_changed: of an optimizer: groups that are split otherwise than the stored ones.
        untied: names that share memory in the file and not in the module: loaded, each on its own.
        unused_renames: pairs that fit no name of the file: never allowed.
        likely_renames: pairs that would make missing and unexpected tensors meet, likely ones
            first. Nothing is ever renamed unasked.
        training_differs: submodules whose mode is not that of the file; only "" if that of the
            module itself is not.
    """

    entry: str = ""
    loaded: list[str] = dataclasses.field(default_factory=list)
    missing: list[TensorDifference] = dataclasses.field(default_factory=list)
    unexpected: list[TensorDifference] = dataclasses.field(default_factory=list)
    shape_changed: list[TensorDifference] = dataclasses.field(default_factory=list)
    dtype_changed: list[TensorDifference] = dataclasses.field(default_factory=list)
    tie_conflicts: list[TensorDifference] = dataclasses.field(default_factory=list)
    groups_changed: list[TensorDifference] = dataclasses.field(default_factory=list)
    untied: list[TensorDifference] = dataclasses.field(default_factory=list)
    unused_renames: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    likely_renames: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    training_differs: list[str] = dataclasses.field(default_factory=list)

    @property
    def exact(self) -> bool:
        """Whether every tensor of both sides has its counterpart of the same shape and type."""
        return not (
            self.missing
            or self.unexpected
            or self.shape_changed
            or self.dtype_changed
            or self.tie_conflicts
            or self.groups_changed
            or self.unused_renames
        )

    def __str__(self) -> str:
        """A summary in one line, then a line for each difference."""
        counts = [f"{len(self.loaded)} loaded"]
        counts += [f"{len(found)} {label}" for label, found in self._sections() if found]
        entry = f"{_native.escape_for_display(self.entry)}: " if self.entry else ""
        lines = [entry + ", ".join(counts)]
        for label, found in self._sections():
            lines += [f"  {label:14}  {_shown(difference)}" for difference in found]
        for pair in self.unused_renames:
            lines.append(f"  rename {_pair(pair)} fits no tensor of the file")
        if self.likely_renames:
            lines.append(f"  likely renames: [{', '.join(map(_pair, self.likely_renames))}]")
        if self.training_differs:
            names = map(_native.escape_for_display, self.training_differs)
            shown = ", ".join(name or "the module itself" for name in names)
            lines.append(f"  saved in another training mode: {shown}")
        return "\n".join(lines)

    def _sections(self) -> Sequence[tuple[str, list[TensorDifference]]]:
        return (
            ("missing", self.missing),
            ("unexpected", self.unexpected),
            ("shape changed", self.shape_changed),
            ("type changed", self.dtype_changed),
            ("tie conflict", self.tie_conflicts),
            ("no longer tied", self.untied),
            ("group changed", self.groups_changed),
        )


def _shown(difference: TensorDifference) -> str:
    text = _native.escape_for_display(difference.name)
    if difference.expected:
        text += f"  expected {_native.escape_for_display(difference.expected)}"
    if difference.found:
        text += f"  found {_native.escape_for_display(difference.found)}"
    return text


def _pair(pair: tuple[str, str]) -> str:
    return f"({', '.join(repr(_native.escape_for_display(name)) for name in pair)})"
