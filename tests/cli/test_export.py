import pytest

from conftest import run


def network():
    import torch

    torch.manual_seed(1)
    return torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3))


def training_state(net, key):
    import torch

    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(2, 4)).sum().backward()
    optimizer.step()
    return {key: net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3,
            "lr_scheduler": {"last_epoch": 3}}


@pytest.mark.parametrize("key", ["model", "state_dict", "model_state_dict"])
def test_weights_alone_are_left_of_a_training_checkpoint(save, tmp_path, key):
    net = network()
    _, weights = None, None
    state = training_state(net, key)
    bare, _ = save("bare", net.state_dict())
    for source in save("run", state):
        target = tmp_path / "model.stone"
        result = run("export", "--json", "--force", source, target)
        assert result.status == 0, result.err
        assert result.json["left_out"] == ["optimizer", "epoch", "lr_scheduler"]
        assert run("diff", bare, target).status == 0
        text = run("export", "--force", source, target).out
        assert "left out optimizer\n" in text


def test_the_module_loads_what_was_exported(save, tmp_path):
    import safetensors.torch
    import torch

    net = network()
    source, _ = save("run", training_state(net, "model"))
    target = tmp_path / "model.safetensors"
    assert run("export", "--dtype", "fp32", source, target).status == 0
    other = network()
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    other.load_state_dict(safetensors.torch.load_file(target))
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), other.parameters()))


def test_a_model_entry_keeps_what_it_says_of_itself(sample, tmp_path):
    target = tmp_path / "model.stone"
    result = run("export", "--json", sample("transformer"), target)
    assert result.status == 0, result.err
    assert result.json["left_out"] == ["optimizer", "epoch", "loss", "config", "rng",
                                       "tokenizer.json"]
    (entry,) = run("inspect", "--json", target).json["entries"]
    assert entry["name"] == "model" and entry["model"]["architecture"] == "gpt-mini"


def test_a_file_of_weights_alone_stays_as_it_is(sample, tmp_path):
    target = tmp_path / "model.stone"
    result = run("export", "--json", sample("conv_net"), target)
    assert result.status == 0 and result.json["left_out"] == []
    assert run("diff", sample("conv_net"), target).status == 0


def test_a_file_without_weights_is_refused_with_what_there_is(save, sample, tmp_path):
    import torch

    target = tmp_path / "model.stone"
    result = run("export", "--json", sample("values"), target)
    assert result.status == 1 and result.json["error"]["code"] == "not_found"
    source, _ = save("two", {"left": {"w": torch.ones(1)}, "right": {"w": torch.ones(1)}})
    result = run("export", "--json", source, target)
    assert result.status == 1 and result.json["error"]["found"] == "left, right"
    assert "--only" in result.json["error"]["advice"]
    assert not target.exists()
