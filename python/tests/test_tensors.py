"""Tensors one by one: every element type, ties, strides, kinds, NumPy."""

import numpy as np
import pytest
import torch
from conftest import assert_same, bits, ties

import statestone

# Every element type of torch that a plain tensor can have.
NAMES = (
    "bool uint8 int8 uint16 int16 uint32 int32 uint64 int64 float16 bfloat16 float32 float64"
    " complex32 complex64 complex128 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz"
    " float8_e8m0fnu float4_e2m1fn_x2 bits8 bits16 bits1x8 bits2x4 bits4x2"
    " int1 int2 int3 int4 int5 int6 int7 uint1 uint2 uint3 uint4 uint5 uint6 uint7"
).split()


def of_all_bytes(name, count=48):
    """A tensor whose bytes take all values, as far as the type allows."""
    dtype = getattr(torch, name)
    size = torch.empty(0, dtype=dtype).element_size()
    raw = torch.arange(count * size, dtype=torch.int64).mul(37).to(torch.uint8)
    return (raw % 2 if name == "bool" else raw).view(dtype)


@pytest.mark.parametrize("name", NAMES)
def test_every_element_type_comes_back(name, round_trip):
    tensor = of_all_bytes(name)
    loaded = round_trip({"alone": tensor, "in a list": [tensor[1:2]], "empty": tensor[:0]})
    assert loaded["alone"].dtype == getattr(torch, name)
    raw = loaded["alone"].untyped_storage().tolist()
    assert raw == tensor.untyped_storage().tolist()
    assert loaded["in a list"][0].data_ptr() - loaded["alone"].data_ptr() == tensor.element_size()
    assert loaded["empty"].shape == (0,)


def test_no_element_type_of_torch_was_forgotten():
    of_torch = {
        str(value).removeprefix("torch.")
        for value in vars(torch).values()
        if isinstance(value, torch.dtype)
    }
    quantized = {"qint8", "quint8", "qint32", "quint4x2", "quint2x4"}
    assert of_torch - quantized == set(NAMES)


def test_one_object_in_two_places_is_one_object_again(round_trip):
    tensor = torch.ones(3)
    loaded = round_trip({"a": [tensor], "b": (tensor, 1)})
    assert loaded["a"][0] is loaded["b"][0]


def test_tied_weights_of_a_state_dict_stay_tied(round_trip):
    embedding = torch.nn.Embedding(7, 3)
    head = torch.nn.Linear(3, 7, bias=False)
    head.weight = embedding.weight
    state = {**embedding.state_dict(prefix="in."), **head.state_dict(prefix="out.")}
    loaded = round_trip(state)
    assert loaded["in.weight"].data_ptr() == loaded["out.weight"].data_ptr()
    loaded["in.weight"][0, 0] = 42
    assert loaded["out.weight"][0, 0] == 42


def test_tensors_that_only_lie_in_one_storage_are_not_tied(round_trip):
    memory = torch.arange(10.0)
    loaded = round_trip([memory[:5], memory[5:]])
    assert ties(loaded) == []
    assert [tensor.untyped_storage().nbytes() for tensor in loaded] == [20, 20]


def test_ties_hold_between_different_element_types(round_trip):
    memory = torch.arange(16, dtype=torch.uint8)
    state = [memory[4:12].view(torch.float32), memory[8:16].view(torch.int64), memory[0:6]]
    loaded = round_trip(state)
    assert ties(loaded) == ties(state)
    assert [bits(tensor) for tensor in loaded] == [bits(tensor) for tensor in state]


def test_strides_of_dense_tensors_are_kept(round_trip):
    image = torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last)
    loaded = round_trip({"image": image, "transposed": torch.randn(3, 4).t()})
    assert loaded["image"].is_contiguous(memory_format=torch.channels_last)
    assert loaded["transposed"].stride() == (1, 4)


def test_a_column_does_not_drag_its_matrix_along(tmp_path):
    column = torch.randn(1000, 1000)[:, 3]
    summary = statestone.save(column, tmp_path / "column.stone", compression="none")
    assert summary["file_bytes"] < 6000
    assert torch.equal(statestone.load(tmp_path / "column.stone"), column)


def test_expanded_tensors_stay_expanded(round_trip):
    loaded = round_trip(torch.arange(3.0).expand(1000, 3))
    assert loaded.stride() == (0, 1)
    assert loaded.untyped_storage().nbytes() < 100


def test_parameters_and_gradients_are_kept(round_trip):
    state = {
        "list": [
            torch.nn.Parameter(torch.ones(2)),
            torch.nn.Parameter(torch.ones(2), requires_grad=False),
            torch.ones(2, requires_grad=True),
            torch.nn.Parameter(torch.ones(2, dtype=torch.int32), requires_grad=False),
            (torch.ones(2, requires_grad=True) * 2),
        ]
    }
    loaded = round_trip(state)
    assert_same(loaded, state)
    assert loaded["list"][0].is_leaf


def test_large_tensors_of_many_chunks_come_back(round_trip):
    state = {"bf16": torch.randn(700_001).bfloat16(), "f32": torch.randn(513, 1025)}
    assert_same(round_trip(state), state)
    assert_same(round_trip(state, threads=1, verify=False), state)


def test_sizes_dtypes_and_devices_are_values(round_trip):
    state = [torch.Size([2, 0, 3]), torch.bfloat16, torch.qint8, torch.device("cuda", 1)]
    assert_same(round_trip(state), state)
    assert_same(round_trip(torch.device("cpu")), torch.device("cpu"))


def test_numpy_scalars_keep_their_type(round_trip):
    state = [np.float32(0.1), np.float64("nan"), np.int8(-3), np.bool_(True), np.complex64(1 + 2j)]
    assert_same(round_trip(state), state)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12, dtype=np.float32).reshape(3, 4),
        np.asfortranarray(np.arange(12, dtype=np.int16).reshape(3, 4)),
        np.arange(12, dtype=np.float64)[::-2],
        np.arange(24).reshape(2, 3, 4).transpose(2, 0, 1),
        np.array(7, dtype=np.uint16),
        np.empty((0, 3), np.complex128),
        np.array([True, False]),
    ],
    ids=["rows", "columns", "backwards", "permuted", "scalar", "empty", "bool"],
)
def test_numpy_arrays_come_back_as_tensors_or_arrays(array, tmp_path):
    path = tmp_path / "array.stone"
    statestone.save([array], path)
    assert np.array_equal(statestone.load(path)[0].numpy(), array)
    found = statestone.load(path, framework="numpy")[0]
    assert type(found) is np.ndarray and found.dtype == array.dtype
    assert np.array_equal(found, array)


def test_numpy_arrays_that_share_memory_stay_tied(tmp_path):
    array = np.arange(6.0)
    statestone.save({"a": array, "b": array[2:]}, tmp_path / "tied.stone")
    loaded = statestone.load(tmp_path / "tied.stone", framework="numpy")
    loaded["a"][2] = 42
    assert loaded["b"][0] == 42


def test_bfloat16_goes_to_numpy_by_ml_dtypes(tmp_path):
    import ml_dtypes

    tensor = torch.arange(5).bfloat16()
    statestone.save({"x": tensor}, tmp_path / "bf16.stone")
    array = statestone.load(tmp_path / "bf16.stone", framework="numpy")["x"]
    assert array.dtype == ml_dtypes.bfloat16
    assert array.astype(np.float32).tolist() == tensor.tolist()
    statestone.save({"x": array}, tmp_path / "back.stone")
    assert_same(statestone.load(tmp_path / "back.stone"), {"x": tensor})


def test_map_location_takes_devices_and_keeps_ties(tmp_path):
    tensor = torch.randn(4)
    statestone.save({"a": tensor, "b": tensor[1:], "c": torch.ones(2)}, tmp_path / "a.stone")
    loaded = statestone.load(tmp_path / "a.stone", map_location="meta")
    assert {tensor.device.type for tensor in loaded.values()} == {"meta"}
    assert loaded["b"].storage_offset() == 1
    assert statestone.load(tmp_path / "a.stone", map_location=torch.device("cpu"))["c"].is_cpu


def test_raw_tensors_can_be_pages_of_the_file(tmp_path):
    path = tmp_path / "raw.stone"
    state = {"w": torch.randn(100_000), "transposed": torch.randn(300, 400).t(), "b": torch.ones(3)}
    statestone.save(state, path, compression="none")
    content = path.read_bytes()
    loaded = statestone.load(path, mmap=True)
    assert_same(loaded, state)
    loaded["w"][0] = 42
    assert path.read_bytes() == content
    with statestone.open(path) as run:
        view = run["w"].view()
        assert torch.equal(view, state["w"]) and run["b"].view().tolist() == [1, 1, 1]
    view += 1  # the map outlives the file object
    assert path.read_bytes() == content


def test_compressed_tensors_have_no_view(tmp_path):
    statestone.save({"w": torch.randn(100_000)}, tmp_path / "coded.stone")
    assert statestone.open(tmp_path / "coded.stone")["w"].view() is None
