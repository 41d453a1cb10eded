"""load_into: straight into tensors that are there, all or nothing."""

import numpy as np
import pytest
import torch
from conftest import assert_same, bits

import statestone


@pytest.fixture
def path(tmp_path):
    state = {"w": torch.randn(400, 300), "b": torch.arange(3), "h": torch.randn(70_000).bfloat16()}
    statestone.save(state, tmp_path / "weights.stone")
    return tmp_path / "weights.stone"


def like(path):
    return {name: torch.zeros_like(tensor) for name, tensor in statestone.load(path).items()}


def test_tensors_are_filled_in_place(path):
    target = like(path)
    addresses = [tensor.data_ptr() for tensor in target.values()]
    report = statestone.load_into(path, target)
    assert report.exact and report.loaded == ["w", "b", "h"]
    assert_same(target, statestone.load(path))
    assert [tensor.data_ptr() for tensor in target.values()] == addresses


def test_views_transposed_and_columns_are_filled(path):
    target = like(path)
    around = torch.full((300, 402), 7.0)
    target["w"] = around[:, 1:401].t()
    statestone.load_into(path, target)
    assert_same(target["w"].contiguous(), statestone.load(path)["w"])
    assert around[:, 0].eq(7).all() and around[:, 401].eq(7).all()


def test_arrays_are_filled(path, tmp_path):
    statestone.save({"w": np.arange(6.0), "n": np.array(3)}, tmp_path / "arrays.stone")
    target = {"w": np.zeros((12,))[::2], "n": np.array(0)}
    statestone.load_into(tmp_path / "arrays.stone", target)
    assert target["w"].tolist() == [0, 1, 2, 3, 4, 5] and target["n"] == 3


def test_an_array_that_cannot_be_written_is_refused(tmp_path, refusal):
    statestone.save({"w": np.arange(6.0)}, tmp_path / "arrays.stone")
    fixed = np.zeros(6)
    fixed.flags.writeable = False
    error = refusal(statestone.load_into, tmp_path / "arrays.stone", {"w": fixed})
    assert (error.code, error.entry) == ("invalid_argument", "w")
    error = refusal(statestone.load_into, tmp_path / "arrays.stone", {"w": [0] * 6})
    assert (error.code, error.found) == ("invalid_argument", "list")


def wrong_name(target):
    target["x"] = target.pop("b")


def wrong_shape(target):
    target["h"] = torch.zeros(70_001).bfloat16()


def wrong_type(target):
    target["h"] = torch.zeros(70_000)


@pytest.mark.parametrize(
    "spoil, what",
    [(wrong_name, "missing"), (wrong_shape, "shape_changed"), (wrong_type, "dtype_changed")],
)
def test_nothing_is_touched_where_one_tensor_does_not_fit(path, refusal, spoil, what):
    target = like(path)
    spoil(target)
    error = refusal(statestone.load_into, path, target)
    assert error.code == "mismatch" and getattr(error.report, what)
    assert not any(tensor.any() for tensor in target.values())


def test_nothing_is_touched_where_a_byte_is_damaged(path, refusal):
    content = bytearray(path.read_bytes())
    end = len(content) * 9 // 10  # in the last tensor's chunk
    content[end] ^= 1
    path.write_bytes(content)
    target = {"w": torch.zeros(400, 300), "b": torch.zeros(3, dtype=torch.int64)}
    target["h"] = torch.zeros(70_000).bfloat16()
    error = refusal(statestone.load_into, path, target)
    assert (error.code, error.entry) == ("corrupt", "h")
    assert not any(tensor.any() for tensor in target.values())


def test_who_does_not_check_first_is_told_what_that_leaves(path, refusal):
    target = like(path)
    content = bytearray(path.read_bytes())
    content[len(content) * 9 // 10] ^= 1
    path.write_bytes(content)
    error = refusal(statestone.load_into, path, target, check_first=False)
    assert error.code == "corrupt" and "may hold a part of the file" in error.advice


def test_entries_are_named_or_proposed(tmp_path, refusal):
    statestone.save({"model": {"w": torch.ones(2)}, "n": 1}, tmp_path / "run.stone")
    target = {"w": torch.zeros(2)}
    error = refusal(statestone.load_into, tmp_path / "run.stone", target)
    assert error.code == "not_found" and error.advice == "the file has model, n"
    statestone.load_into(tmp_path / "run.stone", target, entry="model")
    assert target["w"].tolist() == [1, 1]
    renamed = {"v": torch.zeros(2)}
    statestone.load_into(tmp_path / "run.stone", renamed, entry="model", rename=[("w", "v")])
    assert renamed["v"].tolist() == [1, 1]


def test_tensors_that_share_memory_take_equal_values_only(tmp_path, refusal):
    shared = torch.zeros(3)
    statestone.save({"a": torch.ones(3), "b": torch.ones(3)}, tmp_path / "equal.stone")
    statestone.load_into(tmp_path / "equal.stone", {"a": shared, "b": shared})
    assert shared.tolist() == [1, 1, 1]
    statestone.save({"a": torch.ones(3), "b": torch.zeros(3)}, tmp_path / "other.stone")
    error = refusal(statestone.load_into, tmp_path / "other.stone", {"a": shared, "b": shared})
    assert [d.name for d in error.report.tie_conflicts] == ["b"]
    partly = torch.zeros(4)
    error = refusal(
        statestone.load_into, tmp_path / "equal.stone", {"a": partly[:3], "b": partly[1:]}
    )
    assert error.report.tie_conflicts and partly.tolist() == [0, 0, 0, 0]


def test_tensors_tied_in_file_and_memory_alike_are_filled(tmp_path):
    memory = torch.arange(8.0)
    statestone.save({"a": memory[:6], "b": memory[2:]}, tmp_path / "tied.stone")
    target = torch.zeros(8)
    statestone.load_into(tmp_path / "tied.stone", {"a": target[:6], "b": target[2:]})
    assert torch.equal(target, memory)


def test_expanded_tensors_cannot_be_filled(tmp_path, refusal):
    statestone.save({"a": torch.randn(4, 3)}, tmp_path / "a.stone")
    error = refusal(
        statestone.load_into, tmp_path / "a.stone", {"a": torch.zeros(1, 3).expand(4, 3)}
    )
    assert (error.code, error.entry) == ("unrepresentable", "a")


def test_bits_survive_whatever_they_mean(tmp_path):
    raw = torch.arange(256, dtype=torch.int16).mul(257).view(torch.bfloat16)
    statestone.save({"nan": raw}, tmp_path / "nan.stone")
    target = {"nan": torch.zeros(512).bfloat16()[::2]}
    statestone.load_into(tmp_path / "nan.stone", target)
    assert bits(target["nan"]) == bits(raw)
