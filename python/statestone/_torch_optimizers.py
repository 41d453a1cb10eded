"""What a file keeps of torch's optimizers and schedulers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch

from ._native import Refusal, SubstituteRecord, escape_path_component
from ._optimizer_state import SCHEDULER, TAG, name_parameters

#: A file nests values no deeper: what is below, or holds itself, is refused when it is walked.
_DEEPEST = 64


class OptimizerDescriber:
    """Describes optimizers and schedulers by the names of parameters and optimizers in one save.

    Args:
        root: all that is saved.
    """

    def __init__(self, root: object) -> None:
        self._modules: dict[str, torch.nn.Module] = {}
        self._optimizers: dict[int, str] = {}
        for path, obj in _objects(root, ""):
            if isinstance(obj, torch.nn.Module):
                self._modules[path] = obj
            elif isinstance(obj, torch.optim.Optimizer):
                self._optimizers.setdefault(id(obj), path)

    def describe(self, obj: object) -> Any:
        """A record, or None for objects that are neither."""
        if isinstance(obj, torch.optim.Optimizer):
            return self._describe_optimizer(obj)
        if is_scheduler(obj):
            return SubstituteRecord(
                {
                    TAG: SCHEDULER,
                    "algorithm": type(obj).__name__,
                    "optimizer": self._optimizers.get(id(getattr(obj, "optimizer", None)), ""),
                    "state": obj.state_dict(),  # type: ignore[attr-defined]
                }
            )
        return None

    def _describe_optimizer(self, optimizer: torch.optim.Optimizer) -> Any:
        found = find_names(optimizer, self._modules)
        if found is None:
            return Refusal(
                "an optimizer whose parameters have no names",
                "save a module that has all of them beside it, as in save({'model': net, "
                "'optimizer': adam}, path), make it from named_parameters(), or save its "
                "state_dict()",
            )
        names, model = found
        state_dict = optimizer.state_dict()
        named = name_parameters(state_dict, names, algorithm_of(optimizer), model)
        return SubstituteRecord(state_dict if named is None else named)


def find_names(
    optimizer: torch.optim.Optimizer, modules: Mapping[str, torch.nn.Module]
) -> tuple[list[str], str] | None:
    """Names of an optimizer's parameters by position, and the path of the module that has them.

    Tied parameters have their first name. None where no module has all of them, and torch kept no
    names of them either.
    """
    wanted = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for path, module in modules.items():
        names = {id(parameter): name for name, parameter in module.named_parameters()}
        if all(id(parameter) in names for parameter in wanted):
            return [names[id(parameter)] for parameter in wanted], path
    kept = [name for group in optimizer.param_groups for name in group.get("param_names", ())]
    if len(kept) == len(wanted) == len(set(kept)):
        return kept, ""
    return None


def algorithm_of(optimizer: torch.optim.Optimizer) -> str:
    """The plain name of its class; AdamW for an Adam that does what AdamW does."""
    if type(optimizer) is torch.optim.Adam:
        if all(group.get("decoupled_weight_decay") for group in optimizer.param_groups):
            return "AdamW"
    return type(optimizer).__name__


def is_scheduler(obj: object) -> bool:
    return isinstance(
        obj, (torch.optim.lr_scheduler.LRScheduler, torch.optim.lr_scheduler.ReduceLROnPlateau)
    )


def _objects(obj: object, path: str, depth: int = 0) -> Iterator[tuple[str, object]]:
    """Everything in dicts, lists and tuples, with display paths, as deep as a file may be."""
    if depth > _DEEPEST:
        return
    items: Iterator[tuple[str, object]]
    if isinstance(obj, dict):
        items = (
            (escape_path_component(key), item) for key, item in obj.items() if isinstance(key, str)
        )
    elif isinstance(obj, (list, tuple)):
        items = ((str(i), item) for i, item in enumerate(obj))
    else:
        yield path, obj
        return
    for step, item in items:
        yield from _objects(item, f"{path}/{step}" if path else step, depth + 1)
