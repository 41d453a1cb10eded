import math
import pathlib

import pytest

from conftest import run

UNSUPPORTED = pathlib.Path(__file__).parents[1] / "data" / "unsupported"


def network(**changes):
    import torch

    torch.manual_seed(3)
    net = torch.nn.Sequential(torch.nn.Linear(8, 4), torch.nn.BatchNorm1d(4))
    state = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    state.update(changes)
    return state


def test_a_file_equals_itself_in_every_kind(save):
    pth, stone = save("run", {"model": network(), "epoch": 3, "betas": (0.9, 0.999)})
    for a in (pth, stone):
        for b in (pth, stone):
            result = run("diff", a, b)
            assert result.status == 0, result.out
            assert result.err == "" and "equal: 7 tensors, 3 values" in result.out


@pytest.mark.parametrize("name", ["transformer", "conv_net", "hostile", "dtypes", "values", "many",
                                  "empty"])
def test_a_file_equals_its_copies_of_other_chunks_and_coding(sample, tmp_path, name):
    for options in (("--compression", "none"), ("--chunk-units", "7"), ("--chunk-units", "21")):
        copy = tmp_path / "copy.stone"
        assert run("convert", "--force", *options, sample(name), copy).status == 0
        for a, b in ((sample(name), copy), (copy, sample(name))):
            result = run("diff", "--json", a, b)
            assert result.status == 0 and result.json["equal"], result.out


def test_one_element_is_found_wherever_it_is(save):
    import torch

    base = torch.arange(3_000_000, dtype=torch.float32)
    _, a = save("a", {"first": torch.zeros(3), "w": base})
    for at in (0, 1_234_567, 2_999_999):
        changed = base.clone()
        changed[at] = torch.nextafter(changed[at], torch.tensor(math.inf))
        pth, stone = save("b", {"first": torch.zeros(3), "w": changed})
        for b in (pth, stone):
            result = run("diff", "--json", a, b)
            assert result.status == 1
            (tensor,) = result.json["different"]
            assert tensor["a"]["path"] == tensor["b"]["path"] == "w"
            assert tensor["elements"] == {
                "count": 3_000_000, "different": 1, "beyond_tolerance": 1, "nan_in_one": 0,
                "nan_of_other_bits": 0, "max_abs": float(changed[at] - base[at]),
                "max_abs_at": at, "max_ulp": 1,
            }
            assert result.json["equal_tensors"] == 1


def test_the_table_has_a_row_for_every_difference(save):
    weight = network()["0.weight"]
    changed = weight.clone()
    changed[2, 3] += 0.5
    _, a = save("a", {"model": network(), "epoch": 3})
    _, b = save("b", {"model": network(**{"0.weight": changed}), "epoch": 4})
    result = run("diff", a, b)
    assert result.status == 1
    lines = [line.split() for line in result.out.splitlines()]
    assert ["TENSOR", "TYPE", "SHAPE", "DIFFERENT", "MAX", "ABS", "MAX", "ULP"] in lines
    (row,) = [line for line in lines if line[:2] == ["~", "model/0.weight"]]
    assert row[2:6] == ["float32", "4", "×", "8"] and row[6:9] == ["1", "(3", "%)"]
    assert math.isclose(float(row[9]), 0.5, rel_tol=1e-3)
    assert ["~", "epoch", "3", "4"] in lines
    assert "different: 1 of 7 common tensors, 1 value  (" in result.out


def test_changes_of_shape_and_type_are_named(save):
    state = network()
    _, a = save("a", network())
    _, b = save("b", network(**{"0.weight": state["0.weight"][:3],
                                "0.bias": state["0.bias"].double()}))
    tensors = {t["a"]["path"]: t for t in run("diff", "--json", a, b).json["different"]}
    assert set(tensors) == {"0.weight", "0.bias"}
    assert tensors["0.weight"]["shape_changed"] and tensors["0.weight"]["elements"] is None
    assert tensors["0.bias"]["dtype_changed"]
    assert tensors["0.bias"]["elements"]["different"] == 0
    text = run("diff", a, b).out
    assert "4 × 8 -> 3 × 8" in text and "float32 -> float64" in text


def test_what_only_one_file_has_is_listed_with_the_likely_rename(save):
    _, a = save("a", {f"encoder.{k}": v for k, v in network().items()})
    _, b = save("b", {f"backbone.{k}": v for k, v in network().items()})
    result = run("diff", "--json", a, b)
    assert result.status == 1
    assert [t["path"] for t in result.json["only_in_a"]][0] == "encoder.0.weight"
    assert len(result.json["only_in_b"]) == 7 and result.json["common_tensors"] == 0
    assert result.json["hints"] == [{
        "from": "encoder.", "to": "backbone.", "tensors": 7, "equal": 7,
        "strip_prefixes": ["encoder.", "backbone."],
    }]
    text = run("diff", a, b).out
    assert "-  encoder.0.weight " in text and "+  backbone.0.weight " in text
    assert "hint: 7 tensors would meet with encoder. -> backbone., all with equal bytes" in text


def test_a_hint_says_when_renamed_tensors_have_other_bytes(save):
    _, a = save("a", network())
    _, b = save("b", {f"module.{k}": v + 1 for k, v in network().items()})
    (hint,) = run("diff", "--json", a, b).json["hints"]
    assert (hint["from"], hint["to"], hint["equal"]) == ("", "module.", 0)
    assert hint["strip_prefixes"] == ["module."]


def test_a_prefix_is_taken_away_on_either_side(save):
    _, plain = save("plain", {"model": network()})
    _, wrapped = save("wrapped", {"model": {f"module.{k}": v for k, v in network().items()}})
    assert run("diff", plain, wrapped).status == 1
    for a, b in ((plain, wrapped), (wrapped, plain)):
        assert run("diff", "--strip-prefix", "module.", a, b).status == 0
    _, bare = save("bare", network())
    assert run("diff", "--strip-prefix", "model/", plain, bare).status == 0
    assert run("diff", "--strip-prefix", "model/", "--strip-prefix", "module.", wrapped,
               bare).status == 0


def test_a_prefix_that_makes_two_tensors_one_is_refused(save):
    import torch

    _, both = save("both", {"module.w": torch.ones(2), "w": torch.ones(2)})
    result = run("diff", "--strip-prefix", "module.", both, both)
    assert result.status == 2
    assert "has the name of another tensor" in result.err and "--strip-prefix" in result.err


def test_a_tolerance_allows_small_differences_of_tensors_and_floats(save):
    import torch

    _, a = save("a", {"w": torch.tensor([1.0, 100.0]), "loss": 0.5})
    _, b = save("b", {"w": torch.tensor([1.5, 101.0]), "loss": 0.5001})
    assert run("diff", a, b).status == 1
    assert run("diff", "--tolerance", "1", a, b).status == 0
    result = run("diff", "--json", "--rtol", "0.02", a, b)
    assert result.status == 1 and result.json["values"] == []
    assert result.json["different"][0]["elements"]["beyond_tolerance"] == 1
    assert result.json["different"][0]["elements"]["different"] == 2


def test_nan_equals_nan_of_the_same_bits_only(save):
    import torch

    nan = torch.tensor([math.nan, 1.0])
    other = nan.view(torch.int32).clone()
    other[0] += 1
    _, a = save("a", {"w": nan})
    _, b = save("b", {"w": other.view(torch.float32)})
    assert run("diff", a, a).status == 0
    result = run("diff", a, b)
    assert result.status == 1 and "1 NaN of other bits" in result.out
    assert run("diff", "--tolerance", "0", a, b).status == 0


def test_values_are_compared_by_kind_and_place(save):
    a = {"w": [1, 2, 3], "config": {"width": 64, "name": "x", "old": None}, "lr": 1, "t": (1,)}
    b = {"w": [1, 5], "config": {"width": 64, "name": "y", "new": b"z"}, "lr": 1.0, "t": [1]}
    _, a = save("a", a)
    _, b = save("b", b)
    result = run("diff", "--json", a, b)
    assert result.status == 1
    sides = {v["path"]: [v[s] and v[s]["text"] for s in "ab"] for v in result.json["values"]}
    assert sides == {
        "w/1": ["2", "5"], "w/2": ["3", None], "config/name": ['"x"', '"y"'],
        "config/old": ["null", None], "config/new": [None, "7a 1 byte"], "lr": ["1", "1.0"],
        "t": ["(1,)", "[1]"],
    }
    assert run("diff", "--tensors-only", a, b).status == 0


def test_what_models_say_is_compared(sample, tmp_path):
    import torch

    bare = tmp_path / "bare.pth"
    torch.save({"x": torch.ones(1)}, bare)
    values = {v["path"]: v for v in run("diff", "--json", sample("transformer"), bare).json["values"]}
    assert values["model/\\#architecture"]["a"]["text"] == '"gpt-mini"'
    assert values["model/\\#training"]["a"]["text"] == '"train"'
    assert values["model/\\#config"]["a"]["kind"] == "map"


def test_ties_that_one_file_lacks_are_a_difference(save):
    import torch

    w = torch.ones(100, 100)
    _, tied = save("tied", {"model": {"a": w, "b": w, "c": torch.zeros(1)}})
    _, untied = save("untied", {"model": {"a": w, "b": w.clone(), "c": torch.zeros(1)}})
    result = run("diff", tied, untied)
    assert result.status == 1 and "tied to model/b -> untied" in result.out
    assert [t["elements"]["different"] for t in run("diff", "--json", tied, untied).json["different"]
            ] == [0, 0]
    assert run("diff", "--tensors-only", tied, untied).status == 0


def test_attachments_are_compared_byte_by_byte(sample, tmp_path):
    content = bytearray(sample("transformer").read_bytes())
    tokenizer = content.index(b'{"vocabulary": ["a"')
    assert run("diff", sample("transformer"), sample("transformer")).status == 0
    content[tokenizer + 18] ^= 1
    changed = tmp_path / "changed.stone"
    changed.write_bytes(content)
    # Its sum is wrong now: no answer, and so neither 0 nor 1.
    result = run("diff", "--json", sample("transformer"), changed)
    assert result.status == 2
    assert result.json["error"]["code"] == "corrupt"
    assert result.json["error"]["entry"] == "tokenizer.json"


def test_only_the_first_rows_are_shown_unless_all_are_asked_for(sample, tmp_path):
    import torch

    bare = tmp_path / "bare.pth"
    torch.save({"x": torch.ones(1)}, bare)
    short = run("diff", sample("transformer"), bare)
    everything = run("diff", "--all", sample("transformer"), bare)
    assert short.status == everything.status == 1
    assert "more: --all shows them" in short.out
    assert "more: --all" not in everything.out
    assert everything.out.count("\n-  ") > 300 > 120 > short.out.count("\n-  ")


def test_an_unreadable_side_is_status_2_and_never_an_answer(sample, damaged, tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("no checkpoint")
    for bad in (damaged, text, tmp_path / "nothing", tmp_path):
        for pair in ((sample("transformer"), bad), (bad, sample("transformer"))):
            result = run("diff", "--json", *pair)
            assert result.status == 2, (bad, result.out)
            assert result.json["error"]["path"] == str(bad)
    result = run("diff", UNSUPPORTED / "foreign_dtype_200.stone", sample("values"))
    assert result.status == 2 and "update this program" in result.err


def test_the_answer_does_not_depend_on_the_number_of_threads(sample, tmp_path):
    copy = tmp_path / "copy.stone"
    assert run("convert", "--chunk-units", "9", sample("conv_net"), copy).status == 0
    answers = set()
    for threads in (1, 2, 7):
        json = run("diff", "--json", "--threads", threads, sample("transformer"), copy).json
        del json["seconds"]
        answers.add(str(json))
    assert len(answers) == 1


def test_help_says_which_status_means_what():
    result = run("diff", "--help")
    assert result.status == 0
    assert "1    the answer is no\n" in result.out  # no error among them
    assert "corrupt" in result.out.split("unreadable: ")[1]
