"""What README.md and docs/python.md show is run."""

import re

import pytest
import torch
from conftest import MODELS, SOURCE

import statestone


def blocks(name):
    text = (SOURCE / name).read_text()
    return re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(8, 32)


@pytest.fixture
def names(tmp_path, monkeypatch):
    """A folder and the names that the documents speak of."""
    monkeypatch.chdir(tmp_path)
    net = Net()
    adam = torch.optim.Adam(net.parameters())
    net.fc(torch.ones(8)).sum().backward()
    adam.step()
    (tmp_path / "resnet50.pth").symlink_to(MODELS / "tiny.pth")
    statestone.save(net.state_dict(), tmp_path / "weights.stone")
    state = {"model": net, "optimizer": adam.state_dict(), "epoch": 12}
    resumed = Net()
    return {
        "net": net,
        "adam": adam,
        "schedule": torch.optim.lr_scheduler.CosineAnnealingLR(adam, T_max=10),
        "resumed": resumed,
        "resumed_adam": torch.optim.Adam(resumed.parameters()),
        "state": state,
        "statestone": statestone,
    }


def test_the_readme_saves_and_resumes(names):
    (block,) = blocks("README.md")
    exec(block, names)
    assert torch.equal(names["rows"], names["net"].fc.weight[10:20])
    assert torch.equal(names["resumed"].fc.weight, names["net"].fc.weight)
    assert len(names["resumed_adam"].state) == 2
    assert statestone.load("run.stone")["epoch"] == 13
    assert statestone.load("resnet50.stone")


def test_the_guide_runs(names):
    saving, loading, parts, into, whole, errors = blocks("docs/python.md")
    exec(saving, names)
    exec(loading.replace('map_location="cuda"', 'map_location="meta"'), names)
    exec(parts, names)
    # As a file from a parallel run has it.
    weights = {f"module.{name}": tensor for name, tensor in names["net"].state_dict().items()}
    statestone.save({"model": weights}, "parallel.stone")
    names["run"] = statestone.open("parallel.stone")
    exec(into, names)
    assert names["report"].loaded == ["fc.weight", "fc.bias"]
    exec(whole, names)
    exec(errors, names)


def test_functions_say_what_they_take_and_raise():
    for name in statestone.__all__:
        thing = getattr(statestone, name)
        if callable(thing):
            assert thing.__doc__, name
    for name in ("save", "load", "load_into", "open", "append", "convert"):
        document = getattr(statestone, name).__doc__
        assert "Raises:" in document, name
