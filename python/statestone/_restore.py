"""Plans what goes where when tensors are filled from a file, before anything changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import _native
from ._error import Error
from ._nodes import MapNode, Source, TensorDictNode, TensorNode
from ._plan import Item, Plan, RestoreOptions, Target, has_elements, memory_of
from ._rename import NameMap
from ._report import RestoreReport, TensorDifference
from ._ties import compare_ties


def stored_tensors(node: Any, path: str, entry: str) -> tuple[dict[str, int], dict[str, str]]:
    """Names to tensors of what stands at an entry; and what else is there, with its kind."""
    if isinstance(node, TensorDictNode):
        return node.indices(), {}
    if isinstance(node, MapNode):
        tensors, others = {}, {}
        for key, item in node.items():
            if isinstance(key, str) and isinstance(item, TensorNode):
                tensors[key] = item.index
            else:
                others[str(key)] = type(item).__name__
        if tensors:
            return tensors, others
    raise Error(
        "invalid_argument",
        "this entry is not a model",
        path=path,
        entry=entry,
        expected="a model or a dict of tensors",
        found=type(node).__name__,
        advice="name another entry; statestone.open lists them",
    )


def make_plan(
    source: Source,
    stored: tuple[dict[str, int], dict[str, str]],
    targets: Iterable[Target],
    options: RestoreOptions,
    entry: str,
) -> Plan:
    """What goes where, and what does not fit.

    Raises:
        Error: ``invalid_argument`` when two tensors of the file get one name.
    """
    tensors, others = stored
    names = NameMap(options.rename)
    by_name: dict[str, tuple[str, int]] = {}
    for in_file, index in tensors.items():
        name = names.in_module(in_file)
        if name in by_name:
            raise Error(
                "invalid_argument",
                "two tensors of the file have this name",
                entry=name,
                found=f"{in_file!r} is the second",
                advice="correct the rename pairs",
            )
        by_name[name] = (in_file, index)
    report = RestoreReport(entry=entry, unused_renames=names.unused())
    report.unexpected += [TensorDifference(name, found=kind) for name, kind in others.items()]
    plan = Plan([], report, [])
    targets = list(targets)
    wanted = {target.name for target in targets}
    report.unexpected += [
        TensorDifference(in_file, found=signature(source.reader.tensor(index)))
        for name, (in_file, index) in by_name.items()
        if name not in wanted
    ]
    filled = {memory_of(t) for t in targets if t.name in by_name and has_elements(t)}
    for target in targets:
        if target.name in by_name:
            _place(source, target, by_name[target.name][1], plan)
        elif has_elements(target) and memory_of(target) in filled:
            report.loaded.append(target.name)
        elif not target.optional:
            report.missing.append(TensorDifference(target.name, expected=signature(target)))
    compare_ties(source, plan)
    return plan


def require_fit(
    plan: Plan, options: RestoreOptions, path: str, *, renames: bool = True
) -> None:
    """Raises Error ``mismatch`` with the whole report where a plan is not allowed.

    Args:
        renames: whether each rename pair must fit a name of this one.
    """
    report = plan.report
    refused = (
        report.shape_changed
        or report.tie_conflicts
        or (renames and report.unused_renames)
        or (options.strict and (report.missing or report.unexpected))
        or (not options.allow_dtype_change and report.dtype_changed)
    )
    if not refused:
        return
    report.loaded = []
    report.likely_renames = _native.likely_renames(
        [(difference.name, difference.found) for difference in report.unexpected],
        [(difference.name, difference.expected) for difference in report.missing],
    )
    raise Error(
        "mismatch",
        "the stored tensors do not fit, and nothing was changed",
        path=path,
        entry=report.entry,
        advice="correct the module, or set rename, strict or allow_dtype_change",
        report=report,
    )


def signature(tensor: Any) -> str:
    """Element type and shape, such as ``float32 [512, 10]``, of a target or one of a file."""
    return f"{tensor.dtype} {list(tensor.shape)}"


def _place(source: Source, target: Target, index: int, plan: Plan) -> None:
    info = source.reader.tensor(index)
    difference = TensorDifference(target.name, signature(target), signature(info))
    if tuple(info.shape) != target.shape:
        plan.report.shape_changed.append(difference)
        return
    if info.dtype != target.dtype:
        plan.report.dtype_changed.append(difference)
    _require_distinct_elements(target)
    plan.report.loaded.append(target.name)
    plan.items.append(Item(target, index, info))


def _require_distinct_elements(target: Target) -> None:
    steps = sorted((step, dim) for step, dim in zip(target.strides, target.shape) if dim > 1)
    reach = 1
    for step, dim in steps:
        if step < reach:
            raise Error(
                "unrepresentable",
                "elements of this tensor share memory, so that they cannot be restored one by one",
                entry=target.name,
                found=f"strides {list(target.strides)}",
                advice="make it contiguous() before the restore",
            )
        reach = step * (dim - 1) + reach
