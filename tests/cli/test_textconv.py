import os
import subprocess

from conftest import environment, run, PROGRAM


def test_a_line_for_each_value_and_tensor(sample):
    result = run("textconv", sample("transformer"))
    assert result.status == 0
    lines = result.out.splitlines()
    assert "epoch: int 12" in lines and "config/width: int 64" in lines
    (line,) = [line for line in lines if line.startswith("model/ln_f.weight: ")]
    assert line.startswith("model/ln_f.weight: bfloat16 [64] ")
    assert any(line.startswith("tokenizer.json: attachment of ") for line in lines)


def test_equal_content_gives_equal_lines_at_any_place(sample, tmp_path):
    copy = tmp_path / "elsewhere.stone"
    assert run("convert", "--compression", "none", sample("conv_net"), copy).status == 0
    assert run("textconv", copy).out == run("textconv", sample("conv_net")).out


def test_the_payload_is_not_read(damaged, sample):
    result = run("textconv", damaged)
    assert result.status == 0
    assert result.out == run("textconv", sample("transformer")).out


def test_other_files_are_printed_as_they_are(tmp_path):
    pointer = tmp_path / "pointer"
    pointer.write_text("version https://git-lfs.github.com/spec/v1\nsize 3\n")
    assert run("textconv", pointer).out == pointer.read_text()


def test_git_diff_shows_what_changed_in_a_checkpoint(tmp_path):
    import torch

    repository = tmp_path / "repository"
    repository.mkdir()

    def git(*arguments):
        names = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        for who in ("AUTHOR", "COMMITTER"):
            names |= {f"GIT_{who}_NAME": "a", f"GIT_{who}_EMAIL": "a@example.com"}
        done = subprocess.run(["git", *arguments], cwd=repository, capture_output=True,
                              env=environment(**names), timeout=100)
        assert done.returncode == 0, done.stderr
        return done.stdout.decode()

    def write(epoch, value):
        torch.save({"w": torch.full((300, 300), value), "v": torch.ones(300, 300),
                    "epoch": epoch}, tmp_path / "run.pth")
        assert run("convert", "--force", tmp_path / "run.pth",
                   repository / "run.stone").status == 0

    git("init", "-q")
    git("config", "diff.stone.textconv", f"'{PROGRAM}' textconv")
    (repository / ".gitattributes").write_text("*.stone diff=stone\n")
    write(1, 1.0)
    git("add", ".")
    git("commit", "-q", "-m", "first")
    write(2, 2.0)
    changed = [line for line in git("diff").splitlines()
               if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert sorted(line.split(" ")[0] for line in changed) == ["+epoch:", "+w:", "-epoch:", "-w:"]
