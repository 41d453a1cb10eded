"""Carries out a plan of a restore: staged tensors first, then straight into memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import _strides
from ._error import Error
from ._nodes import Source
from ._plan import Item, Plan, RestoreOptions
from ._report import TensorDifference
from ._restore import require_fit


def fill(source: Source, plans: Sequence[Plan], options: RestoreOptions, path: str) -> None:
    """Fills the targets of all plans, which fit so far, or none.

    Raises:
        Error: ``mismatch`` for tensors that share memory and have different values in the file;
            what reads raise.
    """
    items = [item for plan in plans for item in plan.items]
    if options.check_first:
        source.reader.check_sums([item.index for item in items])
    staged: dict[int, Any] = {}
    requests = []
    compared = {id(item) for plan in plans for group in plan.same_view for item in group}
    for item in items:
        if id(item) not in compared and _fits_byte_for_byte(item):
            continue
        staged[id(item)], address = item.target.stage(item.info)
        requests.append((item.index, address, item.info.nbytes))
    source.reader.read(requests, [])
    for plan in plans:
        _compare_values(plan, staged)
        require_fit(plan, options, path)
    direct = [item for item in items if id(item) not in staged]
    _read_directly(source, direct)
    for item in items:
        if id(item) in staged:
            item.target.assign(staged[id(item)])
        item.target.changed()


def _fits_byte_for_byte(item: Item) -> bool:
    target = item.target
    return (
        target.is_host
        and not item.shares_memory
        and item.info.dtype == target.dtype
        and _is_row_major(target.shape, target.strides)
    )


def _is_row_major(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    dense = _strides.row_major(shape)
    return 0 in shape or all(
        dim == 1 or step == wanted for dim, step, wanted in zip(shape, strides, dense)
    )


def _compare_values(plan: Plan, staged: dict[int, Any]) -> None:
    for group in plan.same_view:
        first = group[0]
        for item in group[1:]:
            if item.target.same_bits(staged[id(first)], staged[id(item)]):
                continue
            expected = f"the values of {first.target.name!r}, whose memory it shares"
            plan.report.tie_conflicts.append(
                TensorDifference(item.target.name, expected, "other values")
            )


def _read_directly(source: Source, items: Sequence[Item]) -> None:
    try:
        source.reader.read([(i.index, i.target.address, i.info.nbytes) for i in items], [])
    except Error as error:
        advice = f"{error.advice}; " if error.advice else ""
        raise Error(
            error.code,
            error.problem,
            path=error.path,
            entry=error.entry,
            chunk=error.chunk,
            offset=error.offset,
            expected=error.expected,
            found=error.found,
            advice=f"{advice}what was being filled may hold a part of the file",
            system_error=error.system_error,
        ) from None
