import re
import subprocess

import pytest

from conftest import environment, run, PROGRAM

COMMANDS = ["check", "completion", "convert", "diff", "digest", "export", "extract", "inspect",
            "stats", "textconv", "verify"]


@pytest.fixture
def complete(tmp_path):
    """What bash offers for a line that is typed so far."""
    script = tmp_path / "statestone.bash"
    script.write_text(run("completion", "bash").out)

    def completed(*words, folder=tmp_path):
        code = """
            source "$1"; shift
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
            $(complete -p statestone | sed 's/.*-F \\([^ ]*\\).*/\\1/')
            printf '%s\\n' "${COMPREPLY[@]}"
        """
        done = subprocess.run(
            ["bash", "--norc", "-c", code, "bash", script, "statestone", *words],
            capture_output=True, cwd=folder, env=environment(), timeout=100)
        assert done.returncode == 0 and done.stderr == b"", done.stderr
        return sorted(done.stdout.decode().split())

    return completed


def test_bash_completes_commands(complete):
    found = complete("")
    assert set(COMMANDS) <= set(found)
    assert complete("con") == ["convert"]
    assert complete("--ver") == ["--version"]


def test_bash_completes_the_options_that_help_lists(complete):
    for command in COMMANDS:
        listed = re.findall(r"(?<![\w-])--[a-z-]+", run(command, "--help").out.split("Examples:")[0])
        offered = complete(command, "--")
        missing = set(listed) - set(offered) - {"--to-dir"}
        assert not missing, (command, missing)
    assert complete("convert", "--rec") == ["--recursive"]
    assert complete("inspect", "--rec") == []


def test_bash_completes_values_of_options(complete):
    assert complete("convert", "--dtype", "bf") == ["bf16", "bfloat16"]
    assert complete("diff", "a", "--color", "") == ["always", "auto", "never"]
    assert complete("stats", "--sort", "n") == ["nan", "norm"]
    assert complete("export", "--to", "saf") == ["safetensors", "safetensors-index"]
    assert complete("diff", "--tolerance", "") == []
    assert complete("completion", "z") == ["zsh"]


def test_bash_completes_files_and_folders(complete, tmp_path):
    folder = tmp_path / "files"
    (folder / "out").mkdir(parents=True)
    (folder / "run.stone").touch()
    assert complete("inspect", "", folder=folder) == ["out", "run.stone"]
    assert complete("convert", "--to-dir", "", folder=folder) == ["out"]
    assert complete("extract", "-o", "r", folder=folder) == ["run.stone"]


def test_zsh_and_fish_know_every_command_and_its_options():
    zsh = run("completion", "zsh").out
    fish = run("completion", "fish").out
    assert zsh.startswith("#compdef statestone\n")
    for command in COMMANDS:
        assert f"    '{command}:" in zsh and f"\n    {command})\n" in zsh
        assert f"-n __fish_use_subcommand -f -a {command} -d '" in fish
    assert "'*--dtype[Round float tensors" in zsh and "(bf16 bfloat16 float16" in zsh
    assert ("complete -c statestone -n '__fish_seen_subcommand_from convert' -l dtype "
            "-x -a 'bf16 bfloat16 float16") in fish


def test_the_manual_page_has_a_section_for_every_command(tmp_path):
    roff = run("completion", "man").out
    page = tmp_path / "statestone.1"
    page.write_text(roff)
    done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-P-cbou", page], capture_output=True,
                          timeout=100)
    assert done.returncode == 0 and done.stderr == b"", done.stderr
    text = done.stdout.decode().replace("‐", "-").replace("−", "-")
    for title in ("NAME", "SYNOPSIS", "EXIT STATUS", *(c.upper() for c in COMMANDS)):
        assert re.search(rf"^ *{title}$", text, re.M), title
    assert "statestone convert resnet50.pth models/resnet50.stone" in text
    assert "--no-verify-encoding" in text and "130" in text


def test_another_shell_is_refused():
    result = run("completion", "csh")
    assert result.status == 2 and "completion --help" in result.err
