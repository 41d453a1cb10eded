"""Files that are looked at: places, slices, states appended."""

import collections

import numpy as np
import pytest
import torch
from conftest import assert_same

import statestone


@pytest.fixture
def path(tmp_path):
    weight = torch.arange(600_000.0).reshape(6000, 100)
    state = {
        "model": {"fc.weight": weight, "fc.bias": torch.ones(3)},
        "mixed": {"w": torch.arange(6).reshape(2, 3), 7: [torch.ones(2), "text"], "n": 1},
        "epoch": 12,
        "config": {"width": 128, "sizes": [1, 2]},
    }
    statestone.save(state, tmp_path / "run.stone")
    return tmp_path / "run.stone"


def test_plain_values_come_as_they_are_and_tensors_as_places(path):
    run = statestone.open(path)
    assert list(run) == ["model", "mixed", "epoch", "config"] and len(run) == 4
    assert "epoch" in run and "step" not in run
    assert run["epoch"] == 12 and run["config"] == {"width": 128, "sizes": [1, 2]}
    weight = run["model"]["fc.weight"]
    assert (weight.dtype, weight.shape, weight.ndim) == ("float32", (6000, 100), 2)
    assert (weight.nbytes, len(weight), weight.path) == (2_400_000, 6000, "model/fc.weight")
    assert list(run["mixed"]) == ["w", 7, "n"] and run["mixed"]["n"] == 1
    assert run["mixed"][7][1] == "text" and run["mixed"][7][-1] == "text"
    assert_same(run["mixed"][7][0].load(), torch.ones(2))
    assert_same(run["mixed"].load(), statestone.load(path)["mixed"])
    assert_same(run.load(), statestone.load(path))
    with pytest.raises(KeyError):
        run["nothing"]
    with pytest.raises(KeyError):
        run["model"]["fc"]


KEYS = [
    3,
    -1,
    slice(10, 20),
    slice(None, None, 1000),
    slice(5990, None),
    slice(4, 2),
    slice(-3, None),
    (slice(10, 20), 5),
    (2, slice(1, 4)),
    (slice(None, None, 600), slice(None, None, 50)),
    Ellipsis,
    (Ellipsis, 0),
    None,
    (),
]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_parts_are_what_the_whole_tensor_gives(path, key):
    whole = statestone.load(path)["model"]["fc.weight"]
    assert_same(statestone.open(path)["model"]["fc.weight"][key], whole[key])
    found = statestone.open(path, framework="numpy")["model"]["fc.weight"][key]
    assert np.array_equal(found, whole.numpy()[key])


def test_parts_of_strided_tensors_too(tmp_path):
    tensor = torch.arange(24).reshape(2, 3, 4).permute(2, 0, 1)
    statestone.save([tensor], tmp_path / "strided.stone")
    with statestone.open(tmp_path / "strided.stone") as run:
        place = run.root[0]
        assert_same(place[1:3], tensor[1:3].contiguous())
        assert_same(place.load(), tensor)


def test_places_out_of_range_are_errors_of_python(path):
    weight = statestone.open(path)["model"]["fc.weight"]
    with pytest.raises(IndexError):
        weight[6000]
    with pytest.raises(ValueError):
        weight[::-1]


def test_a_slice_reads_only_its_chunks(path):
    content = bytearray(path.read_bytes())
    content[64] ^= 1  # in the first chunk of fc.weight
    path.write_bytes(content)
    weight = statestone.open(path)["model"]["fc.weight"]
    assert weight[5999, 99] == 599_999
    with pytest.raises(statestone.Error) as info:
        weight[:10]
    assert (info.value.code, info.value.entry) == ("corrupt", "model/fc.weight")


def test_info_says_what_is_in_the_file(path):
    info = statestone.open(path).info()
    assert info["entries"] == dict.fromkeys(["model", "mixed", "epoch", "config"], "value")
    assert (info["tensors"], info["generation"], info["format_version"]) == (4, 1, 1)
    assert info["tensor_bytes"] == 2_400_000 + 12 + 48 + 8
    assert info["file_bytes"] == path.stat().st_size


def test_tensors_are_found_by_display_path(path, refusal):
    run = statestone.open(path)
    assert run.tensor("mixed/w")[1].tolist() == [3, 4, 5]
    assert run.tensor("mixed/\\#7/0").load().tolist() == [1, 1]
    error = refusal(run.tensor, "mixed/v")
    assert (error.code, error.entry, error.path) == ("not_found", "mixed/v", str(path))


def test_closed_files_are_refused(path, refusal):
    with statestone.open(path) as run:
        weight = run["model"]["fc.weight"]
    assert refusal(run.load).code == "invalid_argument"
    assert weight[0, 1] == 1


def test_a_root_that_is_a_state_dict_has_its_names(tmp_path):
    state = torch.nn.Linear(2, 3).state_dict()
    statestone.save(state, tmp_path / "net.stone")
    run = statestone.open(tmp_path / "net.stone")
    assert list(run) == ["weight", "bias"]
    assert_same(run["bias"].load(), state["bias"])


def test_a_root_of_another_kind_is_at_root(tmp_path):
    statestone.save((1, [2]), tmp_path / "tuple.stone")
    assert statestone.open(tmp_path / "tuple.stone").root == (1, [2])
    statestone.save(torch.ones(2), tmp_path / "tensor.stone")
    assert statestone.open(tmp_path / "tensor.stone").root[1] == 1


def test_appending_adds_and_replaces_and_keeps_earlier_states(path, refusal):
    run = statestone.open(path)
    before = run["model"]
    size = path.stat().st_size
    summary = run.append({"epoch": 13, "ema": {"w": torch.zeros(3)}})
    assert summary["generation"] == 2 and summary["file_bytes"] == path.stat().st_size
    assert summary["added_bytes"] == path.stat().st_size - size < 5000
    assert list(run) == ["model", "mixed", "epoch", "config", "ema"]
    assert run["epoch"] == 13 and run.generations() == [1, 2]
    assert before["fc.bias"].load().tolist() == [1, 1, 1]
    assert statestone.load(path, generation=1)["epoch"] == 12
    assert statestone.open(path, generation=1)["epoch"] == 12
    assert refusal(statestone.load, path, generation=3).code == "not_found"
    statestone.append({"w": torch.ones(2)}, path, root_name="weights")
    assert statestone.load(path)["weights"]["w"].tolist() == [1, 1]
    statestone.append({"net": torch.nn.Linear(2, 2)}, path)
    assert statestone.open(path).info()["entries"]["net"] == "model"
    assert run.verify()["generations"] == 2


def test_verify_and_digest_tell_of_the_whole_file(path):
    run = statestone.open(path)
    assert run.verify()["file_bytes"] == path.stat().st_size
    other = path.with_name("raw.stone")
    statestone.save(run.load(), other, compression="none")
    assert other.stat().st_size != path.stat().st_size
    assert len(run.digest()) == 64 and run.digest() == statestone.open(other).digest()


def test_a_file_in_memory_loads_too(path):
    assert_same(statestone.loads(path.read_bytes()), statestone.load(path))


def test_order_and_attributes_are_those_of_an_ordered_dict(tmp_path):
    state = collections.OrderedDict(b=torch.ones(1), a=torch.zeros(1))
    state.move_to_end("b")
    state._metadata = {"version": 1}
    statestone.save({"x": state, "y": 1}, tmp_path / "ordered.stone")
    run = statestone.open(tmp_path / "ordered.stone")
    assert list(run["x"]) == ["a", "b"]
    assert run["x"].attributes() == {"_metadata": {"version": 1}}
    assert_same(run["x"].load(), state)
