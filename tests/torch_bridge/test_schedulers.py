"""The schedulers of the bridge set the learning rates of Python's, and have its states.

Each case runs 200 steps in both languages with two parameter groups, and compares at every step the
learning rates and momentum by their bits, and the state_dict by its text: keys, their order, kinds
and numbers. Then C++ starts from states of Python at many steps and must end as Python ended.
"""

import collections
import math
import os
import subprocess
import warnings

import torch
from torch.optim import lr_scheduler

STEPS = 200
LRS = [0.1, 0.0123]
#: Steps from which C++ goes on; coprime to the periods of the cases.
RESUMED = [*range(0, 31), *range(37, STEPS, 13), STEPS]

FUNCTIONS = {
    "power": lambda epoch: 0.95**epoch,
    "thirds": lambda epoch: epoch // 3,
    "slowly": lambda epoch: 1.0 - 0.001 * (epoch % 7),
}


def scale(x):
    return 0.5 * (1 + math.sin(x * math.pi / 2))


def step_lr(step_size=7, gamma=0.9):
    return {"type": "StepLR", "step_size": step_size, "gamma": gamma}


def multi_step_lr(milestones=(5, 30, 30, 80), gamma=0.3):
    return {"type": "MultiStepLR", "milestones": list(milestones), "gamma": gamma}


def constant_lr(factor=1 / 3, total_iters=5):
    return {"type": "ConstantLR", "factor": factor, "total_iters": total_iters}


def linear_lr(start_factor=1 / 3, end_factor=1.0, total_iters=5):
    return {"type": "LinearLR", "start_factor": start_factor, "end_factor": end_factor,
            "total_iters": total_iters}


def exponential_lr(gamma=0.97):
    return {"type": "ExponentialLR", "gamma": gamma}


def polynomial_lr(total_iters=150, power=0.7):
    return {"type": "PolynomialLR", "total_iters": total_iters, "power": power}


def cosine(t_max=50, eta_min=0.0):
    return {"type": "CosineAnnealingLR", "T_max": t_max, "eta_min": eta_min}


def warm_restarts(t_0=10, t_mult=1, eta_min=0.0):
    return {"type": "CosineAnnealingWarmRestarts", "T_0": t_0, "T_mult": t_mult,
            "eta_min": eta_min}


def cyclic(**changes):
    return {"type": "CyclicLR", "base_lr": 0.001, "max_lr": 0.1, "step_size_up": 20,
            "step_size_down": None, "mode": "triangular", "gamma": 1.0, "scale_fn": None,
            "scale_mode": "cycle", "cycle_momentum": True, "base_momentum": 0.8,
            "max_momentum": 0.9, **changes}


def one_cycle(**changes):
    return {"type": "OneCycleLR", "max_lr": 0.1, "total_steps": STEPS, "pct_start": 0.3,
            "anneal_strategy": "cos", "cycle_momentum": True, "base_momentum": 0.85,
            "max_momentum": 0.95, "div_factor": 25.0, "final_div_factor": 1e4,
            "three_phase": False, **changes}


def plateau(**changes):
    return {"type": "ReduceLROnPlateau", "mode": "min", "factor": 0.1, "patience": 3,
            "threshold": 1e-4, "threshold_mode": "rel", "cooldown": 0, "min_lr": 0, "eps": 1e-8,
            **changes}


def lambda_lr(lr_lambda="power", kind="LambdaLR"):
    return {"type": kind, "lr_lambda": lr_lambda}


def chained(*parts):
    return {"type": "ChainedScheduler", "schedulers": list(parts)}


def sequential(milestones, *parts):
    return {"type": "SequentialLR", "schedulers": list(parts), "milestones": list(milestones)}


def make(description, optimizer):
    args = {key: value for key, value in description.items() if key != "type"}
    kind = getattr(lr_scheduler, description["type"])
    if "schedulers" in args:
        args["schedulers"] = [make(part, optimizer) for part in args["schedulers"]]
    if "lr_lambda" in args:
        names = args["lr_lambda"]
        args["lr_lambda"] = (FUNCTIONS[names] if isinstance(names, str)
                             else [FUNCTIONS[name] for name in names])
    if args.get("scale_fn"):
        args["scale_fn"] = scale
    if kind is lr_scheduler.ChainedScheduler:
        return kind(args["schedulers"])
    return kind(optimizer, **args)


def make_optimizer(name):
    defaults = {"SGD": {"momentum": 0.9}}.get(name, {})
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in LRS]
    return getattr(torch.optim, name)(groups, **defaults)


def momentum_of(group):
    return group["betas"][0] if "betas" in group else group.get("momentum", 0)


def plain(state):
    """A copy of nested plain data that later steps do not change."""
    if isinstance(state, collections.Counter):
        state = dict(state)
    if isinstance(state, dict):
        return {key: plain(value) for key, value in state.items()}
    return [plain(item) for item in state] if isinstance(state, list) else state


def point(optimizer, scheduler):
    """repr() below tells every bit of a float, and an int from a float."""
    return {
        "lr": [float(group["lr"]) for group in optimizer.param_groups],
        "momentum": [float(momentum_of(group)) for group in optimizer.param_groups],
        "state": plain(scheduler.state_dict()),
    }


def run_in_python(case):
    optimizer = make_optimizer(case["optimizer"])
    scheduler = make(case["scheduler"], optimizer)
    points = [point(optimizer, scheduler)]
    for step in range(STEPS):
        optimizer.step()
        if case["metrics"]:
            scheduler.step(case["metrics"][step])
        elif case["epochs"]:
            scheduler.step(case["epochs"][step])
        else:
            scheduler.step()
        points.append(point(optimizer, scheduler))
    return points


def run_in_cpp(cases, folder):
    torch.save({"cases": cases}, folder / "job.pt")
    done = subprocess.run([os.environ["STATESTONE_SCHEDULER_STEPS"], folder / "job.pt",
                           folder / "result.pt"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    found = torch.load(folder / "result.pt")
    return [found[str(i)] for i in range(len(cases))]


def first_difference(expected, found):
    for step, (ours, theirs) in enumerate(zip(expected, found, strict=True)):
        if repr(ours) != repr(theirs):
            return f"at step {step} expected {ours}, found {theirs}"
    return ""


def check(folder, descriptions, optimizer="SGD", metrics=None, epochs=None):
    warnings.simplefilter("ignore")
    cases, expected = [], []
    for description in descriptions:
        case = {"optimizer": optimizer, "lrs": LRS, "scheduler": description, "steps": STEPS,
                "metrics": metrics, "epochs": epochs}
        points = run_in_python(case)
        expected.append(points)
        resumed = [{"step": step, "point": points[step]} for step in RESUMED]
        cases.append({**case, "points": resumed})
    assert cases
    for case, points, found in zip(cases, expected, run_in_cpp(cases, folder), strict=True):
        words = first_difference(points, found["points"])
        assert not words, f"{case['scheduler']}: {words}"
        ends = first_difference([points[-1]] * len(RESUMED), found["ends"])
        assert not ends, f"{case['scheduler']}, resumed: {ends}"


def test_step_lr_goes_as_in_python(tmp_path):
    check(tmp_path, [step_lr(), step_lr(step_size=1, gamma=0.99), step_lr(gamma=1),
                     step_lr(step_size=-3)])


def test_multi_step_lr_goes_as_in_python(tmp_path):
    check(tmp_path, [multi_step_lr(), multi_step_lr(milestones=()),
                     multi_step_lr(milestones=(80, 0, 3, 3, 3), gamma=2)])


def test_constant_lr_goes_as_in_python(tmp_path):
    check(tmp_path, [constant_lr(), constant_lr(factor=0.7, total_iters=100),
                     constant_lr(factor=1, total_iters=1)])


def test_linear_lr_goes_as_in_python(tmp_path):
    check(tmp_path, [linear_lr(), linear_lr(start_factor=0.01, total_iters=100),
                     linear_lr(start_factor=1, end_factor=0, total_iters=150),
                     linear_lr(end_factor=0.3, total_iters=77.0)])


def test_exponential_lr_goes_as_in_python(tmp_path):
    check(tmp_path, [exponential_lr(), exponential_lr(gamma=1), exponential_lr(gamma=1.01)])


def test_polynomial_lr_goes_as_in_python(tmp_path):
    check(tmp_path, [polynomial_lr(), polynomial_lr(total_iters=5, power=1.0),
                     polynomial_lr(total_iters=250, power=2)])


def test_cosine_annealing_lr_goes_as_in_python(tmp_path):
    check(tmp_path, [cosine(), cosine(t_max=7, eta_min=1e-3), cosine(t_max=1),
                     cosine(t_max=33.5, eta_min=0)])


def test_cosine_annealing_warm_restarts_goes_as_in_python(tmp_path):
    check(tmp_path, [warm_restarts(), warm_restarts(t_0=3, t_mult=2, eta_min=1e-4),
                     warm_restarts(t_0=1), warm_restarts(t_0=7, t_mult=3, eta_min=0)])


def test_cosine_annealing_warm_restarts_steps_to_epochs_as_in_python(tmp_path):
    kinds = [warm_restarts(), warm_restarts(t_0=3, t_mult=2), warm_restarts(t_0=7, t_mult=3)]
    check(tmp_path, kinds, epochs=[step / 8 for step in range(STEPS)])
    check(tmp_path, kinds, epochs=[step * 3 % 100 for step in range(STEPS)])


def test_cyclic_lr_goes_as_in_python(tmp_path):
    check(tmp_path, [
        cyclic(),
        cyclic(base_lr=[0.001, 0.01], max_lr=[0.1, 1], step_size_up=7, step_size_down=13),
        cyclic(mode="triangular2", base_momentum=[0.7, 0.8], max_momentum=0.95),
        cyclic(mode="exp_range", gamma=0.99, cycle_momentum=False),
        cyclic(scale_fn=True),
        cyclic(scale_fn=True, scale_mode="iterations", step_size_down=0),
    ])


def test_cyclic_lr_cycles_beta1_as_in_python(tmp_path):
    check(tmp_path, [cyclic(), cyclic(mode="triangular2")], optimizer="Adam")


def test_one_cycle_lr_goes_as_in_python(tmp_path):
    check(tmp_path, [
        one_cycle(),
        one_cycle(three_phase=True),
        one_cycle(anneal_strategy="linear", max_lr=[0.1, 1], pct_start=0.25),
        one_cycle(total_steps=777, div_factor=10, final_div_factor=100, cycle_momentum=False),
        one_cycle(base_momentum=[0.7, 0.8], max_momentum=0.99, three_phase=True, pct_start=0.4),
    ])


def test_one_cycle_lr_cycles_beta1_as_in_python(tmp_path):
    check(tmp_path, [one_cycle(), one_cycle(three_phase=True)], optimizer="Adam")


def test_one_cycle_lr_cycles_momentum_of_rmsprop_as_in_python(tmp_path):
    check(tmp_path, [one_cycle()], optimizer="RMSprop")


def metrics():
    """Improves, stalls, is not a number for a while, and improves again."""
    return [math.nan if 90 <= step < 95 else 1 / (1 + min(step, 40 + step // 3)) + 0.01 * (step % 5)
            for step in range(STEPS)]


def test_reduce_lr_on_plateau_goes_as_in_python(tmp_path):
    check(tmp_path, [
        plateau(),
        plateau(threshold_mode="abs", threshold=0.01, cooldown=4),
        plateau(mode="max", factor=0.5, min_lr=[1e-3, 1e-4]),
        plateau(mode="max", threshold_mode="abs", patience=0, min_lr=1e-5, eps=1e-6, factor=0),
    ], metrics=metrics())


def test_lambda_lr_goes_as_in_python(tmp_path):
    check(tmp_path, [lambda_lr(), lambda_lr("thirds"), lambda_lr(["power", "slowly"])])


def test_multiplicative_lr_goes_as_in_python(tmp_path):
    check(tmp_path, [lambda_lr("slowly", kind="MultiplicativeLR"),
                     lambda_lr(["slowly", "power"], kind="MultiplicativeLR")])


def test_chained_scheduler_goes_as_in_python(tmp_path):
    check(tmp_path, [
        chained(constant_lr(), exponential_lr()),
        chained(linear_lr(total_iters=10), cosine(t_max=180), multi_step_lr()),
        chained(chained(step_lr(), exponential_lr()), constant_lr()),
        chained(sequential([20], linear_lr(total_iters=20), cosine()), exponential_lr(gamma=0.999)),
    ])


def test_sequential_lr_goes_as_in_python(tmp_path):
    check(tmp_path, [
        sequential([20], linear_lr(total_iters=20), cosine(t_max=180)),
        sequential([5, 50], constant_lr(), exponential_lr(), step_lr()),
        sequential([0], constant_lr(), exponential_lr()),
        sequential([30], exponential_lr(), linear_lr(start_factor=0.1, total_iters=60)),
        sequential([30], exponential_lr(), polynomial_lr()),
        sequential([30], polynomial_lr(), multi_step_lr(milestones=(0, 2, 50))),
        sequential([30], step_lr(), constant_lr(factor=0.1)),
        sequential([10, 60], linear_lr(), warm_restarts(), lambda_lr()),
        sequential([17], linear_lr(), lambda_lr("slowly", kind="MultiplicativeLR")),
        sequential([20], cosine(eta_min=1e-3), cosine(eta_min=1e-4)),
        sequential([20], linear_lr(), cyclic()),
        sequential([20], linear_lr(), one_cycle(total_steps=190)),
        sequential([20], chained(linear_lr(), exponential_lr()), cosine()),
        sequential([40], sequential([10], linear_lr(), exponential_lr()), cosine()),
    ])


def test_schedulers_of_other_optimizers_go_as_in_python(tmp_path):
    for optimizer in ("Adam", "AdamW", "RMSprop", "Adagrad"):
        check(tmp_path, [sequential([20], linear_lr(), cosine())], optimizer=optimizer)
