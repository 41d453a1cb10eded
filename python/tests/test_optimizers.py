"""Optimizers, schedulers and others with a state: saved by name, restored with the same bits."""

import os
import subprocess

import pytest
import torch
from conftest import PROGRAM, assert_same

import statestone

OPTIMIZERS = {
    "SGD": {"lr": 0.1, "momentum": 0.9},
    "Adam": {"amsgrad": True},
    "AdamW": {},
    "RMSprop": {"centered": True, "momentum": 0.5},
    "Adagrad": {},
    "Adadelta": {},
    "Adamax": {},
    "NAdam": {},
    "RAdam": {},
    "ASGD": {},
    "Rprop": {},
    "Adafactor": {},
    "LBFGS": {"max_iter": 3, "history_size": 4},
}


def make_net(seed=0):
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Tanh(), torch.nn.Linear(3, 3))


def make(name, net):
    return getattr(torch.optim, name)(net.parameters(), **OPTIMIZERS[name])


def train(net, optimizer, steps, scheduler=None):
    batch = torch.linspace(-1, 1, 12).reshape(4, 3)

    def loss():
        optimizer.zero_grad()
        value = net(batch).square().mean()
        value.backward()
        return value

    for _ in range(steps):
        optimizer.step(loss)
        if scheduler is not None:
            scheduler.step()


def assert_goes_on_alike(net, optimizer, resumed, other, **schedulers):
    train(net, optimizer, 4, schedulers.get("scheduler"))
    train(resumed, other, 4, schedulers.get("resumed_scheduler"))
    assert_same(resumed.state_dict(), net.state_dict())
    assert_same(other.state_dict(), optimizer.state_dict())


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_goes_on_with_the_same_bits(name, tmp_path):
    net = make_net()
    optimizer = make(name, net)
    train(net, optimizer, 3)
    statestone.save({"model": net, "optimizer": optimizer}, tmp_path / "run.stone")
    resumed = make_net(seed=1)
    other = make(name, resumed)

    reports = statestone.open(tmp_path / "run.stone").restore(model=resumed, optimizer=other)

    assert reports["optimizer"].loaded == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert_goes_on_alike(net, optimizer, resumed, other)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_loads_as_the_state_dict(name, tmp_path):
    net = make_net()
    optimizer = make(name, net)
    train(net, optimizer, 2)
    statestone.save({"model": net, "optimizer": optimizer}, tmp_path / "run.stone")

    state = statestone.load(tmp_path / "run.stone")

    assert_same(state["optimizer"], optimizer.state_dict())
    assert_same(statestone.open(tmp_path / "run.stone")["optimizer"].load(), state["optimizer"])


def test_says_the_same_as_a_converted_checkpoint_that_knows_names(tmp_path):
    net = make_net()
    optimizer = torch.optim.AdamW(net.named_parameters())
    train(net, optimizer, 2)
    state = {"model": net.state_dict(), "optimizer": optimizer.state_dict()}
    torch.save(state, tmp_path / "run.pt")
    statestone.convert(tmp_path / "run.pt", tmp_path / "converted.stone")

    statestone.save(state, tmp_path / "saved.stone")

    saved = statestone.open(tmp_path / "saved.stone")
    assert saved.digest() == statestone.open(tmp_path / "converted.stone").digest()
    assert "optimizer/state/exp_avg/0.weight" in inspect(tmp_path / "saved.stone")


def inspect(path):
    return subprocess.run(
        [PROGRAM, "inspect", os.fspath(path)], capture_output=True, text=True, check=True
    ).stdout


def test_keeps_schedulers_and_scalers_and_goes_on_alike(tmp_path):
    net = make_net()
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.2, total_steps=20)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    train(net, optimizer, 3, scheduler)
    run = {"model": net, "optimizer": optimizer, "scheduler": scheduler, "scaler": scaler}
    statestone.save(run, tmp_path / "run.stone")
    resumed = make_net(seed=1)
    other = torch.optim.AdamW(resumed.parameters())
    resumed_scheduler = torch.optim.lr_scheduler.OneCycleLR(other, max_lr=0.5, total_steps=20)
    resumed_scaler = torch.amp.GradScaler("cpu")

    statestone.open(tmp_path / "run.stone").restore(
        model=resumed, optimizer=other, scheduler=resumed_scheduler, scaler=resumed_scaler
    )

    assert resumed_scaler.get_scale() == 1024.0
    assert_goes_on_alike(
        net, optimizer, resumed, other, scheduler=scheduler, resumed_scheduler=resumed_scheduler
    )


def test_keeps_the_element_type_of_moments(tmp_path):
    net = make_net().bfloat16()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    for parameter in net.parameters():
        optimizer.state[parameter]["momentum_buffer"] = torch.rand(parameter.shape)
    statestone.save({"model": net, "optimizer": optimizer}, tmp_path / "run.stone")
    other = torch.optim.SGD(net.parameters(), lr=0.5, momentum=0.9)

    statestone.open(tmp_path / "run.stone").restore(model=net, optimizer=other)

    for parameter in net.parameters():
        assert other.state[parameter]["momentum_buffer"].dtype == torch.float32
        assert_same(other.state[parameter], optimizer.state[parameter])


@pytest.fixture
def saved(tmp_path):
    net = make_net()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.25)
    train(net, optimizer, 2)
    statestone.save({"model": net, "optimizer": optimizer}, tmp_path / "run.stone")
    return net, optimizer, statestone.open(tmp_path / "run.stone")


def test_takes_groups_in_another_order(saved):
    net, optimizer, run = saved
    named = dict(net.named_parameters())
    groups = [
        {"params": [named["2.bias"], named["0.weight"]]},
        {"params": [named["0.bias"], named["2.weight"]], "lr": 1.0},
    ]
    other = torch.optim.Adam(groups, lr=0.5)

    run.restore(model=net, optimizer=other)

    assert [group["lr"] for group in other.param_groups] == [0.25, 0.25]
    for parameter in net.parameters():
        assert_same(other.state[parameter], optimizer.state[parameter])


def test_refuses_groups_that_mix_options(tmp_path, refusal):
    net = make_net()
    first, second = [*net[0].parameters()], [*net[2].parameters()]
    groups = [{"params": first, "lr": 0.1}, {"params": second, "lr": 0.2}]
    optimizer = torch.optim.Adam(groups)
    statestone.save({"model": net, "optimizer": optimizer}, tmp_path / "run.stone")
    run = statestone.open(tmp_path / "run.stone")
    other = torch.optim.Adam(net.parameters(), lr=0.5)

    error = refusal(run.restore, model=net, optimizer=other)

    assert error.code == "mismatch"
    assert error.report.groups_changed[0].found == "of the groups 0, 1"
    assert other.param_groups[0]["lr"] == 0.5
    run.restore(model=net, optimizer=other, strict=False)
    assert other.param_groups[0]["lr"] == 0.5


def test_says_which_parameters_are_missing_and_takes_renames(saved, refusal):
    _, optimizer, run = saved
    resumed = make_net(seed=1)
    renamed = torch.nn.ModuleDict({"first": resumed[0], "last": resumed[2]})
    other = torch.optim.Adam(renamed.parameters(), lr=0.5)

    error = refusal(run.restore, model=renamed, optimizer=other)
    assert error.code == "mismatch"
    assert not other.state

    run.restore(model=renamed, optimizer=other, rename={"0.": "first.", "2.": "last."})
    assert_same(other.state_dict(), optimizer.state_dict())


def test_changes_nothing_where_a_part_does_not_fit(saved, refusal):
    _, _, run = saved
    resumed = make_net(seed=1)
    before = {name: tensor.clone() for name, tensor in resumed.state_dict().items()}

    other_class = torch.optim.SGD(resumed.parameters(), lr=0.5)
    error = refusal(run.restore, model=resumed, optimizer=other_class)
    assert (error.code, error.expected, error.found) == ("mismatch", "SGD", "Adam")

    no_names = torch.optim.Adam(make_net().parameters())
    assert refusal(run.restore, model=resumed, optimizer=no_names).code == "invalid_argument"

    adam = torch.optim.Adam(resumed.parameters())
    assert refusal(run.restore, model=resumed, optimiser=adam).code == "not_found"
    assert refusal(run.restore, optimizer=object()).code == "invalid_argument"
    assert all(torch.equal(resumed.state_dict()[name], before[name]) for name in before)


@pytest.mark.parametrize(
    ("slot", "value"),
    [
        ("exp_avg", torch.zeros(2, 2)),
        ("exp_avg", 3.0),
        ("step", torch.tensor(float("nan"))),
        ("step", torch.tensor(-1.0)),
        ("step", "three"),
    ],
)
def test_refuses_state_that_does_not_fit(slot, value, saved, refusal, tmp_path):
    net, optimizer, _ = saved
    optimizer.state[net[0].bias][slot] = value
    statestone.save({"model": net, "optimizer": optimizer}, tmp_path / "bad.stone")
    resumed = make_net(seed=1)
    other = torch.optim.Adam(resumed.parameters())

    error = refusal(
        statestone.open(tmp_path / "bad.stone").restore, model=resumed, optimizer=other
    )

    assert error.code == "mismatch"
    assert slot in str(error) and "0.bias" in str(error)
    assert not other.state


def test_refuses_an_optimizer_whose_parameters_nobody_names(tmp_path, refusal):
    optimizer = torch.optim.Adam(make_net().parameters())

    error = refusal(statestone.save, {"optimizer": optimizer}, tmp_path / "run.stone")

    assert error.code == "unrepresentable"
    assert error.entry == "optimizer"
    assert "save a module that has all of them" in error.advice


def test_takes_the_names_that_torch_keeps(tmp_path):
    net = make_net()
    optimizer = torch.optim.Adam(net.named_parameters())
    train(net, optimizer, 1)
    statestone.save({"optimizer": optimizer}, tmp_path / "run.stone")
    other = torch.optim.Adam(net.named_parameters())

    statestone.open(tmp_path / "run.stone").restore(optimizer=other)

    assert_same(other.state_dict(), optimizer.state_dict())


def test_names_tied_parameters_once(tmp_path):
    net = make_net()
    net[2].weight = net[0].weight
    optimizer = torch.optim.Adam(net.parameters())
    train(net, optimizer, 2)
    statestone.save({"model": net, "optimizer": optimizer}, tmp_path / "run.stone")
    other = torch.optim.Adam(net.parameters())

    reports = statestone.open(tmp_path / "run.stone").restore(model=net, optimizer=other)

    assert reports["optimizer"].loaded == ["0.weight", "0.bias", "2.bias"]
    assert_same(other.state_dict(), optimizer.state_dict())


def test_finds_modules_and_optimizers_in_lists(tmp_path):
    net = make_net()
    optimizer = torch.optim.AdamW(net.parameters())
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 5)
    train(net, optimizer, 1)
    run = {"model": net, "optimizers": [optimizer], "schedulers": [scheduler]}
    statestone.save(run, tmp_path / "run.stone")

    state = statestone.load(tmp_path / "run.stone")

    assert_same(state["optimizers"], [optimizer.state_dict()])
    assert_same(state["schedulers"], [scheduler.state_dict()])
    assert "optimizers/0/state/exp_avg/0.weight" in inspect(tmp_path / "run.stone")


def test_refuses_the_state_of_another_scheduler_before_anything_changes(tmp_path, refusal):
    net = make_net()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 3)
    run = {"model": net, "optimizer": optimizer, "scheduler": scheduler, "plain": {"a": 1}}
    statestone.save(run, tmp_path / "run.stone")
    resumed = make_net(seed=1)
    before = [parameter.clone() for parameter in resumed.parameters()]
    other = torch.optim.SGD(resumed.parameters(), lr=0.25)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(other, 10)
    state = dict(cosine.state_dict())
    run = statestone.open(tmp_path / "run.stone")

    for entry in ("scheduler", "plain"):
        error = refusal(run.restore, model=resumed, optimizer=other, **{entry: cosine})
        assert error.code == "mismatch" and error.entry == entry
    assert refusal(run.restore, scheduler=type(cosine)).code == "invalid_argument"
    assert cosine.state_dict() == state
    assert all(map(torch.equal, resumed.parameters(), before))


def test_gives_objects_their_state_back_where_a_later_one_fails(tmp_path, refusal):
    class Stubborn:
        def load_state_dict(self, state):
            raise ValueError("not this one")

    net = make_net()
    scaler = torch.amp.GradScaler("cpu", init_scale=64.0)
    statestone.save({"model": net, "scaler": scaler, "other": {"a": 1}}, tmp_path / "run.stone")
    resumed, kept = make_net(seed=1), torch.amp.GradScaler("cpu", init_scale=2.0)
    before = resumed[0].weight.clone()

    run = statestone.open(tmp_path / "run.stone")
    error = refusal(run.restore, model=resumed, scaler=kept, other=Stubborn())

    assert error.code == "mismatch" and "ValueError" in error.found
    assert kept.get_scale() == 2.0
    assert torch.equal(resumed[0].weight, before)


def test_resumes_schedulers_with_milestones(tmp_path):
    def schedule(optimizer):
        parts = [
            torch.optim.lr_scheduler.ConstantLR(optimizer, 0.5, 2),
            torch.optim.lr_scheduler.MultiStepLR(optimizer, [2, 4]),
        ]
        return torch.optim.lr_scheduler.SequentialLR(optimizer, parts, [4])

    net, resumed = make_net(), make_net(seed=1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    scheduler = schedule(optimizer)
    train(net, optimizer, 3, scheduler)
    run = {"model": net, "optimizer": optimizer, "scheduler": scheduler}
    statestone.save(run, tmp_path / "run.stone")
    other = torch.optim.SGD(resumed.parameters(), lr=0.5)
    resumed_scheduler = schedule(other)

    run = statestone.open(tmp_path / "run.stone")
    run.restore(model=resumed, optimizer=other, scheduler=resumed_scheduler)

    assert_same(statestone.load(tmp_path / "run.stone")["scheduler"], scheduler.state_dict())
    assert_goes_on_alike(
        net, optimizer, resumed, other, scheduler=scheduler, resumed_scheduler=resumed_scheduler
    )


def test_refuses_lbfgs_in_another_order(tmp_path, refusal):
    net = make_net()
    optimizer = make("LBFGS", net)
    train(net, optimizer, 1)
    statestone.save({"model": net, "optimizer": optimizer}, tmp_path / "run.stone")
    other = torch.optim.LBFGS(list(net.parameters())[::-1])

    for strict in (True, False):
        error = refusal(
            statestone.open(tmp_path / "run.stone").restore,
            model=net,
            optimizer=other,
            strict=strict,
        )
        assert error.code == "mismatch"
    assert not other.state


def test_split_groups_do_not_share_a_learning_rate(tmp_path):
    net = make_net()
    optimizer = torch.optim.Adam(net.parameters(), lr=torch.tensor(0.25))
    train(net, optimizer, 1)
    statestone.save({"model": net, "optimizer": optimizer}, tmp_path / "run.stone")
    groups = [{"params": [parameter]} for parameter in net.parameters()]
    other = torch.optim.Adam(groups, lr=0.5)

    statestone.open(tmp_path / "run.stone").restore(model=net, optimizer=other)

    rates = [group["lr"] for group in other.param_groups]
    assert rates == [0.25] * 4
    assert len({id(rate) for rate in rates}) == 4


def test_a_rename_may_be_of_one_object_alone(saved):
    _, optimizer, run = saved
    resumed = make_net(seed=1)
    renamed = torch.nn.ModuleDict({"0": resumed[0], "head": resumed[2]})
    head = torch.optim.Adam(renamed.parameters())

    run.restore(model=renamed, optimizer=head, rename={"2.": "head."})

    assert_same(head.state_dict(), optimizer.state_dict())


def test_takes_classes_derived_from_the_one_that_was_saved(saved):
    class MyAdam(torch.optim.Adam):
        pass

    net, optimizer, run = saved
    other = MyAdam(net.parameters())
    run.restore(model=net, optimizer=other)
    assert_same(other.state_dict(), optimizer.state_dict())


def test_restores_optimizers_below_other_keys(tmp_path):
    net = make_net()
    plain = torch.optim.SGD(net.parameters(), lr=0.125)
    scheduler = torch.optim.lr_scheduler.StepLR(plain, 5)
    run = {"model": net, "trainer": {"optimizers": [plain], "schedule": scheduler}}
    statestone.save(run, tmp_path / "run.stone")
    other = torch.optim.SGD(net.parameters(), lr=0.5)
    other_schedule = torch.optim.lr_scheduler.StepLR(other, 7)

    statestone.open(tmp_path / "run.stone").restore(
        model=net, **{"trainer/optimizers/0": other, "trainer/schedule": other_schedule}
    )

    assert other.param_groups[0]["lr"] == 0.125
    assert other_schedule.step_size == 5


def test_tied_parameters_go_by_any_of_their_names(tmp_path):
    class Tied(torch.nn.Module):
        def __init__(self, first, second):
            super().__init__()
            layer = torch.nn.Linear(3, 3)
            setattr(self, first, layer)
            setattr(self, second, layer)

        def forward(self, batch):
            return self.a(self.b(batch))

    net, other = Tied("a", "b"), Tied("b", "a")
    optimizer = torch.optim.Adam(net.parameters())
    train(net, optimizer, 2)
    statestone.save({"model": net, "optimizer": optimizer}, tmp_path / "run.stone")
    resumed = torch.optim.Adam(other.parameters())

    statestone.open(tmp_path / "run.stone").restore(model=other, optimizer=resumed)

    assert_same(resumed.state_dict(), optimizer.state_dict())


def test_an_empty_state_is_no_state(tmp_path):
    net = make_net()
    optimizer = torch.optim.Adam(net.parameters())
    net[0].bias.requires_grad_(False)
    train(net, optimizer, 1)
    assert optimizer.state[net[0].bias] == {}  # reading it has made it
    statestone.save({"model": net, "optimizer": optimizer}, tmp_path / "run.stone")
    other = torch.optim.Adam(net.parameters())

    statestone.open(tmp_path / "run.stone", map_location="meta").restore(
        model=net, optimizer=other
    )

    assert len(other.state) == 3


def test_state_that_is_not_whole_is_refused(saved, refusal, tmp_path):
    net, optimizer, _ = saved
    del optimizer.state[net[0].bias]["exp_avg_sq"]
    statestone.save({"model": net, "optimizer": optimizer}, tmp_path / "part.stone")
    other = torch.optim.Adam(net.parameters())

    error = refusal(
        statestone.open(tmp_path / "part.stone").restore, model=net, optimizer=other
    )

    assert error.code == "mismatch" and error.expected == "exp_avg_sq"


def test_refuses_containers_that_hold_themselves(tmp_path, refusal):
    state = {}
    state["itself"] = state
    assert refusal(statestone.save, {"state": state}, tmp_path / "run.stone").code == (
        "unrepresentable"
    )
