"""Optimizers of torch in a checkpoint: named where that is certain, and back as they were.

The program is STATESTONE_PROGRAM; torch is the judge of what comes back.
"""

import json
import os
import subprocess
import warnings

import pytest
import torch

PROGRAM = os.environ["STATESTONE_PROGRAM"]
NAMES = ["0.weight", "0.bias", "2.weight", "2.bias"]

#: Class -> (options, names of the state that each parameter has).
OPTIMIZERS = {
    "SGD": ({"momentum": 0.9}, ["momentum_buffer"]),
    "Adam": ({"amsgrad": True}, ["step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq"]),
    "AdamW": ({}, ["step", "exp_avg", "exp_avg_sq"]),
    "RMSprop": ({"centered": True, "momentum": 0.5},
                ["step", "square_avg", "momentum_buffer", "grad_avg"]),
    "Adagrad": ({}, ["step", "sum"]),
    "Adadelta": ({}, ["step", "square_avg", "acc_delta"]),
    "NAdam": ({}, ["step", "mu_product", "exp_avg", "exp_avg_sq"]),
    "ASGD": ({}, ["step", "eta", "mu", "ax"]),
    "Rprop": ({}, ["step", "prev", "step_size"]),
    "Adafactor": ({}, ["step", "row_var", "col_var", "variance"]),
}
#: Options of these are those of others, so that the class is not known from them.
WITHOUT_A_NAME = {"Adamax": ["step", "exp_avg", "exp_inf"],
                  "RAdam": ["step", "exp_avg", "exp_avg_sq"]}


def network():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))


def train(net, optimizer, steps=3):
    torch.manual_seed(1)
    batch = torch.randn(8, 3)

    def loss():
        optimizer.zero_grad()
        value = net(batch).square().mean()
        value.backward()
        return value

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(steps):
            optimizer.step(loss)


def run(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def through_stone(state, tmp_path):
    """What inspect says of the converted file, and what torch loads from the way back."""
    torch.save(state, tmp_path / "state.pt")
    run("convert", tmp_path / "state.pt", tmp_path / "state.stone")
    run("convert", tmp_path / "state.stone", tmp_path / "back.pt")
    said = json.loads(run("inspect", "--json", tmp_path / "state.stone"))
    return said, torch.load(tmp_path / "back.pt", weights_only=True)


def paths(said):
    return {tensor["path"] for tensor in said["tensors"]}


def entry(said, name):
    return next(entry for entry in said["entries"] if entry["name"] == name)


def assert_same(found, wanted, path="state"):
    """Equal types, orders and bits."""
    assert type(found) is type(wanted), path
    if isinstance(wanted, torch.Tensor):
        assert found.dtype == wanted.dtype and found.shape == wanted.shape, path
        assert found.stride() == wanted.stride(), path
        assert torch.equal(found, wanted), path
    elif isinstance(wanted, dict):
        assert list(found) == list(wanted), path
        for key in wanted:
            assert_same(found[key], wanted[key], f"{path}/{key}")
    elif isinstance(wanted, (list, tuple)):
        assert len(found) == len(wanted), path
        for i, (a, b) in enumerate(zip(found, wanted)):
            assert_same(a, b, f"{path}/{i}")
    else:
        assert found == wanted, path


def assert_named(said, algorithm, slots):
    optimizer = [path for path in paths(said) if path.startswith("optimizer/")]
    assert {path.split("/")[2] for path in optimizer} == set(slots)
    assert {path.split("/")[3] for path in optimizer} <= set(NAMES)
    assert entry(said, "optimizer")["optimizer"]["algorithm"] == algorithm
    assert entry(said, "optimizer")["optimizer"]["model"] == "model"


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_names_the_state_of_optimizers_made_from_named_parameters(name, tmp_path):
    options, slots = OPTIMIZERS[name]
    net = network()
    optimizer = getattr(torch.optim, name)(net.named_parameters(), lr=0.01, **options)
    train(net, optimizer)
    state = {"model": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}

    said, back = through_stone(state, tmp_path)

    assert_named(said, name, slots)
    assert_same(back, state)


@pytest.mark.parametrize("name", WITHOUT_A_NAME)
def test_leaves_the_class_open_where_options_do_not_tell_it(name, tmp_path):
    net = network()
    optimizer = getattr(torch.optim, name)(net.named_parameters())
    train(net, optimizer)
    state = {"model": net.state_dict(), "optimizer": optimizer.state_dict()}

    said, back = through_stone(state, tmp_path)

    assert_named(said, "", WITHOUT_A_NAME[name])
    assert_same(back, state)


def test_keeps_lbfgs_with_its_lists_and_holes(tmp_path):
    net = network()
    optimizer = torch.optim.LBFGS(net.named_parameters(), history_size=50)
    train(net, optimizer, steps=1)
    state = {"model": net.state_dict(), "optimizer": optimizer.state_dict()}
    assert None in state["optimizer"]["state"][0]["al"]

    said, back = through_stone(state, tmp_path)

    assert entry(said, "optimizer")["optimizer"]["algorithm"] == "LBFGS"
    assert_same(back, state)


def test_names_parameters_whose_shapes_are_unlike_all_others(tmp_path):
    net = network()
    optimizer = torch.optim.Adam(net.parameters())
    train(net, optimizer)
    state = {"model": net.state_dict(), "optimizer": optimizer.state_dict()}

    said, back = through_stone(state, tmp_path)

    assert_named(said, "Adam", ["step", "exp_avg", "exp_avg_sq"])
    assert_same(back, state)


def test_leaves_optimizers_plain_of_which_the_model_has_other_tensors_too(tmp_path):
    net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    temperature = torch.nn.Parameter(torch.tensor(1.0))
    optimizer = torch.optim.AdamW([temperature])
    temperature.square().backward()
    optimizer.step()
    state = {"model": net.state_dict(), "temperature": temperature.detach(),
             "optimizer": optimizer.state_dict()}

    said, back = through_stone(state, tmp_path)

    assert "optimizer" not in entry(said, "optimizer")
    assert_same(back, state)


def test_names_no_model_where_two_fit(tmp_path):
    nets = [network(), network()]
    optimizer = torch.optim.Adam(nets[1].named_parameters())
    train(nets[1], optimizer)
    state = {"first": nets[0].state_dict(), "second": nets[1].state_dict(),
             "optimizer": optimizer.state_dict()}

    said, back = through_stone(state, tmp_path)

    assert entry(said, "optimizer")["optimizer"]["model"] == ""
    assert_same(back, state)


def test_leaves_optimizers_plain_where_two_layers_have_one_shape(tmp_path):
    net = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Linear(3, 3))
    optimizer = torch.optim.Adam(net.parameters())
    train(net, optimizer)
    state = {"model": net.state_dict(), "optimizer": optimizer.state_dict()}

    said, back = through_stone(state, tmp_path)

    assert "optimizer" not in entry(said, "optimizer")
    assert "optimizer/state/\\#0/exp_avg" in paths(said)
    assert_same(back, state)


def test_names_optimizers_in_lists_and_below_other_keys(tmp_path):
    net = network()
    optimizer = torch.optim.AdamW(net.named_parameters())
    train(net, optimizer)
    state = {"state_dict": net.state_dict(), "optimizer_states": [optimizer.state_dict()],
             "trainer": {"optimizer": optimizer.state_dict()["param_groups"]}}

    said, back = through_stone(state, tmp_path)

    assert "optimizer_states/0/state/exp_avg/0.weight" in paths(said)
    assert_same(back, state)


def test_names_an_optimizer_that_was_saved_by_itself(tmp_path):
    net = network()
    optimizer = torch.optim.AdamW(net.named_parameters())
    train(net, optimizer)

    said, back = through_stone(optimizer.state_dict(), tmp_path)

    assert "state/exp_avg/0.weight" in paths(said)
    assert entry(said, "")["optimizer"] == {"algorithm": "AdamW", "model": "", "groups": 1,
                                            "parameters": 4}
    assert_same(back, optimizer.state_dict())


def test_keeps_the_order_of_groups_and_of_parameters_that_got_state_late(tmp_path):
    net = network()
    named = dict(net.named_parameters())
    groups = [{"params": [(n, named[n]) for n in ("2.weight", "2.bias")], "lr": 0.1},
              {"params": [(n, named[n]) for n in ("0.weight", "0.bias")], "weight_decay": 0.5}]
    optimizer = torch.optim.SGD(groups, lr=0.01, momentum=0.9)
    named["2.weight"].requires_grad = False
    train(net, optimizer, steps=1)
    named["2.weight"].requires_grad = True
    train(net, optimizer, steps=1)
    state = {"model": net.state_dict(), "optimizer": optimizer.state_dict()}
    assert list(state["optimizer"]["state"]) == [1, 2, 3, 0]

    said, back = through_stone(state, tmp_path)

    assert_named(said, "SGD", ["momentum_buffer"])
    assert_same(back, state)


def test_leaves_a_dict_plain_that_only_looks_like_an_optimizer(tmp_path):
    state = {"model": {"w": torch.ones(2)},
             "optimizer": {"state": {"0": {"exp_avg": torch.ones(2)}},
                           "param_groups": [{"param_names": ["w"], "params": [0]}]},
             "other": {"state": {}, "param_groups": [{"param_names": ["w", "w"], "params": [0, 1]}]}}

    said, back = through_stone(state, tmp_path)

    assert "optimizer" not in entry(said, "optimizer")
    assert "optimizer" not in entry(said, "other")
    assert_same(back, state)


def test_leaves_an_optimizer_plain_whose_state_stands_elsewhere_too(tmp_path):
    net = network()
    optimizer = torch.optim.SGD(net.named_parameters(), lr=0.1, momentum=0.9)
    train(net, optimizer)
    saved = optimizer.state_dict()
    state = {"model": net.state_dict(), "optimizer": saved,
             "watched": [saved["state"][0]["momentum_buffer"]]}

    said, back = through_stone(state, tmp_path)

    assert "optimizer" not in entry(said, "optimizer")
    assert_same(back, state)
    assert back["watched"][0] is back["optimizer"]["state"][0]["momentum_buffer"]
