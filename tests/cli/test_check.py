import math

from conftest import run


def bad_state():
    import torch

    weight = torch.ones(4, 4)
    weight[1, 2] = math.nan
    return {
        "model": {
            "fine.weight": torch.ones(4, 4), "fine.bias": torch.zeros(4), "odd.weight": weight,
            "dead.weight": torch.zeros(4, 4), "odd.bias": torch.tensor([1.0, math.inf, -math.inf]),
            "counts": torch.zeros(2, 2, dtype=torch.int64),
        },
        "optimizer": {"state": {0: {"exp_avg": torch.zeros(4, 4)}}, "param_groups": [{"lr": 0.1}]},
    }


def test_a_sound_file_is_ok(sample, save):
    import torch

    for path in (sample("transformer"), sample("conv_net"), *save("ok", {"w": torch.ones(3, 3)})):
        result = run("check", path)
        assert result.status == 0 and result.err == ""
        assert result.out.startswith(f"{path}: ok  ") and result.out.count("\n") == 1


def test_every_tensor_with_a_fault_has_a_line(save):
    for path in save("bad", bad_state()):
        result = run("check", path)
        assert result.status == 1
        assert result.out.splitlines() == [
            f"{path}: model/odd.weight: 1 of 16 NaN",
            f"{path}: model/dead.weight: all 16 zero",
            f"{path}: model/odd.bias: 2 of 3 Inf",
            f"{path}: 3 of 7 tensors not sound",
        ]


def test_patterns_allow_tensors(save):
    _, path = save("bad", bad_state())
    allow = ("--allow", "*odd*", "--allow", "model/dead.weight")
    result = run("check", *allow, path)
    assert result.status == 0 and "ok  7 tensors, 3 passed over" in result.out
    assert run("check", *allow[:2], path).status == 1


def test_json_has_the_counts(save, sample):
    _, path = save("bad", bad_state())
    result = run("check", "--json", path, sample("conv_net"))
    assert result.status == 1 and not result.json["ok"]
    bad, fine = result.json["files"]
    assert fine["ok"] and fine["findings"] == []
    assert bad["tensors"] == 7 and bad["passed_over"] == 0
    assert bad["findings"] == [
        {"path": "model/odd.weight", "elements": 16, "nan": 1, "inf": 0, "all_zero": False},
        {"path": "model/dead.weight", "elements": 16, "nan": 0, "inf": 0, "all_zero": True},
        {"path": "model/odd.bias", "elements": 3, "nan": 0, "inf": 2, "all_zero": False},
    ]


def test_an_unreadable_file_is_status_2_and_does_not_keep_the_others(damaged, save):
    _, path = save("bad", bad_state())
    result = run("check", "--json", damaged, path)
    assert result.status == 2
    first, second = result.json["files"]
    assert first["error"]["code"] == "corrupt" and first["path"] == str(damaged)
    assert len(second["findings"]) == 3
    assert result.err.count("statestone: ") == 1
