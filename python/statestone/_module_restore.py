"""Restores modules of torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ._filling import fill
from ._nodes import Source, TensorDictNode
from ._places import find_place
from ._plan import Plan, RestoreOptions
from ._report import RestoreReport
from ._restore import make_plan, require_fit, stored_tensors
from ._torch_targets import TorchTarget


class ModuleRestore:
    """Modules and what goes into them; nothing of them has changed yet.

    Raises:
        Error: as ``Checkpoint.restore``, for what can be told without reading tensors.
    """

    def __init__(
        self,
        source: Source,
        path: str,
        modules: Mapping[str, torch.nn.Module],
        options: RestoreOptions,
    ):
        self._source = source
        self._path = path
        self._modules = modules
        self._options = options
        self._nodes = {entry: find_place(source, path, entry) for entry in modules}
        self._plans: dict[str, Plan] = {}
        for entry, module in modules.items():
            stored = stored_tensors(self._nodes[entry], path, entry)
            self._plans[entry] = plan = make_plan(source, stored, _targets(module), options, entry)
            plan.report.training_differs = _mode_differences(self._nodes[entry], module)
            require_fit(plan, options, path, renames=False)

    @property
    def reports(self) -> list[RestoreReport]:
        return [plan.report for plan in self._plans.values()]

    def fill(self, *, training_mode: bool, requires_grad: bool) -> dict[str, RestoreReport]:
        """Changes the modules: all of them, or none."""
        fill(self._source, list(self._plans.values()), self._options, self._path)
        for entry, module in self._modules.items():
            if requires_grad:
                _apply_requires_grad(self._plans[entry])
            if training_mode:
                _apply_modes(self._nodes[entry], module)
        return {entry: plan.report for entry, plan in self._plans.items()}


def _targets(module: torch.nn.Module) -> list[TorchTarget]:
    """What its state_dict has, and its other buffers, which a file may have or not."""
    state = module.state_dict(keep_vars=True)
    targets = [
        TorchTarget(name, value)
        for name, value in state.items()
        if isinstance(value, torch.Tensor)
    ]
    return targets + [
        TorchTarget(name, buffer, optional=True)
        for name, buffer in module.named_buffers(remove_duplicate=False)
        if name not in state
    ]


def _apply_requires_grad(plan: Plan) -> None:
    for item in plan.items:
        tensor = item.target.tensor  # type: ignore[attr-defined]
        if isinstance(tensor, torch.nn.Parameter) and tensor.is_leaf:
            tensor.requires_grad_(item.info.requires_grad)


def _modes(node: Any) -> tuple[bool, frozenset[str]] | None:
    """Of a model: its training mode, and the names of submodules in the other one."""
    model = node.model() if isinstance(node, TensorDictNode) else None
    if model is None or model["training"] is None:
        return None
    return model["training"], frozenset(model["training_exceptions"])


def _mode_differences(node: Any, module: torch.nn.Module) -> list[str]:
    modes = _modes(node)
    if modes is None:
        return []
    training, exceptions = modes
    if module.training != training:
        return [""]
    return sorted(
        name
        for name, child in module.named_modules(remove_duplicate=False)
        if child.training != (training != (name in exceptions))
    )


def _apply_modes(node: Any, module: torch.nn.Module) -> None:
    modes = _modes(node)
    if modes is None:
        return
    training, exceptions = modes
    # train() sets the children too: parents come first, so each ends up with its own flag.
    for name, child in module.named_modules(remove_duplicate=False):
        child.train(training != (name in exceptions))
