"""Restores optimizers of torch: state by the names of parameters, with the element types it had."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from typing import Any

import torch

from ._error import Error
from ._optimizer_state import is_optimizer, parameters
from ._plan import RestoreOptions
from ._rename import NameMap
from ._report import RestoreReport, TensorDifference
from ._torch_optimizers import algorithm_of, find_names

#: State that has the shape of its parameter.
_LIKE_PARAMETER = frozenset(
    "acc_delta ax exp_avg exp_avg_sq exp_inf grad_avg max_exp_avg_sq momentum_buffer prev "
    "square_avg step_size sum".split()
)


#: What each parameter's state has at least, where it has any.
_NEEDED = {
    "Adam": frozenset({"step", "exp_avg", "exp_avg_sq"}),
    "AdamW": frozenset({"step", "exp_avg", "exp_avg_sq"}),
    "RMSprop": frozenset({"step", "square_avg"}),
    "Adagrad": frozenset({"step", "sum"}),
    "Adadelta": frozenset({"step", "square_avg", "acc_delta"}),
    "Adamax": frozenset({"step", "exp_avg", "exp_inf"}),
    "NAdam": frozenset({"step", "mu_product", "exp_avg", "exp_avg_sq"}),
    "RAdam": frozenset({"step", "exp_avg", "exp_avg_sq"}),
    "ASGD": frozenset({"step", "eta", "mu", "ax"}),
    "Rprop": frozenset({"step", "prev", "step_size"}),
}


@dataclasses.dataclass
class PreparedOptimizer:
    """What an optimizer will hold; nothing of it has changed yet."""

    optimizer: torch.optim.Optimizer
    report: RestoreReport
    options: list[dict[str, Any] | None]  # by group; None: stays as it is
    state: list[tuple[torch.Tensor, dict[str, Any]]]

    def commit(self) -> None:
        if _loads_in_its_own_way(self.optimizer):
            self.optimizer.load_state_dict(self._state_dict())
            return
        for group, options in zip(self.optimizer.param_groups, self.options):
            if options is not None:
                group.update(options)
        for parameter, state in self.state:
            if state:
                self.optimizer.state[parameter] = state
            else:
                self.optimizer.state.pop(parameter, None)

    def _state_dict(self) -> dict[str, Any]:
        state_dict = self.optimizer.state_dict()
        for group, options in zip(state_dict["param_groups"], self.options):
            group.update(options or {})
        everything = [p for group in self.optimizer.param_groups for p in group["params"]]
        positions = {id(parameter): i for i, parameter in enumerate(everything)}
        for parameter, state in self.state:
            state_dict["state"].pop(positions[id(parameter)], None)
            if state:
                state_dict["state"][positions[id(parameter)]] = state
        return state_dict


def _loads_in_its_own_way(optimizer: torch.optim.Optimizer) -> bool:
    plain = torch.optim.Optimizer
    return (
        type(optimizer).load_state_dict is not plain.load_state_dict
        or type(optimizer).state_dict is not plain.state_dict
        or bool(getattr(optimizer, "_optimizer_load_state_dict_pre_hooks", None))
        or bool(getattr(optimizer, "_optimizer_load_state_dict_post_hooks", None))
    )


def prepare_optimizer(
    stored: Any,
    optimizer: torch.optim.Optimizer,
    modules: Mapping[str, torch.nn.Module],
    options: RestoreOptions,
    path: str,
    entry: str,
) -> PreparedOptimizer:
    """Matches parameters by name and groups by their parameters, and checks what is stored.

    Args:
        stored: what the file keeps of the optimizer, its tensors in memory of their own.
        modules: those that may name its parameters.

    Raises:
        Error: ``mismatch`` with the report, ``invalid_argument``.
    """
    _require_optimizer(stored, optimizer, path, entry)
    found = find_names(optimizer, modules)
    if found is None:
        raise Error(
            "invalid_argument",
            "the optimizer's parameters have no names",
            path=path,
            entry=entry,
            advice="restore its module with it, as in run.restore(model=net, optimizer=adam), "
            "or make it from net.named_parameters()",
        )
    aliases = {
        alias: found[0][position]
        for module in modules.values()
        for alias, position in _aliases(module, optimizer).items()
    }
    matching = _Matching(stored, optimizer, found[0], aliases, options, entry)
    matching.require_fit(options, path)
    return PreparedOptimizer(
        optimizer, matching.report, matching.group_options(), matching.state(path)
    )


def _aliases(module: torch.nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, int]:
    """Every name of a module's parameters, tied ones each, to their position in an optimizer."""
    everything = [p for group in optimizer.param_groups for p in group["params"]]
    positions = {id(parameter): i for i, parameter in enumerate(everything)}
    return {
        name: positions[id(parameter)]
        for name, parameter in module.named_parameters(remove_duplicate=False)
        if id(parameter) in positions
    }


class _Matching:
    def __init__(
        self,
        stored: dict[str, Any],
        optimizer: torch.optim.Optimizer,
        names: list[str],
        aliases: dict[str, str],
        options: RestoreOptions,
        entry: str,
    ):
        self._stored = stored
        self._aliases = aliases
        self._is_torchs = type(optimizer).__module__.startswith("torch.optim.")
        self._groups = optimizer.param_groups
        self._name_of: dict[int, str] = {}
        everything = [parameter for group in self._groups for parameter in group["params"]]
        for parameter, name in zip(everything, names):
            self._name_of[id(parameter)] = name
        self.report = RestoreReport(entry=entry)
        self._in_file = self._match(names, NameMap(options.rename))
        self._group_of = {
            name: number
            for number, group in enumerate(stored["param_groups"])
            for name in group["params"]
        }
        # Its directions and gradients are one row of all parameters.
        in_one_row = stored["algorithm"] == "LBFGS"
        if in_one_row and [self._in_file.get(name) for name in names] != list(parameters(stored)):
            self.report.groups_changed.append(
                TensorDifference("all", "the parameters in the order of LBFGS's flat state")
            )
        self._from = [self._stored_group(number) for number in range(len(self._groups))]

    def _match(self, names: list[str], renames: NameMap) -> dict[str, str]:
        """The name in the file of each parameter that it has."""
        in_file: dict[str, str] = {}
        wanted = set(names)
        for stored in parameters(self._stored):
            name = renames.in_module(stored)
            name = self._aliases.get(name, name)
            if name not in wanted:
                self.report.unexpected.append(
                    TensorDifference(stored, found="no parameter of this optimizer")
                )
            elif name in in_file:
                raise Error(
                    "invalid_argument",
                    "two stored parameters have this name",
                    entry=name,
                    found=f"{in_file[name]!r} and {stored!r}",
                    advice="correct the rename pairs",
                )
            else:
                in_file[name] = stored
        self.report.unused_renames = renames.unused()
        for name in names:
            if name in in_file:
                self.report.loaded.append(name)
            else:
                self.report.missing.append(
                    TensorDifference(name, expected="in the stored optimizer")
                )
        return in_file

    def _stored_group(self, number: int) -> int | None:
        """The group of the file that a group's parameters come from."""
        names = [self._name_of[id(p)] for p in self._groups[number]["params"]]
        found = sorted({self._group_of[self._in_file[n]] for n in names if n in self._in_file})
        if not found:
            return None
        options = [_options_of(self._stored["param_groups"][n]) for n in found]
        if all(_same_options(options[0], other) for other in options[1:]):
            return found[0]
        self.report.groups_changed.append(
            TensorDifference(
                f"group {number}",
                "parameters of one group, or of groups with equal options",
                f"of the groups {', '.join(map(str, found))}",
            )
        )
        return None

    def require_fit(self, options: RestoreOptions, path: str) -> None:
        report = self.report
        refused = self._stored["algorithm"] == "LBFGS" and bool(report.groups_changed)
        if options.strict:
            refused |= bool(report.missing or report.unexpected or report.groups_changed)
        if not refused:
            return
        report.loaded = []
        raise Error(
            "mismatch",
            "the stored optimizer does not fit this one, and nothing was changed",
            path=path,
            entry=report.entry,
            advice="correct its parameters, or set rename or strict",
            report=report,
        )

    def group_options(self) -> list[dict[str, Any] | None]:
        made: list[dict[str, Any] | None] = []
        for group, number in zip(self._groups, self._from):
            if number is None:
                made.append(None)
                continue
            # Groups that come from one must not share a learning rate that is a tensor.
            options = copy.deepcopy(_options_of(self._stored["param_groups"][number]))
            if "param_names" in group:
                options["param_names"] = group["param_names"]
            elif "param_names" in options:
                options["param_names"] = [self._name_of[id(p)] for p in group["params"]]
            made.append(options)
        return made

    def state(self, path: str) -> list[tuple[torch.Tensor, dict[str, Any]]]:
        by_name: dict[str, dict[str, Any]] = {}
        for slot, values in self._stored["state"].items():
            for name, value in values.items():
                by_name.setdefault(name, {})[slot] = value
        made = []
        for group in self._groups:
            for parameter in group["params"]:
                name = self._name_of[id(parameter)]
                if name not in self._in_file:
                    continue
                state = by_name.get(self._in_file[name], {})
                if self._is_torchs:
                    self._check_slots(state, name, path)
                    for slot, value in state.items():
                        self._check(slot, value, name, parameter, path)
                placed = {slot: _placed(slot, v, parameter, group) for slot, v in state.items()}
                made.append((parameter, placed))
        return made

    def _check_slots(self, state: dict[str, Any], name: str, path: str) -> None:
        needed = _NEEDED.get(self._stored["algorithm"], frozenset())
        missing = sorted(needed - state.keys())
        if state and missing:
            raise Error(
                "mismatch",
                f"the state of {name} is not whole, and nothing was changed",
                path=path,
                entry=self.report.entry,
                expected=", ".join(missing),
                advice="the file was not written from an optimizer of this class",
            )

    def _check(
        self, slot: str, value: Any, name: str, parameter: torch.Tensor, path: str
    ) -> None:
        is_tensor = isinstance(value, torch.Tensor)
        wrong_shape = (
            slot in _LIKE_PARAMETER
            and value is not None
            and (
                not is_tensor
                or value.shape != parameter.shape
                or not (value.is_floating_point() or value.is_complex())
            )
        )
        wrong_step = slot == "step" and not _is_count(value)
        if not wrong_shape and not wrong_step:
            return
        found = f"{value.dtype} {list(value.shape)}" if is_tensor else repr(value)
        raise Error(
            "mismatch",
            f"the state {slot} of {name} does not fit, and nothing was changed",
            path=path,
            entry=self.report.entry,
            expected="a number of steps" if wrong_step else f"the shape {list(parameter.shape)}",
            found=repr(value) if wrong_step else found,
            advice="the file was not written from an optimizer over such parameters",
        )


def _require_optimizer(
    stored: Any, optimizer: torch.optim.Optimizer, path: str, entry: str
) -> None:
    if not is_optimizer(stored):
        plain = isinstance(stored, dict) and "param_groups" in stored
        raise Error(
            "invalid_argument",
            "this entry is no optimizer whose parameters have names",
            path=path,
            entry=entry,
            found=type(stored).__name__,
            advice="it is a plain state_dict by positions: optimizer.load_state_dict(run[...].load())"
            if plain
            else "name another entry; statestone.open lists them",
        )
    algorithm = algorithm_of(optimizer)
    classes = {cls.__name__ for cls in type(optimizer).__mro__}
    if stored["algorithm"] not in {"", algorithm, *classes}:
        raise Error(
            "mismatch",
            "the file has the state of another optimizer",
            path=path,
            entry=entry,
            expected=algorithm,
            found=stored["algorithm"],
            advice="make the optimizer that was saved",
        )


def _options_of(group: dict[str, Any]) -> dict[str, Any]:
    return {name: option for name, option in group.items() if name != "params"}


def _same_options(a: dict[str, Any], b: dict[str, Any]) -> bool:
    a = {name: option for name, option in a.items() if name != "param_names"}
    b = {name: option for name, option in b.items() if name != "param_names"}
    return list(a) == list(b) and all(
        type(a[name]) is type(b[name]) and bool(a[name] == b[name]) for name in a
    )


def _is_count(value: Any) -> bool:
    if isinstance(value, torch.Tensor):
        if value.numel() != 1 or value.is_complex():
            return False
        value = value.item()
    return isinstance(value, (int, float)) and value >= 0 and value == value // 1


def _placed(slot: str, value: Any, parameter: torch.Tensor, group: dict[str, Any]) -> Any:
    """A value of the state where torch's optimizers want it: on the parameter's device, a step on
    the CPU unless the kernels take it."""
    if isinstance(value, torch.Tensor):
        stays = slot == "step" and not (group.get("capturable") or group.get("fused"))
        return value if stays else value.to(parameter.device)
    if isinstance(value, dict):
        return {key: _placed("", item, parameter, group) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_placed("", item, parameter, group) for item in value)
    return value
