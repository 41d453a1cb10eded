"""The optimizers of the bridge give the bits of Python's.

Each test takes the same steps in Python (one tensor after another: foreach and fused off) and in
C++, from the same parameters, gradients and states, and compares parameters and states bit for bit.
One thread on both sides. A cell that torch itself cannot run must end with the same error in both.
"""

import copy
import functools
import itertools
import os
import subprocess

import pytest
import torch

STEPS = 40
#: Steps that Python takes before C++ takes over its state.
WARM_UP = [0, 17]
#: Of parameters, moments and gradients. The moments of a fresh optimizer have the parameters'
#: dtype; others are put there, as a restore would.
DTYPES = [
    (torch.float32, torch.float32, torch.float32),
    (torch.float64, torch.float64, torch.float64),
    (torch.bfloat16, torch.bfloat16, torch.bfloat16),
    (torch.float16, torch.float16, torch.float16),
    (torch.bfloat16, torch.float32, torch.float32),
    (torch.bfloat16, torch.float32, torch.bfloat16),
    (torch.complex64, torch.complex64, torch.complex64),
]
#: Moments of another dtype than the parameters need a step before that makes them.
WIDE_WARM_UP = 1
#: What torch says of bf16 gradients and fp32 moments where a moment is made by lerp_.
NO_LERP = "expected dtype float for `end` but got dtype c10::BFloat16"
SHAPES = [(80, 97), (101,), (4, 3, 5, 5), ()]


def variants(defaults, *changes):
    return [{**defaults, **change} for change in ({}, *changes)]


SGD = variants(
    {"lr": 0.013, "momentum": 0, "dampening": 0, "weight_decay": 0, "nesterov": False},
    {"weight_decay": 0.03},
    {"momentum": 0.9},
    {"momentum": 0.9, "weight_decay": 0.03},
    {"momentum": 0.85, "dampening": 0.3, "weight_decay": 1e-4},
    {"momentum": 0.9, "nesterov": True, "weight_decay": 0.03},
)
ADAM = variants(
    {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0, "amsgrad": False},
    {"weight_decay": 0.05, "lr": 0.0123},
    {"amsgrad": True},
    {"amsgrad": True, "weight_decay": 0.05, "eps": 1e-4},
    {"betas": (0.83, 0.97), "lr": 0.3},
    {"betas": (0.3, 0.5), "eps": 1e-3},
)
RMSPROP = variants(
    {"lr": 0.01, "alpha": 0.99, "eps": 1e-8, "weight_decay": 0, "momentum": 0, "centered": False},
    {"weight_decay": 0.05, "alpha": 0.9},
    {"momentum": 0.9},
    {"centered": True, "eps": 1e-3},
    {"centered": True, "momentum": 0.85, "weight_decay": 0.05, "eps": 1e-2},
)
ADAGRAD = variants(
    {"lr": 0.01, "lr_decay": 0, "weight_decay": 0, "initial_accumulator_value": 0, "eps": 1e-10},
    {"lr_decay": 0.07},
    {"weight_decay": 0.05, "lr": 0.3},
    {"initial_accumulator_value": 0.3, "eps": 1e-3, "lr_decay": 1e-3},
)
LBFGS = variants(
    {"lr": 1, "max_iter": 20, "history_size": 100, "tolerance_grad": 1e-7,
     "tolerance_change": 1e-9, "line_search_fn": None},
    {"lr": 0.3},
    {"lr": 0.07, "max_iter": 7, "history_size": 3},
    {"line_search_fn": "strong_wolfe"},
    {"line_search_fn": "strong_wolfe", "lr": 0.3, "history_size": 3},
)


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def random(shape, dtype, seed):
    generator = torch.Generator().manual_seed(seed)
    wide = torch.complex128 if dtype.is_complex else torch.float64
    tensor = torch.randn(shape, generator=generator, dtype=wide).to(dtype)
    return tensor.to(memory_format=torch.channels_last) if len(shape) == 4 else tensor


@functools.cache
def gradients(dtype):
    """Of several magnitudes, so that sums round. The same tensors for all cells: each is written to
    the job once.
    """
    return [[random(shape, dtype, 1000 * step + i) * 10.0 ** -(step % 4)
             for i, shape in enumerate(SHAPES)] for step in range(STEPS)]


def make(name, params, options):
    """Every parameter is a group of its own, with its own learning rate."""
    groups = [{"params": [p], **options, "lr": options["lr"] * (1 + i / 8)}
              for i, p in enumerate(params)]
    return getattr(torch.optim, name)(groups, **options, foreach=False)


def take_steps(optimizer, params, grads):
    for row in grads:
        for param, grad in zip(params, row, strict=True):
            param.grad = None
            param.grad_dtype = grad.dtype
            param.grad = grad.clone()
        optimizer.step()


def widen_moments(optimizer, params, dtype):
    for param in params:
        state = optimizer.state[param]
        for key, value in state.items():
            if key != "step" and torch.is_tensor(value):
                state[key] = value.to(dtype)


def states(optimizer, params):
    return [{key: value.clone() for key, value in optimizer.state[param].items()
             if torch.is_tensor(value)} for param in params]


class Cell:
    """Options, dtypes and a number of steps before: what Python gets, and what C++ is asked."""

    def __init__(self, name, options, dtypes, warm_up):
        self.title = f"{name} {options} {dtypes} after {warm_up} steps"
        param_dtype, moment_dtype, grad_dtype = dtypes
        params = [random(shape, param_dtype, i).requires_grad_() for i, shape in enumerate(SHAPES)]
        optimizer = make(name, params, options)
        before = max(warm_up, WIDE_WARM_UP) if moment_dtype != param_dtype else warm_up
        take_steps(optimizer, params, gradients(param_dtype)[:before])
        if moment_dtype != param_dtype:
            widen_moments(optimizer, params, moment_dtype)
        grads = gradients(grad_dtype)[before:]
        self.job = {
            "optimizer": name,
            "options": [dict(group_options(group)) for group in optimizer.param_groups],
            "steps": len(grads),
            "params": [param.detach().clone() for param in params],
            "state": states(optimizer, params) if before else [],
            "grads": grads,
        }
        self.dtypes = dtypes
        try:
            take_steps(optimizer, params, grads)
        except RuntimeError as error:
            self.expected = str(error).splitlines()[0]
        else:
            self.expected = result(params, states(optimizer, params))

    def needs_lerp_of_mixed_dtypes(self):
        by_lerp = {"Adam": True, "AdamW": True}
        has_lerp = by_lerp.get(self.job["optimizer"], self.job["options"][0].get("centered", False))
        return has_lerp and self.dtypes[1] != self.dtypes[2]


def group_options(group):
    return {key: value for key, value in group.items() if key != "params"}


def result(params, slots):
    tensors = {f"{i}.param": param.detach() for i, param in enumerate(params)}
    for i, slot in enumerate(slots):
        tensors.update({f"{i}.{key}": value for key, value in slot.items()})
    return tensors


def run_in_cpp(jobs, folder):
    torch.save({"cases": jobs}, folder / "job.pt")
    program = os.environ["STATESTONE_OPTIMIZER_STEPS"]
    done = subprocess.run([program, folder / "job.pt", folder / "result.pt"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    found = torch.load(folder / "result.pt")
    return [found[str(i)] for i in range(len(jobs))]


def bits(tensor):
    tensor = torch.view_as_real(tensor) if tensor.is_complex() else tensor
    return tensor.contiguous().reshape(-1).view(torch.uint8)


def differences(expected, found):
    """In words; none if every bit is the same."""
    if isinstance(expected, str) or isinstance(found, str):
        return [] if expected == found else [f"expected {expected!r}, found {found!r}"]
    if expected.keys() != found.keys():
        return [f"expected {sorted(expected)}, found {sorted(found)}"]
    return [
        f"{key}: {(bits(expected[key]) != bits(found[key])).sum()} bytes of {expected[key].nbytes}"
        for key in expected
        if expected[key].dtype != found[key].dtype
        or not torch.equal(bits(expected[key]), bits(found[key]))
    ]


def check(cells, folder):
    assert cells
    found = run_in_cpp([cell.job for cell in cells], folder)
    wrong = {cell.title: differences(cell.expected, tensors)
             for cell, tensors in zip(cells, found, strict=True)}
    wrong = {title: words for title, words in wrong.items() if words}
    assert not wrong, f"{len(wrong)} of {len(cells)} cells differ:\n" + "\n".join(
        f"{title}: {'; '.join(words)}" for title, words in wrong.items())


def all_cells(name, options):
    cells = [Cell(name, *cell) for cell in itertools.product(options, DTYPES, WARM_UP)]
    for cell in cells:
        refused = cell.expected if isinstance(cell.expected, str) else None
        assert refused == (NO_LERP if cell.needs_lerp_of_mixed_dtypes() else None), cell.title
    return cells


def test_sgd_gives_the_bits_of_python(tmp_path):
    check(all_cells("SGD", SGD), tmp_path)


def test_adam_gives_the_bits_of_python(tmp_path):
    check(all_cells("Adam", ADAM), tmp_path)


def test_adamw_gives_the_bits_of_python(tmp_path):
    check(all_cells("AdamW", ADAM), tmp_path)


def test_rmsprop_gives_the_bits_of_python(tmp_path):
    check(all_cells("RMSprop", RMSPROP), tmp_path)


def test_adagrad_gives_the_bits_of_python(tmp_path):
    check(all_cells("Adagrad", ADAGRAD), tmp_path)


def problem(dtype):
    """A non-linear one that takes LBFGS some dozens of evaluations."""
    return {"matrix": random((40, 30), dtype, 1) / 4, "target": random((40,), dtype, 2)}


class Minimum:
    """LBFGS's steps in Python, and what C++ is asked."""

    def __init__(self, options, dtype, warm_up):
        self.title = f"LBFGS {options} {dtype} after {warm_up} steps"
        params = [random((size,), dtype, i).requires_grad_() for i, size in enumerate([30, 40])]
        self.job = {"optimizer": "LBFGS", "options": [options], "steps": 4, **problem(dtype)}
        optimizer = torch.optim.LBFGS(params, **options)

        def closure():
            optimizer.zero_grad()
            product = torch.mv(self.job["matrix"], params[0])
            bent = torch.tanh(product)
            shifted = torch.add(bent, params[1])
            error = torch.sub(shifted, self.job["target"])
            squares = torch.mul(error, error)
            total = torch.sum(squares)
            total.backward()
            return total

        for _ in range(warm_up):
            optimizer.step(closure)
        state = optimizer.state[params[0]]
        self.job["params"] = [param.detach().clone() for param in params]
        self.job["state"] = lbfgs_state(state) if warm_up else None
        try:
            losses = [optimizer.step(closure).detach().clone() for _ in range(self.job["steps"])]
        except RuntimeError as error:
            self.expected = str(error).splitlines()[0]
            return
        self.expected = {f"loss{i}": loss for i, loss in enumerate(losses)}
        self.expected |= result(params, [])
        self.expected |= {key: torch.tensor(state[key]) for key in ("n_iter", "func_evals")}


def lbfgs_state(state):
    """As C++ has it: step lengths without their dtype, and no numbers between two steps (`al`)."""
    state = {key: value for key, value in state.items() if key != "al"}
    state |= {"t": float(state["t"]), "H_diag": torch.as_tensor(state["H_diag"])}
    return copy.deepcopy(state)


def test_lbfgs_gives_the_bits_of_python(tmp_path):
    dtypes = [torch.float32, torch.float64, torch.bfloat16]
    check([Minimum(*cell) for cell in itertools.product(LBFGS, dtypes, [0, 1])], tmp_path)


def test_lbfgs_ends_in_fp16_as_in_python(tmp_path):
    """Step lengths leave the range of fp16: with NaN, or with torch's error."""
    cells = [Minimum(options, torch.float16, 0) for options in LBFGS]
    overflow = "value cannot be converted to type c10::Half without overflow"
    assert {cell.expected for cell in cells if isinstance(cell.expected, str)} == {overflow}
    check(cells, tmp_path)


def random_rows(shape, dtype, seed):
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randint(shape[0], (5,), generator=generator)
    return {"indices": rows[None], "values": random((5, *shape[1:]), dtype, seed),
            "like": torch.zeros(shape)}


def as_sparse(rows):
    return torch.sparse_coo_tensor(rows["indices"], rows["values"], rows["like"].shape)


class SparseCell:
    """Gradients of some rows, some of them twice."""

    def __init__(self, name, options, dtype):
        self.title = f"{name} {options} {dtype}, sparse"
        param = random((50, 7), dtype, 0).requires_grad_()
        optimizer = make(name, [param], options)
        grads = [[random_rows((50, 7), dtype, step)] for step in range(STEPS)]
        self.job = {"optimizer": name, "options": [group_options(optimizer.param_groups[0])],
                    "steps": STEPS, "params": [param.detach().clone()], "state": [], "grads": grads}
        for (rows,) in grads:
            param.grad = as_sparse(rows)
            optimizer.step()
        self.expected = result([param], states(optimizer, [param]))


def test_adagrad_takes_sparse_gradients_as_python(tmp_path):
    dense_only = [options for options in ADAGRAD if options["weight_decay"] == 0]
    cells = itertools.product(dense_only, [torch.float32, torch.float64])
    check([SparseCell("Adagrad", *cell) for cell in cells], tmp_path)


def test_sgd_takes_sparse_gradients_as_python(tmp_path):
    plain = [SGD[0]]
    cells = itertools.product(plain, [torch.float32, torch.float64])
    check([SparseCell("SGD", *cell) for cell in cells], tmp_path)


def test_a_float32_count_of_steps_ends_where_that_of_python_ends(tmp_path):
    """Python counts in float32, which has no 2^24 + 1."""
    options = {**ADAGRAD[0], "lr_decay": 0.07, "lr": 1e5}
    cell = Cell("Adagrad", options, DTYPES[0], 17)
    params = [param.clone().requires_grad_() for param in cell.job["params"]]
    optimizer = make("Adagrad", params, options)
    for param, state in zip(params, cell.job["state"], strict=True):
        state["step"].fill_(2**24 - 3)
        optimizer.state[param] = {key: value.clone() for key, value in state.items()}
    take_steps(optimizer, params, cell.job["grads"])
    cell.expected = result(params, states(optimizer, params))
    check([cell], tmp_path)
