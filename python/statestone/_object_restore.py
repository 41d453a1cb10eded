"""Restores objects of torch: modules, optimizers, schedulers, and others with a state."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch

from ._error import Error
from ._module_restore import ModuleRestore
from ._nodes import Source, load_value
from ._optimizer_restore import prepare_optimizer
from ._optimizer_state import is_scheduler as is_scheduler_state
from ._optimizer_state import scheduler_state
from ._places import find_value
from ._plan import RestoreOptions
from ._report import RestoreReport
from ._torch_optimizers import is_scheduler
from ._torch_tensors import TorchTensors


def restore_objects(
    source: Source,
    path: str,
    objects: Mapping[str, Any],
    options: RestoreOptions,
    *,
    training_mode: bool,
    requires_grad: bool,
) -> dict[str, RestoreReport]:
    """Restores all of them, or none; a report for each. Raises as ``Checkpoint.restore``."""
    if not objects:
        raise Error("invalid_argument", "nothing to restore into", advice="name a module")
    modules = {e: obj for e, obj in objects.items() if isinstance(obj, torch.nn.Module)}
    optimizers = {e: obj for e, obj in objects.items() if isinstance(obj, torch.optim.Optimizer)}
    others = {e: obj for e, obj in objects.items() if e not in modules and e not in optimizers}
    # Whatever tensors the file is opened for: state is torch's, and goes to its parameter's device.
    here = Source(source.reader, TorchTensors())
    plan = ModuleRestore(source, path, modules, options)
    prepared = {
        entry: prepare_optimizer(
            load_value(here, find_value(here, path, entry), parts=True),
            optimizer,
            modules,
            options,
            path,
            entry,
        )
        for entry, optimizer in optimizers.items()
    }
    states = {entry: _state_for(here, path, entry, obj) for entry, obj in others.items()}
    _require_used(plan.reports + [one.report for one in prepared.values()], path)
    with _Undo() as undo:
        for entry, state in states.items():
            undo.load(others[entry], state, path, entry)
        reports = plan.fill(training_mode=training_mode, requires_grad=requires_grad)
    for entry, optimizer_state in prepared.items():
        optimizer_state.commit()
        reports[entry] = optimizer_state.report
    for entry in states:
        reports[entry] = RestoreReport(entry=entry)
    return {entry: reports[entry] for entry in objects}


class _Undo:
    """Gives objects their old state back if anything fails after they were given a new one."""

    def __init__(self) -> None:
        self._before: list[tuple[Any, Any]] = []

    def __enter__(self) -> _Undo:
        return self

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        if kind is not None:
            for obj, state in reversed(self._before):
                obj.load_state_dict(state)

    def load(self, obj: Any, state: Any, path: str, entry: str) -> None:
        before = copy.deepcopy(obj.state_dict()) if hasattr(obj, "state_dict") else None
        try:
            obj.load_state_dict(state)
        except Exception as error:
            if before is not None:
                obj.load_state_dict(before)
            raise Error(
                "mismatch",
                "the object does not take the stored state, and nothing was changed",
                path=path,
                entry=entry,
                found=f"{type(error).__name__}: {error}",
                advice="make the object that was saved",
            ) from error
        if before is not None:
            self._before.append((obj, before))


def _state_for(source: Source, path: str, entry: str, obj: Any) -> Any:
    """What an object with a state is given, of which its class and keys were looked at."""
    if isinstance(obj, type) or not callable(getattr(obj, "load_state_dict", None)):
        raise Error(
            "invalid_argument",
            "an object without load_state_dict() cannot be restored",
            path=path,
            entry=entry,
            found=getattr(obj, "__name__", type(obj).__name__),
            advice="take its value: run[name]",
        )
    state = load_value(source, find_value(source, path, entry), parts=True)
    if is_scheduler_state(state):
        if state["algorithm"] != type(obj).__name__:
            raise _other_kind(path, entry, type(obj).__name__, state["algorithm"])
        state = scheduler_state(state)
    else:
        state = load_value(source, find_value(source, path, entry))
    if is_scheduler(obj) or isinstance(obj, torch.amp.GradScaler):
        wanted = sorted(obj.state_dict())
        if not isinstance(state, dict) or sorted(map(str, state)) != wanted:
            found = sorted(map(str, state)) if isinstance(state, dict) else type(state).__name__
            raise _other_kind(path, entry, f"{type(obj).__name__} with {wanted}", str(found))
    return state


def _other_kind(path: str, entry: str, expected: str, found: str) -> Error:
    return Error(
        "mismatch",
        "the file has the state of another object",
        path=path,
        entry=entry,
        expected=expected,
        found=found,
        advice="make the object that was saved",
    )


def _require_used(reports: list[RestoreReport], path: str) -> None:
    """A rename pair must fit a name of one of the objects."""
    if not reports:
        return
    unused = [
        pair
        for pair in reports[0].unused_renames
        if all(pair in report.unused_renames for report in reports[1:])
    ]
    for report in reports:
        report.unused_renames = unused
    if unused:
        reports[0].loaded = []
        raise Error(
            "mismatch",
            "a rename pair fits no name of the file, and nothing was changed",
            path=path,
            entry=reports[0].entry,
            found=repr(unused[0]),
            advice="correct the pair: first the name in the file, then that in the module",
            report=reports[0],
        )
