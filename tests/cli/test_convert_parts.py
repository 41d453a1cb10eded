"""convert --only, --drop, --dtype, --to and --lossy."""

import math

import pytest

from conftest import run


def state():
    import torch

    torch.manual_seed(5)
    return {
        "model": {"fc.weight": torch.randn(64, 33), "fc.bias": torch.randn(64),
                  "bn.running_mean": torch.randn(64), "steps": torch.tensor(7)},
        "optimizer": {"state": {0: {"step": torch.tensor(3.0), "exp_avg": torch.randn(64, 33)}},
                      "param_groups": [{"lr": 0.1, "params": [0, 1]}]},
        "history": [1.5, torch.ones(2), {"best": 3}],
        "epoch": 3,
    }


def paths(file):
    index = run("inspect", "--json", file).json
    return [tensor["path"] for tensor in index["tensors"]], [e["name"] for e in index["entries"]]


def convert(source, target, *options):
    result = run("convert", "--json", "--force", *options, source, target)
    assert result.status == 0, result.err
    assert run("verify", target).status == 0
    return result.json


def test_only_keeps_what_a_pattern_covers(save, tmp_path):
    target = tmp_path / "part.stone"
    for source in save("run", state()):
        report = convert(source, target, "--only", "model")
        tensors, entries = paths(target)
        assert entries == ["model"] and len(tensors) == 4
        assert report["left_out"] == ["optimizer", "history", "epoch"]
        report = convert(source, target, "--only", "*.weight", "--only", "epoch")
        assert paths(target) == (["model/fc.weight"], ["model", "epoch"])
        assert report["left_out"] == ["model/fc.bias", "model/bn.running_mean", "model/steps",
                                      "optimizer", "history"]


def test_drop_leaves_out_what_a_pattern_covers(save, tmp_path):
    source, _ = save("run", state())
    target = tmp_path / "part.stone"
    report = convert(source, target, "--drop", "optimizer", "--drop", "model/bn.*")
    tensors, entries = paths(target)
    assert entries == ["model", "history", "epoch"] and "model/bn.running_mean" not in tensors
    assert report["left_out"] == ["model/bn.running_mean", "optimizer"]
    assert run("diff", "--json", source, target).json["different"] == []
    # Lists keep the places of what stays.
    convert(source, target, "--drop", "history/0", "--drop", "history/1")
    value = [e for e in run("inspect", "--json", target).json["entries"] if e["name"] == "history"]
    assert [item["kind"] for item in value[0]["value"]["items"]] == ["null", "null", "map"]


def test_only_and_drop_together(save, tmp_path):
    source, _ = save("run", state())
    target = tmp_path / "part.stone"
    convert(source, target, "--only", "model", "--drop", "*.bias")
    assert sorted(paths(target)[0]) == ["model/bn.running_mean", "model/fc.weight", "model/steps"]


def test_models_ties_and_attachments_survive_a_selection(sample, tmp_path):
    target = tmp_path / "part.stone"
    convert(sample("transformer"), target, "--drop", "optimizer")
    assert run("inspect", "--json", target, "model/lm_head.weight").json["tensor"]["tied_to"]
    differences = run("diff", "--json", sample("transformer"), target).json
    assert differences["different"] == [] and differences["only_in_b"] == []
    assert {t["path"].split("/")[0] for t in differences["only_in_a"]} == {"optimizer"}


def test_a_pattern_that_covers_nothing_is_refused(save, tmp_path):
    source, _ = save("run", state())
    for option in ("--only", "--drop"):
        result = run("convert", "--json", option, "modle*", source, tmp_path / "new.stone")
        assert result.status == 1 and result.json["error"]["code"] == "not_found"
        assert result.json["error"]["entry"] == "modle*"
    assert not (tmp_path / "new.stone").exists()


@pytest.mark.parametrize("short,name", [("bf16", "bfloat16"), ("fp16", "float16"),
                                        ("fp32", "float32")])
def test_dtype_rounds_as_torch_does_and_leaves_optimizers_alone(save, tmp_path, short, name):
    import torch

    dtype = getattr(torch, name)
    before = state()
    before["model"]["double"] = torch.randn(1000, dtype=torch.float64)
    before["model"]["half"] = torch.randn(1000).half()
    expected = dict(before, model={
        k: v.to(dtype) if v.is_floating_point() else v for k, v in before["model"].items()})
    expected["history"] = [1.5, torch.ones(2).to(dtype), {"best": 3}]
    _, wanted = save("wanted", expected)
    for source in save("run", before):
        target = tmp_path / "cast.stone"
        report = convert(source, target, "--dtype", short)
        result = run("diff", wanted, target)
        assert result.status == 0, result.out
        cast = report["cast"]
        changed = sum((before["model"][k].double() != expected["model"][k].double()).sum().item()
                      for k in before["model"])
        assert cast["changed"] == changed
        worst = max((before["model"][k].double() - expected["model"][k].double()).abs().max().item()
                    for k in before["model"])
        assert cast["max_abs"] == worst
        assert cast["overflows"] == 0


def test_the_loss_of_a_dtype_is_told(save, tmp_path):
    import torch

    source, _ = save("wide", {"w": torch.tensor([1e10, 1e-20, 1.0, math.nan, math.inf, 1.0001])})
    report = convert(source, tmp_path / "half.stone", "--dtype", "fp16")["cast"]
    assert report["tensors"] == 1 and report["elements"] == 6
    assert (report["changed"], report["overflows"], report["underflows"]) == (3, 1, 1)
    assert report["max_relative"] == 1.0
    text = run("convert", "--force", "--dtype", "fp16", source, tmp_path / "half.stone").out
    assert "1 tensor turned: 3 of 6 elements changed" in text
    assert "1 became infinite; 1 became zero" in text


def test_ties_survive_another_dtype(sample, tmp_path):
    target = tmp_path / "cast.stone"
    convert(sample("transformer"), target, "--dtype", "fp32")
    tensor = run("inspect", "--json", target, "model/lm_head.weight").json["tensor"]
    assert tensor["tied_to"] == "model/wte.weight" and tensor["dtype"] == "float32"
    found = run("diff", "--json", "--tensors-only", sample("transformer"), target).json
    assert all(t["elements"]["different"] == 0 for t in found["different"])
    assert found["only_in_a"] == found["only_in_b"] == []


def test_a_strided_tensor_is_turned_in_the_order_of_its_elements(sample, save, tmp_path):
    import numpy
    import torch

    assert run("extract", sample("dtypes"), "all/large_transposed", "-o", tmp_path / "x.npy").status == 0
    dense = torch.from_numpy(numpy.load(tmp_path / "x.npy")).bfloat16()
    _, wanted = save("wanted", {"all": {"large_transposed": dense}})
    target = tmp_path / "cast.stone"
    convert(sample("dtypes"), target, "--dtype", "bf16", "--only", "all/large_transposed")
    assert run("diff", "--tensors-only", "--tolerance", "0", wanted, target).status == 0


def test_without_dtype_nothing_is_turned(save, tmp_path):
    source, _ = save("run", state())
    assert convert(source, tmp_path / "same.stone")["cast"] is None
    assert run("convert", "--dtype", "int4", source, tmp_path / "x.stone").status == 2


def test_the_ending_or_to_says_what_is_written(save, tmp_path):
    import safetensors.torch
    import torch

    weights = state()["model"]
    source, _ = save("weights", weights)
    target = tmp_path / "weights.safetensors"
    report = convert_other(source, target)
    assert report["target_kind"] == "safetensors" and report["lost"] == []
    loaded = safetensors.torch.load_file(target)
    assert all(torch.equal(loaded[name], weights[name]) for name in weights)
    other = tmp_path / "weights.dat"
    assert convert_other(source, other, "--to", "safetensors")["target_kind"] == "safetensors"
    assert other.read_bytes() == target.read_bytes()
    result = run("convert", source, tmp_path / "weights.dat2")
    assert result.status == 2 and "does not say what kind of file" in result.err


def convert_other(source, target, *options):
    result = run("convert", "--json", *options, source, target)
    assert result.status == 0, result.err
    return result.json


def test_what_a_kind_cannot_hold_is_refused_or_listed(save, tmp_path):
    import torch

    source, _ = save("run", {"w": torch.ones(3), "z": torch.ones(3, dtype=torch.complex128)})
    target = tmp_path / "run.safetensors"
    result = run("convert", "--json", source, target)
    assert result.status == 1 and result.json["error"]["code"] == "unrepresentable"
    assert not target.exists()
    report = convert_other(source, target, "--lossy")
    assert [entry["path"] for entry in report["lost"]] == ["z"]
    text = run("convert", "--force", "--lossy", source, target).out
    assert "lost z: " in text


def test_selection_and_dtype_serve_other_kinds_too(save, tmp_path):
    import safetensors.torch
    import torch

    source, _ = save("run", state())
    target = tmp_path / "small.safetensors"
    convert_other(source, target, "--only", "model", "--drop", "*/steps",
                  "--dtype", "bf16", "--lossy")
    loaded = safetensors.torch.load_file(target)
    assert all(tensor.dtype == torch.bfloat16 for tensor in loaded.values())
    assert len(loaded) == 3
