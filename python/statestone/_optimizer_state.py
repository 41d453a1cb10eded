"""Optimizers by the names of their parameters: section 7.2 of the format. Needs no torch."""

from __future__ import annotations

import collections
from collections.abc import Iterator, Sequence
from typing import Any

TAG = "statestone"
OPTIMIZER = "optimizer"
SCHEDULER = "scheduler"

_OPTIMIZER_KEYS = [TAG, "algorithm", "model", "state", "param_groups"]
_SCHEDULER_KEYS = [TAG, "algorithm", "optimizer", "state"]


def name_parameters(
    state_dict: Any, names: Sequence[str], algorithm: str, model: str
) -> dict[str, Any] | None:
    """What a file keeps of an optimizer, from its ``state_dict()`` and its parameters' names.

    Parameters whose state is empty are those without. None where going back would not give the same
    dict else: of an optimizer that keeps more than state by parameters.
    """
    if not isinstance(state_dict, dict) or list(state_dict) != ["state", "param_groups"]:
        return None
    slots: dict[str, dict[str, Any]] = {}
    kept = {position: values for position, values in state_dict["state"].items() if values != {}}
    for position, values in kept.items():
        if type(position) is not int or not 0 <= position < len(names):
            return None
        if not isinstance(values, dict) or not all(isinstance(slot, str) for slot in values):
            return None
        for slot, value in values.items():
            slots.setdefault(slot, {})[names[position]] = value
    groups = []
    for group in state_dict["param_groups"]:
        if not isinstance(group, dict) or list(group)[-1:] != ["params"]:
            return None
        groups.append({**group, "params": [names[position] for position in group["params"]]})
    named = {
        TAG: OPTIMIZER,
        "algorithm": algorithm,
        "model": model,
        "state": slots,
        "param_groups": groups,
    }
    made = make_state_dict(named)
    same_state = [list(values) for values in made["state"].values()] == [
        list(values) for values in kept.values()
    ]
    same_groups = [group["params"] for group in made["param_groups"]] == [
        group["params"] for group in state_dict["param_groups"]
    ]
    same_order = list(made["state"]) == list(kept)
    return named if same_state and same_groups and same_order else None


def make_state_dict(named: dict[str, Any]) -> dict[str, Any]:
    """The ``state_dict()`` of an optimizer of a file, as torch numbers its parameters."""
    positions = {name: i for i, name in enumerate(parameters(named))}
    state: dict[int, dict[str, Any]] = {}
    for slot, values in named["state"].items():
        for name, value in values.items():
            state.setdefault(positions[name], {})[slot] = value
    groups = [
        {**group, "params": [positions[name] for name in group["params"]]}
        for group in named["param_groups"]
    ]
    return {"state": state, "param_groups": groups}


def parameters(named: dict[str, Any]) -> Iterator[str]:
    """The names of an optimizer's parameters, through all groups."""
    for group in named["param_groups"]:
        yield from group["params"]


def is_optimizer(parts: Any) -> bool:
    """Whether a dict is what a file keeps of an optimizer, whole."""
    if type(parts) is not dict or list(parts) != _OPTIMIZER_KEYS or parts[TAG] != OPTIMIZER:
        return False
    groups, state = parts["param_groups"], parts["state"]
    if not isinstance(groups, list) or type(state) is not dict:
        return False
    if not isinstance(parts["algorithm"], str) or not isinstance(parts["model"], str):
        return False
    names: set[str] = set()
    for group in groups:
        if type(group) is not dict or list(group)[-1:] != ["params"]:
            return False
        if not isinstance(group["params"], list) or not all(isinstance(k, str) for k in group):
            return False
        for name in group["params"]:
            if not isinstance(name, str) or name in names:
                return False
            names.add(name)
    return all(
        isinstance(slot, str) and type(values) is dict and names.issuperset(values)
        for slot, values in state.items()
    )


def scheduler_state(parts: dict[str, Any]) -> dict[str, Any]:
    """The ``state_dict()`` of a scheduler of a file, with what torch needs as a Counter as one."""
    return _with_counters(parts["state"])


def _with_counters(state: dict[str, Any]) -> dict[str, Any]:
    # A file keeps a Counter as the dict that it is equal to; MultiStepLR asks for its elements().
    made = dict(state)
    if type(made.get("milestones")) is dict:
        made["milestones"] = collections.Counter(made["milestones"])
    inner = made.get("_schedulers")
    if isinstance(inner, list) and all(isinstance(one, dict) for one in inner):
        made["_schedulers"] = [_with_counters(one) for one in inner]
    return made


def is_scheduler(parts: Any) -> bool:
    """Whether a dict is what a file keeps of a scheduler, whole."""
    return (
        type(parts) is dict
        and list(parts) == _SCHEDULER_KEYS
        and parts[TAG] == SCHEDULER
        and isinstance(parts["algorithm"], str)
        and isinstance(parts["optimizer"], str)
        and type(parts["state"]) is dict
    )
