"""Training runs that go from Python to C++ and back, and end with the bits of one that never stopped.

STATESTONE_PROGRAM converts what torch.save wrote, and back; STATESTONE_TRAIN trains in C++. The
package statestone is that of the build.
"""

import os
import subprocess

import pytest
import torch

import statestone

PROGRAM = os.environ["STATESTONE_PROGRAM"]
TRAIN = os.environ["STATESTONE_TRAIN"]
HALF = 20

DTYPES = {"float32": torch.float32, "float64": torch.float64, "bfloat16": torch.bfloat16}

#: Legs of a run: who trains, one after the other. A C++ leg that is the first starts from what
#: Python saved before its first step.
ROUTES = {"Python, C++": ["python", "c++"], "C++, Python": ["c++", "python"],
          "Python, C++, Python": ["python", "c++", "python"]}

OPTIONS = {
    "SGD": [{"lr": 0.1}, {"lr": 0.1, "momentum": 0.9},
            {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
            {"lr": 0.05, "momentum": 0.9, "dampening": 0.1}],
    "Adam": [{}, {"amsgrad": True}, {"weight_decay": 0.01, "betas": (0.8, 0.95)}],
    "AdamW": [{}, {"amsgrad": True}, {"weight_decay": 0.1, "eps": 1e-6}],
    "RMSprop": [{}, {"centered": True, "momentum": 0.9}, {"weight_decay": 0.01, "alpha": 0.9}],
    "Adagrad": [{}, {"lr_decay": 0.1, "weight_decay": 0.01}, {"initial_accumulator_value": 0.1}],
    "LBFGS": [{"lr": 0.5, "max_iter": 4, "history_size": 5},
              {"max_iter": 4, "line_search_fn": "strong_wolfe"}],
}


def network(dtype):
    torch.manual_seed(7)
    net = torch.nn.Sequential(torch.nn.Linear(6, 16), torch.nn.Tanh(), torch.nn.Dropout(0.25),
                              torch.nn.Linear(16, 3))
    return net.to(dtype)


class Run:
    """One run in Python."""

    def __init__(self, algorithm, options, dtype):
        self.net = network(dtype)
        foreach = {} if algorithm == "LBFGS" else {"foreach": False}
        self.optimizer = getattr(torch.optim, algorithm)(
            self.net.named_parameters(), **options, **foreach)
        self.scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, T_max=50)
        generator = torch.Generator().manual_seed(11)
        self.inputs = torch.randn(32, 6, generator=generator, dtype=torch.float64).to(dtype)
        self.targets = torch.randn(32, 3, generator=generator, dtype=torch.float64).to(dtype)
        torch.manual_seed(13)

    def train(self, steps):
        def loss():
            self.optimizer.zero_grad()
            outputs = self.net(self.inputs)
            value = torch.nn.functional.mse_loss(outputs, self.targets)
            value.backward()
            return value

        for _ in range(steps):
            self.optimizer.step(loss)
            self.scheduler.step()

    def state(self):
        return {"model": self.net.state_dict(), "optimizer": self.optimizer.state_dict(),
                "scheduler": self.scheduler.state_dict(), "rng": torch.get_rng_state(),
                "inputs": self.inputs, "targets": self.targets}

    def load(self, state):
        self.net.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])
        torch.set_rng_state(state["rng"])


class Cell:
    """One way of one run: its files, and what came out of its last leg."""

    def __init__(self, folder, algorithm, options, dtype, route):
        self.arguments = (algorithm, options, DTYPES[dtype])
        self.name = f"{algorithm} {options} {dtype}: {route}"
        self.legs = ROUTES[route]
        self.folder = folder
        self.state = None

    @property
    def python_steps(self):
        """C++ has 20 of the 40 steps, Python the others, in one leg or in two."""
        return HALF // self.legs.count("python")

    def before(self):
        """What Python has when C++ takes over: after its own leg, if it has the first."""
        run = Run(*self.arguments)
        if self.legs[0] == "python":
            run.train(self.python_steps)
        torch.save(run.state(), self.folder / "before.pt")
        convert(self.folder / "before.pt", self.folder / "before.stone")
        return self.folder / "before.stone", self.folder / "after.stone"

    def after(self):
        convert(self.folder / "after.stone", self.folder / "after.pt")
        self.state = torch.load(self.folder / "after.pt", weights_only=True)
        if self.legs[-1] == "python":
            run = Run(*self.arguments)
            run.load(self.state)
            run.train(self.python_steps)
            self.state = run.state()


def convert(source, target):
    # A state_dict has no place for the training mode that C++ keeps with a model.
    done = subprocess.run([PROGRAM, "convert", "--lossy", "--force", source, target],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def difference(found, wanted, path=""):
    """The first place where two states are not the same in type, order and bits, or None."""
    if type(found) is not type(wanted):
        return f"{path}: {type(found).__name__} for {type(wanted).__name__}"
    if isinstance(wanted, torch.Tensor):
        if found.dtype != wanted.dtype or found.shape != wanted.shape:
            return f"{path}: {found.dtype} {list(found.shape)}"
        unequal = (found != wanted).sum().item()
        return f"{path}: {unequal} of {wanted.numel()} elements differ" if unequal else None
    if isinstance(wanted, dict):
        if list(found) != list(wanted):
            return f"{path}: keys {list(found)} for {list(wanted)}"
        pairs = [(found[key], wanted[key], f"{path}/{key}") for key in wanted]
    elif isinstance(wanted, (list, tuple)):
        if len(found) != len(wanted):
            return f"{path}: {len(found)} items for {len(wanted)}"
        pairs = [(a, b, f"{path}/{i}") for i, (a, b) in enumerate(zip(found, wanted))]
    else:
        return None if found == wanted else f"{path}: {found} for {wanted}"
    return next(filter(None, (difference(*pair) for pair in pairs)), None)


def check(algorithm, folder, dtypes=DTYPES):
    """Every option, dtype and route of an optimizer; says how many cells there were."""
    torch.set_num_threads(1)
    cells = []
    for options in OPTIONS[algorithm]:
        for dtype in dtypes:
            reference = Run(algorithm, options, DTYPES[dtype])
            reference.train(2 * HALF)
            for route in ROUTES:
                (folder / str(len(cells))).mkdir()
                cells.append((Cell(folder / str(len(cells)), algorithm, options, dtype, route),
                              reference.state()))
    files = [path for cell, _ in cells for path in cell.before()]
    done = subprocess.run([TRAIN, algorithm, str(HALF), *files], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    failed = []
    for cell, wanted in cells:
        cell.after()
        for part in ("model", "optimizer", "scheduler", "rng"):
            unequal = difference(cell.state[part], wanted[part], part)
            if unequal:
                failed.append(f"{cell.name}: {unequal}")
    print(f"{len(cells)} cells")
    assert not failed, "\n".join(failed)


def check_beginning(algorithm, folder):
    """A run that C++ began goes on in Python with the bits that it has in C++."""
    torch.set_num_threads(1)
    first, second = folder / "first.stone", folder / "second.stone"
    files = ["-", first, first, second]
    done = subprocess.run([TRAIN, algorithm, str(HALF), *files], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    run = Run(algorithm, {"lr": 0.5} if algorithm == "SGD" else {}, torch.float32)
    begun = statestone.open(first)
    run.inputs, run.targets = begun["inputs"].load(), begun["targets"].load()
    groups = run.optimizer.state_dict()["param_groups"][0]

    begun.restore(model=run.net, optimizer=run.optimizer, scheduler=run.scheduler)
    torch.set_rng_state(begun["rng"].load())
    run.train(HALF)

    state, wanted = run.state(), statestone.load(second)
    for part in ("model", "scheduler", "rng"):
        assert difference(dict(state[part]) if part == "model" else state[part],
                          dict(wanted[part]) if part == "model" else wanted[part], part) is None
    assert difference(state["optimizer"]["state"], wanted["optimizer"]["state"]) is None
    # What C++ writes of options that nobody set is what Python has of them.
    written = wanted["optimizer"]["param_groups"][0]
    for option in groups.keys() - {"param_names", "foreach", "lr", "initial_lr"}:
        assert difference(written[option], groups[option], option) is None


@pytest.mark.parametrize("algorithm", OPTIONS)
def test_goes_on_in_python_where_cpp_began(algorithm, tmp_path):
    check_beginning(algorithm, tmp_path)


def test_sgd(tmp_path):
    check("SGD", tmp_path)


def test_adam(tmp_path):
    check("Adam", tmp_path)


def test_adamw(tmp_path):
    check("AdamW", tmp_path)


def test_rmsprop(tmp_path):
    check("RMSprop", tmp_path)


def test_adagrad(tmp_path):
    check("Adagrad", tmp_path)


def test_lbfgs(tmp_path):
    check("LBFGS", tmp_path)
