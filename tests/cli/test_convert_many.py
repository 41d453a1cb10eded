"""convert --to-dir."""

import pytest

from conftest import run


@pytest.fixture
def zoo(tmp_path):
    import safetensors.torch
    import torch

    folder = tmp_path / "zoo"
    (folder / "deep").mkdir(parents=True)
    torch.save({"w": torch.ones(3)}, folder / "a.pth")
    safetensors.torch.save_file({"w": torch.zeros(3)}, folder / "b.safetensors")
    torch.save({"w": torch.ones(4)}, folder / "deep" / "a.pth")
    (folder / "notes.txt").write_text("no checkpoint")
    return folder


def files(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_several_sources_go_to_a_folder(zoo, tmp_path):
    out = tmp_path / "made" / "out"
    result = run("convert", zoo / "a.pth", zoo / "b.safetensors", "--to-dir", out)
    assert result.status == 0 and result.err == ""
    assert files(out) == ["a.stone", "b.stone"]
    assert run("diff", zoo / "a.pth", out / "a.stone").status == 0


def test_a_folder_stands_for_the_checkpoints_in_it(zoo, tmp_path):
    out = tmp_path / "out"
    assert run("convert", zoo, "--to-dir", out).status == 0
    assert files(out) == ["a.stone", "b.stone"]
    result = run("convert", "--json", "--force", "--recursive", zoo, "--to-dir", out)
    assert result.status == 0 and result.json["ok"]
    assert files(out) == ["a.stone", "b.stone", "deep/a.stone"]
    assert [f["source"] for f in result.json["files"]] == [
        str(zoo / name) for name in ("a.pth", "b.safetensors", "deep/a.pth")]


def test_one_that_fails_does_not_keep_the_others(zoo, tmp_path, damaged):
    (zoo / "bad.stone").write_bytes(damaged.read_bytes())
    out = tmp_path / "out"
    result = run("convert", "--json", zoo, "--to-dir", out)
    assert result.status == 1 and not result.json["ok"]
    assert files(out) == ["a.stone", "b.stone"]
    (bad,) = [f for f in result.json["files"] if "error" in f]
    assert bad["source"] == str(zoo / "bad.stone") and bad["error"]["code"] == "corrupt"
    assert result.err.count("statestone: ") == 1


def test_to_makes_another_kind_of_each(zoo, tmp_path):
    out = tmp_path / "out"
    assert run("convert", "--to", "safetensors", zoo, "--to-dir", out).status == 0
    assert files(out) == ["a.safetensors", "b.safetensors"]


def test_two_sources_of_one_name_are_refused(zoo, tmp_path):
    result = run("convert", zoo / "a.pth", zoo / "deep" / "a.pth", "--to-dir", tmp_path / "out")
    assert result.status == 2 and "two sources would become this file" in result.err
    assert not (tmp_path / "out").exists()


def test_several_sources_without_a_folder_are_refused(zoo):
    for arguments in ((zoo / "a.pth", zoo / "b.safetensors", zoo / "deep" / "a.pth"), (zoo,)):
        result = run("convert", *arguments)
        assert result.status == 2 and "--to-dir" in result.err
    result = run("convert", "--recursive", zoo / "a.pth")
    assert result.status == 2 and "--to-dir" in result.err
    # What looks like a second source is not overwritten.
    result = run("convert", zoo / "a.pth", zoo / "deep" / "a.pth")
    assert result.status == 2 and "there is a file of this name" in result.err


def test_a_folder_without_checkpoints_says_so(tmp_path):
    (tmp_path / "empty").mkdir()
    result = run("convert", tmp_path / "empty", "--to-dir", tmp_path / "out")
    assert result.status == 0 and "no checkpoint was found" in result.err
