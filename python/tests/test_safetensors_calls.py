"""The calls of safetensors, by one changed import."""

import inspect

import numpy as np
import pytest
import safetensors
import safetensors.numpy
import safetensors.torch
import torch
from conftest import MODELS, assert_same

import statestone
import statestone.numpy
import statestone.torch


FUNCTIONS = ["save_file", "load_file", "save", "load"]


@pytest.mark.parametrize("name", [*FUNCTIONS, "save_model", "load_model"])
def test_functions_for_torch_take_the_same_arguments(name):
    check_signature(getattr(statestone.torch, name), getattr(safetensors.torch, name))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_for_numpy_take_the_same_arguments(name):
    check_signature(getattr(statestone.numpy, name), getattr(safetensors.numpy, name))


def check_signature(ours, theirs):
    """Names, order, kinds and defaults."""
    found = inspect.signature(ours).parameters
    expected = inspect.signature(theirs).parameters
    assert list(found) == list(expected)
    for name, parameter in expected.items():
        assert found[name].kind == parameter.kind and found[name].default == parameter.default


def used(package, safe_open, framework, folder, tensors, same):
    """What a project does, with either package."""
    path = folder / "weights"
    package.save_file(tensors, path, metadata={"epoch": "3"})
    loaded = package.load_file(path, backend="pread")
    assert sorted(loaded) == sorted(tensors)
    for name in tensors:
        same(loaded[name], tensors[name])
    with safe_open(path, framework=framework) as file:
        assert sorted(file.keys()) == sorted(tensors)
        assert file.metadata() == {"epoch": "3"}
        name = sorted(tensors)[0]
        same(file.get_tensor(name), tensors[name])
        part = file.get_slice(name)
        assert sorted(file.get_tensors()) == sorted(file.offset_keys())
        return [part.get_shape(), part.get_dtype(), part[1:3, :1].tolist()]


def test_torch_projects_move_over_by_an_import(tmp_path):
    tensors = {"w": torch.randn(5, 4), "a": torch.randn(6, 2).bfloat16(), "n": torch.tensor(7)}
    arguments = ("pt", tmp_path, tensors, assert_same)
    expected = used(safetensors.torch, safetensors.safe_open, *arguments)
    assert used(statestone.torch, statestone.safe_open, *arguments) == expected


def test_numpy_projects_move_over_by_an_import(tmp_path):
    tensors = {"w": np.random.default_rng(1).normal(size=(5, 4)), "n": np.arange(3, dtype=np.uint8)}
    tensors["a"] = tensors["w"].astype(np.float32)

    def same(found, expected):
        assert found.dtype == expected.dtype and np.array_equal(found, expected)

    arguments = ("np", tmp_path, tensors, same)
    expected = used(safetensors.numpy, safetensors.safe_open, *arguments)
    assert used(statestone.numpy, statestone.safe_open, *arguments) == expected


@pytest.mark.parametrize("dtype", ["float64", "float16", "int8", "uint16", "bool", "float8_e4m3fn"])
def test_element_types_have_the_names_of_safetensors(dtype, tmp_path):
    tensors = {"x": torch.ones(2).to(getattr(torch, dtype))}
    safetensors.torch.save_file(tensors, tmp_path / "theirs")
    statestone.torch.save_file(tensors, tmp_path / "ours")
    with safetensors.safe_open(tmp_path / "theirs", "pt") as theirs:
        with statestone.safe_open(tmp_path / "ours", "pt") as ours:
            assert ours.get_slice("x").get_dtype() == theirs.get_slice("x").get_dtype()


def test_bytes_go_both_ways():
    tensors = {"w": torch.randn(5, 4), "empty": torch.ones(0, 3)}
    assert_same(statestone.torch.load(statestone.torch.save(tensors)), tensors)
    array = {"w": np.arange(3)}
    assert np.array_equal(statestone.numpy.load(statestone.numpy.save(array))["w"], array["w"])
    assert statestone.torch.load(statestone.torch.save({})) == {}


def test_a_file_says_the_same_as_a_converted_one(tmp_path):
    tensors = {"w": torch.randn(5, 4), "b": torch.ones(2)}
    for metadata in (None, {"format": "pt"}):
        safetensors.torch.save_file(tensors, tmp_path / "x.safetensors", metadata)
        statestone.convert(tmp_path / "x.safetensors", tmp_path / "converted.stone")
        order = list(statestone.open(tmp_path / "converted.stone"))
        statestone.torch.save_file({n: tensors[n] for n in order}, tmp_path / "x.stone", metadata)
        converted = statestone.open(tmp_path / "converted.stone").digest()
        assert statestone.open(tmp_path / "x.stone").digest() == converted


def test_published_weights_go_the_same_way(tmp_path):
    weights = torch.load(MODELS / "full.pth", weights_only=True)
    safetensors.torch.save_file(weights, tmp_path / "theirs")
    statestone.torch.save_file(weights, tmp_path / "ours.stone")
    theirs = safetensors.torch.load_file(tmp_path / "theirs")
    ours = statestone.torch.load_file(tmp_path / "ours.stone")
    assert_same(dict(sorted(ours.items())), dict(sorted(theirs.items())))


def test_models_are_filled_all_or_nothing(tmp_path, refusal):
    net = torch.nn.Linear(3, 2)
    statestone.torch.save_model(net, tmp_path / "net.stone", metadata={"a": "b"})
    other = torch.nn.Linear(3, 2)
    assert statestone.torch.load_model(other, tmp_path / "net.stone") == ([], [])
    assert torch.equal(other.weight, net.weight)
    bare = torch.nn.Linear(3, 2, bias=False)
    error = refusal(statestone.torch.load_model, bare, tmp_path / "net.stone")
    assert error.code == "mismatch"
    assert statestone.torch.load_model(bare, tmp_path / "net.stone", strict=False) == ([], ["bias"])


def test_what_is_no_dict_of_tensors_is_refused(tmp_path, refusal):
    error = refusal(statestone.torch.save_file, {"a": 1}, tmp_path / "a.stone")
    assert (error.code, error.entry, error.found) == ("invalid_argument", "a", "int")
    error = refusal(statestone.numpy.save_file, {"a": torch.ones(1)}, tmp_path / "a.stone")
    assert error.code == "invalid_argument"
    error = refusal(statestone.torch.save_file, {}, tmp_path / "a.stone", metadata={"n": 1})
    assert error.code == "invalid_argument"
    statestone.save({"model": {"a": torch.ones(1)}, "n": 1}, tmp_path / "run.stone")
    error = refusal(statestone.torch.load_file, tmp_path / "run.stone")
    assert error.code == "invalid_argument" and error.found == "model, n"


def test_ties_and_strides_are_kept(tmp_path):
    w = torch.randn(3, 4)
    statestone.torch.save_file({"w": w, "t": w.t()}, tmp_path / "tied.stone")
    loaded = statestone.torch.load_file(tmp_path / "tied.stone")
    assert loaded["w"].data_ptr() == loaded["t"].data_ptr() and loaded["t"].stride() == (1, 4)
