"""What save writes says the same as what torch.save wrote, converted."""

import collections
import subprocess

import hypothesis
import numpy as np
import pytest
import torch
from conftest import MODELS, PROGRAM, assert_same
from test_round_trip import SETTINGS, states

import statestone


def digest(path):
    done = subprocess.run([PROGRAM, "digest", path], capture_output=True, text=True, check=True)
    return done.stdout.split()[0]


def digests_of_both_ways(state, folder):
    torch.save(state, folder / "state.pt")
    statestone.convert(folder / "state.pt", folder / "converted.stone")
    statestone.save(state, folder / "saved.stone")
    with statestone.open(folder / "converted.stone") as run:
        converted = run.digest()
    with statestone.open(folder / "saved.stone") as run:
        return run.digest(), converted


def trained():
    net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Linear(8, 2))
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, amsgrad=True)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [1, 5])
    for _ in range(2):
        net(torch.randn(6, 4)).square().sum().backward()
        optimizer.step()
        scheduler.step()
    return net, optimizer, scheduler


def run_state():
    net, optimizer, scheduler = trained()
    return {
        "model": net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": torch.get_rng_state(),
        "epoch": 12,
        "best": float("inf"),
        "config": {"sizes": (4, 8), "name": "café", "dtype": torch.bfloat16, 3: None},
        "scores": {"a": np.float32(0.5), "b": np.arange(6, dtype=np.int16).reshape(2, 3)},
    }


STATES = {
    "a state_dict": lambda: trained()[0].state_dict(),
    "a dict of tensors": lambda: {"w": torch.randn(3, 4), "b": torch.ones(2).bfloat16()},
    "a run": run_state,
    "an empty dict": lambda: {},
    "an ordered dict of values": lambda: collections.OrderedDict(b=1, a=2),
    "keys that cannot be names": lambda: {"": 1, "a": 2},
    "keys that are numbers": lambda: {1: torch.ones(2), 2: 3},
    "a list": lambda: [torch.ones(2), 1, {"x": torch.zeros(3)}],
    "a number": lambda: 5,
    "a tensor": lambda: torch.randn(2, 3).t(),
    "a parameter": lambda: torch.nn.Parameter(torch.ones(2)),
    "a counter": lambda: {"counts": collections.Counter("abca"), "x": 1},
    "a defaultdict": lambda: {"d": collections.defaultdict(list, {"a": [1]}), "x": 1},
}


@pytest.mark.parametrize("name", STATES)
def test_save_says_what_converting_says(name, tmp_path):
    saved, converted = digests_of_both_ways(STATES[name](), tmp_path)
    assert saved == converted
    assert digest(tmp_path / "saved.stone") == saved


def test_tied_tensors_are_tied_in_both(tmp_path):
    w = torch.randn(4, 4)
    state = {"w": w, "t": w.t(), "rows": w[1:3], "list": [w, w[0]], "twice": {"a": w, "b": w}}
    saved, converted = digests_of_both_ways(state, tmp_path)
    assert saved == converted


@pytest.mark.parametrize("name", ["full.pth", "tiny.pth", "onet.pt", "pnet.pt", "rnet.pt"])
def test_published_weights_say_the_same(name, tmp_path):
    state = torch.load(MODELS / name, map_location="cpu", weights_only=True)
    statestone.convert(MODELS / name, tmp_path / "converted.stone")
    statestone.save(state, tmp_path / "saved.stone")
    assert digest(tmp_path / "saved.stone") == digest(tmp_path / "converted.stone")
    assert_same(statestone.load(tmp_path / "converted.stone"), state)


@hypothesis.settings(SETTINGS, max_examples=100)
@hypothesis.given(states)
def test_nested_states_say_what_converting_says(tmp_path_factory, state):
    saved, converted = digests_of_both_ways(state, tmp_path_factory.mktemp("states"))
    assert saved == converted


def test_the_same_state_gives_the_same_bytes(tmp_path):
    state = run_state()
    statestone.save(state, tmp_path / "a.stone", threads=1)
    statestone.save(state, tmp_path / "b.stone", threads=3)
    assert (tmp_path / "a.stone").read_bytes() == (tmp_path / "b.stone").read_bytes()


def test_what_is_loaded_resumes_a_run(tmp_path):
    net, optimizer, scheduler = trained()
    statestone.save(
        {"net": net.state_dict(), "adam": optimizer.state_dict(), "lr": scheduler.state_dict()},
        tmp_path / "run.stone",
    )
    state = statestone.load(tmp_path / "run.stone")
    resumed, other_optimizer, other_scheduler = trained()
    resumed.load_state_dict(state["net"])
    other_optimizer.load_state_dict(state["adam"])
    other_scheduler.load_state_dict(state["lr"])
    batch = torch.randn(6, 4)
    for module, adam, lr in (
        (net, optimizer, scheduler),
        (resumed, other_optimizer, other_scheduler),
    ):
        adam.zero_grad()
        module(batch).square().sum().backward()
        adam.step()
        lr.step()
    assert_same(resumed.state_dict(), net.state_dict())
    assert scheduler.get_last_lr() == other_scheduler.get_last_lr()
