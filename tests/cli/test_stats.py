import math

import pytest

from conftest import run

FLOATS = ["float16", "bfloat16", "float32", "float64", "float8_e4m3fn", "float8_e5m2",
          "float8_e4m3fnuz", "float8_e5m2fnuz"]
INTEGERS = ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"]


def tensors(path, *options):
    result = run("stats", "--json", path, *options)
    assert result.status == 0, result.err
    return {tensor["path"]: tensor for tensor in result.json["tensors"]}


def test_floats_of_every_dtype_are_summed_up_as_torch_does(save):
    import torch

    torch.manual_seed(0)
    values = torch.randn(3, 70_001)
    values[0, :100] = 0
    state = {name: values.to(getattr(torch, name)) for name in FLOATS}
    for path in save("floats", state):
        found = tensors(path)
        for name, tensor in state.items():
            exact = tensor.float().double() if tensor.itemsize < 4 else tensor.double()
            stats = found[name]
            assert stats["min"] == exact.min().item() and stats["max"] == exact.max().item()
            assert math.isclose(stats["mean"], exact.mean().item(), abs_tol=1e-12)
            assert math.isclose(stats["norm"], exact.norm().item(), rel_tol=1e-12)
            assert stats["zeros"] == (exact == 0).sum().item()
            assert stats["nan"] == stats["inf"] == 0
            assert stats["elements"] == 210_003 and stats["shape"] == [3, 70_001]


def test_integers_of_every_dtype_have_exact_bounds(save):
    import numpy
    import torch

    state = {}
    for name in INTEGERS:
        if name == "bool":
            state[name] = torch.tensor([True, False, True])
        else:
            info = numpy.iinfo(name)
            state[name] = torch.from_numpy(numpy.array([info.min, 0, info.max], dtype=name))
    found = tensors(save("integers", state)[1])
    for name, tensor in state.items():
        numbers = [int(x) for x in tensor.tolist()]
        assert found[name]["min"] == min(numbers) and found[name]["max"] == max(numbers), name
        # The sum of the bounds of int64 is 1 less than nothing, which doubles cannot tell.
        near = 1 if name == "int64" else 0
        assert math.isclose(found[name]["mean"], sum(numbers) / 3, rel_tol=1e-12, abs_tol=near), name


def test_what_is_not_finite_is_counted_and_left_out_of_the_sums(save):
    import torch

    _, path = save("odd", {"w": torch.tensor([1.0, math.nan, math.inf, -math.inf, 3.0, 0.0]),
                           "nan": torch.tensor([math.nan]), "none": torch.zeros(0, 3)})
    found = tensors(path)
    w = found["w"]
    assert (w["min"], w["max"], w["zeros"], w["nan"], w["inf"]) == (0, 3, 1, 1, 2)
    assert math.isclose(w["mean"], 4 / 3) and math.isclose(w["norm"], math.sqrt(10))
    for name in ("nan", "none"):
        assert found[name]["min"] is None and found[name]["mean"] is None
    text = run("stats", path).out
    assert "1 NaN, 2 Inf, 1 zero" in text and "3 tensors of 7 elements, 2 NaN, 2 Inf" in text


def test_complex_numbers_count_by_their_magnitude(save):
    import torch

    _, path = save("complex", {"z": torch.tensor([3 + 4j, 0, -5j])})
    z = tensors(path)["z"]
    assert (z["min"], z["max"], z["zeros"]) == (0, 5, 1)
    assert math.isclose(z["norm"], math.sqrt(50))


def test_every_dtype_has_a_line_strided_and_empty_ones_too(sample):
    found = tensors(sample("dtypes"))
    assert len(found) == 47 and found["all/bits8"]["min"] is None
    assert found["all/large_transposed"]["elements"] == 3_000_000
    assert run("stats", sample("dtypes")).status == 0


def test_patterns_choose_tensors(sample):
    found = tensors(sample("transformer"), "model/layers.3.*.bias", "model/rotary")
    assert len(found) == 7 and "model/layers.3.attn.qkv.bias" in found
    assert all(path.endswith(".bias") or path == "model/rotary" for path in found)
    result = run("stats", "--json", sample("transformer"), "model/nothing*")
    assert result.status == 1 and result.json["error"]["code"] == "not_found"
    assert result.json["error"]["entry"] == "model/nothing*"


@pytest.mark.parametrize("key", ["norm", "max", "zeros", "elements"])
def test_sorting_puts_the_greatest_first(sample, key):
    found = list(tensors(sample("conv_net"), "--sort", key).values())
    order = [t["zeros"] / t["elements"] if key == "zeros" else t[key] for t in found]
    assert order == sorted(order, reverse=True)
    paths = list(tensors(sample("conv_net"), "--sort", "path"))
    assert paths == sorted(paths)
    assert run("stats", sample("conv_net"), "--sort", "colour").status == 2


def test_the_sums_do_not_depend_on_threads_and_coding(sample, tmp_path):
    copy = tmp_path / "copy.stone"
    assert run("convert", "--compression", "none", sample("transformer"), copy).status == 0
    answers = {str(tensors(path, "--threads", threads))
               for path in (sample("transformer"), copy) for threads in (1, 2, 5)}
    assert len(answers) == 1


def test_damage_is_an_error(damaged):
    result = run("stats", "--json", damaged)
    assert result.status == 1 and result.json["error"]["code"] == "corrupt"
    assert result.json["error"]["entry"] == "model/wte.weight"
