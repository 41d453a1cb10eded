"""Modules as entries: what is kept of them, and restoring them."""

import collections

import pytest
import torch
from conftest import assert_same, bits

import statestone


class Net(torch.nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.embed = torch.nn.Embedding(5, width)
        self.body = torch.nn.Sequential(
            torch.nn.Linear(width, width), torch.nn.BatchNorm1d(width), torch.nn.Dropout()
        )
        self.head = torch.nn.Linear(width, 5, bias=False)
        self.head.weight = self.embed.weight
        self.register_buffer("kept", torch.arange(3))
        self.register_buffer("passing", torch.ones(2), persistent=False)


class Holder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.net = Net()


@pytest.fixture
def saved(tmp_path):
    net = Net()
    net.body[0].bias.requires_grad_(False)
    net.body[1].eval()
    path = tmp_path / "run.stone"
    statestone.save({"model": net, "epoch": 3}, path)
    return net, path


def assert_equal_tensors(found, expected):
    for (name, tensor), (other, wanted) in zip(
        found.state_dict().items(), expected.state_dict().items()
    ):
        assert name == other
        assert bits(tensor) == bits(wanted), name


def test_a_module_is_a_model_entry_and_loads_as_its_state_dict(saved):
    net, path = saved
    state = statestone.load(path)
    assert_same(state["model"], net.state_dict())
    assert type(state["model"]) is collections.OrderedDict
    assert state["model"]["head.weight"].data_ptr() == state["model"]["embed.weight"].data_ptr()
    assert state["epoch"] == 3
    with statestone.open(path) as run:
        assert run.info()["entries"] == {"model": "model", "epoch": "value"}
        assert run["model"]["body.0.bias"].kind == "parameter"
        assert not run["model"]["body.0.bias"].requires_grad
        assert run["model"]["kept"].kind == "buffer"
        model = run["model"].model()
        assert (model["training"], model["training_exceptions"]) == (True, ["body.1"])


def test_a_module_alone_is_a_file(tmp_path):
    net = Net()
    statestone.save(net, tmp_path / "net.stone")
    assert_same(statestone.load(tmp_path / "net.stone"), net.state_dict())
    other = Net()
    report = statestone.open(tmp_path / "net.stone").restore(other)
    assert report.exact and len(report.loaded) == len(net.state_dict())
    assert_equal_tensors(other, net)


def test_restore_keeps_the_identity_of_parameters(saved):
    net, path = saved
    other = Net()
    parameters = {name: (id(p), p.data_ptr()) for name, p in other.named_parameters()}
    statestone.open(path).restore(model=other)
    assert_equal_tensors(other, net)
    found = {name: (id(p), p.data_ptr()) for name, p in other.named_parameters()}
    assert found == parameters
    assert other.body[0].bias.requires_grad and other.body[1].training


def test_restore_takes_modes_and_gradients_when_asked(saved):
    net, path = saved
    other = Net()
    report = statestone.open(path).restore(model=other, training_mode=True, requires_grad=True)
    assert report.training_differs == ["body.1"]
    assert not other.body[0].bias.requires_grad
    assert [m.training for m in other.modules()] == [m.training for m in net.modules()]


def test_autograd_notices_a_restore(saved):
    _, path = saved
    other = Net()
    loss = other.body[0](torch.ones(2, 8, requires_grad=True)).square().sum()
    statestone.open(path).restore(model=other)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_a_module_that_does_not_fit_stays_as_it_was(saved, refusal):
    _, path = saved
    other = Net(width=6)
    before = {name: tensor.clone() for name, tensor in other.state_dict().items()}
    error = refusal(statestone.open(path).restore, model=other)
    assert (error.code, error.entry, error.path) == ("mismatch", "model", str(path))
    changed = [d.name for d in error.report.shape_changed]
    assert "body.0.weight" in changed and "embed.weight" in changed
    assert "expected float32 [6, 6]  found float32 [8, 8]" in str(error)
    for name, tensor in other.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_several_modules_are_restored_together_or_not_at_all(tmp_path, refusal):
    first, second = torch.nn.Linear(2, 2), torch.nn.Linear(3, 3)
    statestone.save({"a": first, "b": second}, tmp_path / "two.stone")
    run = statestone.open(tmp_path / "two.stone")
    fits = torch.nn.Linear(2, 2)
    before = fits.weight.clone()
    assert refusal(run.restore, a=fits, b=torch.nn.Linear(3, 4)).entry == "b"
    assert torch.equal(fits.weight, before)
    reports = run.restore(a=fits, b=torch.nn.Linear(3, 3))
    assert set(reports) == {"a", "b"} and torch.equal(fits.weight, first.weight)


def test_renames_are_proposed_and_taken(saved, refusal):
    net, path = saved
    holder = Holder()
    run = statestone.open(path)
    error = refusal(run.restore, model=holder)
    assert error.report.likely_renames == [("", "net.")]
    run.restore(model=holder, rename=error.report.likely_renames)
    assert_equal_tensors(holder.net, net)
    error = refusal(run.restore, model=holder, rename={"": "net.", "no.such.": "x."})
    assert error.report.unused_renames == [("no.such.", "x.")]
    assert refusal(run.restore, model=net, rename={"a.": "b"}).code == "invalid_argument"


def test_missing_and_unexpected_tensors_can_be_allowed(tmp_path, refusal):
    statestone.save({"weight": torch.ones(2, 2), "old": torch.ones(1)}, tmp_path / "part.stone")
    run = statestone.open(tmp_path / "part.stone")
    linear = torch.nn.Linear(2, 2)
    error = refusal(run.restore, linear)
    assert [d.name for d in error.report.missing] == ["bias"]
    assert [d.name for d in error.report.unexpected] == ["old"]
    report = run.restore(linear, strict=False)
    assert report.loaded == ["weight"] and linear.weight.tolist() == [[1, 1], [1, 1]]


def test_element_types_are_converted_only_when_allowed(tmp_path, refusal):
    state = torch.nn.Linear(2, 2).bfloat16().state_dict()
    statestone.save(state, tmp_path / "bf16.stone")
    run = statestone.open(tmp_path / "bf16.stone")
    linear = torch.nn.Linear(2, 2)
    error = refusal(run.restore, linear)
    assert [d.found for d in error.report.dtype_changed] == ["bfloat16 [2, 2]", "bfloat16 [2]"]
    run.restore(linear, allow_dtype_change=True)
    assert torch.equal(linear.weight, state["weight"].float())


def test_a_module_whose_ties_contradict_the_file_is_refused(tmp_path, refusal):
    net = Net()
    state = net.state_dict()
    state["head.weight"] = state["head.weight"] + 1
    statestone.save(state, tmp_path / "untied.stone")
    before = net.embed.weight.clone()
    error = refusal(statestone.open(tmp_path / "untied.stone").restore, net)
    assert [d.name for d in error.report.tie_conflicts] == ["head.weight"]
    assert torch.equal(net.embed.weight, before)
    state["head.weight"] = state["embed.weight"].clone()  # other memory, the same values
    statestone.save(state, tmp_path / "equal.stone")
    statestone.open(tmp_path / "equal.stone").restore(Net())


def test_a_tied_tensor_may_stand_under_one_of_its_names(tmp_path):
    net = Net()
    state = net.state_dict()
    del state["head.weight"]
    statestone.save(state, tmp_path / "once.stone")
    other = Net()
    report = statestone.open(tmp_path / "once.stone").restore(other)
    assert "head.weight" in report.loaded
    assert torch.equal(other.head.weight, net.embed.weight)


def test_ties_of_the_file_that_the_module_lacks_are_told(saved):
    net, path = saved
    other = Net()
    other.head.weight = torch.nn.Parameter(torch.zeros(5, 8))
    report = statestone.open(path).restore(model=other)
    assert [d.name for d in report.untied] == ["head.weight"]
    assert torch.equal(other.head.weight, net.head.weight)


def test_strided_parameters_are_restored_element_by_element(tmp_path):
    linear = torch.nn.Linear(3, 4)
    statestone.save(linear, tmp_path / "linear.stone")
    other = torch.nn.Linear(3, 4)
    other.weight = torch.nn.Parameter(torch.zeros(3, 4).t())
    statestone.open(tmp_path / "linear.stone").restore(other)
    assert torch.equal(other.weight, linear.weight)
    assert other.weight.stride() == (1, 4)


def test_modules_are_restored_from_what_is_a_model(saved, refusal):
    _, path = saved
    run = statestone.open(path)
    optimizer = torch.optim.SGD(Net().parameters(), lr=0.1)
    error = refusal(run.restore, model=optimizer)
    assert error.code == "invalid_argument" and error.found == "a model"
    assert refusal(run.restore, other=Net()).code == "not_found"
    assert refusal(run.restore, epoch=Net()).code == "invalid_argument"
    assert refusal(run.restore).code == "invalid_argument"


def test_models_inside_of_values_are_restored_by_path(tmp_path):
    net = Net()
    statestone.save({"run": {"model": net.state_dict(), "n": 1}}, tmp_path / "deep.stone")
    other = Net()
    report = statestone.open(tmp_path / "deep.stone").restore(other, entry="run/model")
    assert report.entry == "run/model"
    assert_equal_tensors(other, net)


def test_extra_state_is_refused_with_what_to_do(tmp_path, refusal):
    class Extra(torch.nn.Linear):
        def get_extra_state(self):
            return {"version": 2}

        def set_extra_state(self, state):
            self.restored = state

    error = refusal(statestone.save, {"model": Extra(2, 2)}, tmp_path / "extra.stone")
    assert error.code == "unrepresentable" and "state_dict()" in error.advice
    statestone.save({"model": Extra(2, 2).state_dict()}, tmp_path / "extra.stone")
    module = Extra(2, 2)
    module.load_state_dict(statestone.load(tmp_path / "extra.stone")["model"])
    assert module.restored == {"version": 2}
