"""Targets of a restore that share memory, against tensors of the file that do."""

from __future__ import annotations

from . import _strides
from ._nodes import Source
from ._plan import Item, Plan, Target, has_elements, memory_of
from ._report import TensorDifference


def _extent(target: Target) -> tuple[int, int]:
    last = sum((dim - 1) * step for dim, step in zip(target.shape, target.strides))
    return target.address, target.address + (last + 1) * target.itemsize


def _overlapping(items: list[Item]) -> list[list[Item]]:
    """Groups of items whose memory overlaps, transitively; each in the order of the items."""
    order = {id(item): i for i, item in enumerate(items)}
    groups: list[list[Item]] = []
    end = 0
    with_elements = [item for item in items if has_elements(item.target)]
    for item in sorted(with_elements, key=lambda item: _extent(item.target)):
        begin, last = _extent(item.target)
        if not groups or begin >= end:
            groups.append([])
        groups[-1].append(item)
        end = max(end, last)
    return [sorted(group, key=lambda i: order[id(i)]) for group in groups if len(group) > 1]


def _tied_alike(a: Item, b: Item) -> bool:
    """Whether both lie in one storage of the file as they do in memory, element for element."""
    if a.index == b.index:
        return memory_of(a.target) == memory_of(b.target)
    return (
        a.info.storage == b.info.storage
        and b.info.offset - a.info.offset == b.target.address - a.target.address
        and all(item.info.itemsize == item.target.itemsize for item in (a, b))
        and all(_strides.of(item.info) == item.target.strides for item in (a, b))
    )


def compare_ties(source: Source, plan: Plan) -> None:
    """Notes in a plan where its targets share memory, and in its report where the file does not."""
    group_of: dict[int, int] = {}
    for number, group in enumerate(_overlapping(plan.items)):
        first = group[0]
        unclear = [first]
        for item in group:
            item.shares_memory = True
            group_of[id(item)] = number
            if item is first or _tied_alike(first, item):
                continue
            if memory_of(first.target) == memory_of(item.target):
                unclear.append(item)
                continue
            plan.report.tie_conflicts.append(
                TensorDifference(
                    item.target.name,
                    f"memory shared with {first.target.name!r}",
                    "memory of its own, or shared differently",
                )
            )
        if len(unclear) > 1:
            plan.same_view.append(unclear)
    file_groups = source.reader.tie_groups()
    firsts: dict[int, Item] = {}
    for item in plan.items:
        number = file_groups[item.index]
        if number == 0:
            continue
        first = firsts.setdefault(number, item)
        together = id(item) in group_of and group_of[id(item)] == group_of.get(id(first))
        if first is not item and not together:
            found = f"memory shared with {first.target.name!r}"
            plan.report.untied.append(TensorDifference(item.target.name, found=found))
