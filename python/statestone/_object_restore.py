"""Restores objects of torch: modules, optimizers, schedulers, and others with a state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ._error import Error
from ._module_restore import ModuleRestore
from ._nodes import Source, load_value
from ._optimizer_restore import prepare_optimizer
from ._places import find_value
from ._plan import RestoreOptions
from ._report import RestoreReport


def restore_objects(
    source: Source,
    path: str,
    objects: Mapping[str, Any],
    options: RestoreOptions,
    *,
    training_mode: bool,
    requires_grad: bool,
) -> dict[str, RestoreReport]:
    """Restores all of them, or none; a report for each. Raises as ``Checkpoint.restore``.

    What schedulers and others check of a state is up to them: they come last.
    """
    if not objects:
        raise Error("invalid_argument", "nothing to restore into", advice="name a module")
    modules = {e: obj for e, obj in objects.items() if isinstance(obj, torch.nn.Module)}
    optimizers = {e: obj for e, obj in objects.items() if isinstance(obj, torch.optim.Optimizer)}
    others = {e: obj for e, obj in objects.items() if e not in modules and e not in optimizers}
    for entry, obj in others.items():
        _require_state(entry, obj)
    plan = ModuleRestore(source, path, modules, options)
    prepared = {
        entry: prepare_optimizer(
            load_value(source, find_value(source, path, entry), parts=True),
            optimizer,
            modules,
            options,
            path,
            entry,
        )
        for entry, optimizer in optimizers.items()
    }
    states = {entry: load_value(source, find_value(source, path, entry)) for entry in others}
    reports = plan.fill(training_mode=training_mode, requires_grad=requires_grad)
    for entry, optimizer_state in prepared.items():
        optimizer_state.commit()
        reports[entry] = optimizer_state.report
    for entry, state in states.items():
        others[entry].load_state_dict(state)
        reports[entry] = RestoreReport(entry=entry)
    return {entry: reports[entry] for entry in objects}


def _require_state(entry: str, obj: Any) -> None:
    if callable(getattr(obj, "load_state_dict", None)):
        return
    raise Error(
        "invalid_argument",
        "an object without load_state_dict() cannot be restored",
        entry=entry,
        found=type(obj).__name__,
        advice="take its value: run[name]",
    )
