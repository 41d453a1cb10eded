import subprocess

import pytest

from conftest import environment, run, PROGRAM

COMMANDS = ("convert", "export", "inspect", "verify", "check", "diff", "stats", "digest", "extract",
            "textconv", "completion")


def test_help_of_every_command_has_examples_and_exit_statuses():
    for command in COMMANDS:
        result = run(command, "--help")
        assert result.status == 0 and result.err == ""
        assert f"  statestone {command} " in result.out.split("Examples:")[1]
        for text in ("Exit status:", "the answer is no", "130", "canceled", "--json", "--threads"):
            assert text in result.out, (command, text)


def test_help_of_the_program_lists_the_commands():
    result = run("--help")
    assert result.status == 0
    for command in COMMANDS:
        assert f"  {command} " in result.out
    assert "corrupt, incomplete, not_found" in result.out


def test_version_names_library_and_format():
    result = run("--version")
    assert result.status == 0
    words = result.out.split()
    assert words[0] == "statestone" and words[2:] == ["(file", "format", "1)"]


def test_an_unknown_command_suggests_the_nearest():
    result = run("verfy", "x.stone")
    assert result.status == 2
    assert result.err == (
        'statestone: there is no command "verfy"; did you mean `statestone verify`?\n'
    )
    assert "lists the commands" in run("xyzzy").err


def test_wrong_usage_is_one_line_with_status_2():
    for arguments in ((), ("verify",), ("inspect", "a", "b", "c"), ("verify", "--colour", "x"),
                      ("convert", "a", "--compression", "most"), ("inspect", "x", "--depth", "-1"),
                      ("verify", "x", "--threads", "many"), ("--jsno",)):
        result = run(*arguments)
        assert result.status == 2, arguments
        assert result.err.startswith("statestone: ") and result.err.count("\n") == 1, result.err
        assert "--help`" in result.err and result.out == ""


def test_wrong_usage_is_json_too_when_asked_for():
    result = run("verify", "--json")
    assert result.status == 2
    assert result.json["error"]["code"] == "invalid_argument"
    assert result.json["error"]["text"] in result.err


def test_an_error_in_json_has_every_field(tmp_path):
    result = run("inspect", "--json", tmp_path / "nothing.stone")
    assert result.status == 2
    error = result.json["error"]
    assert set(error) == {
        "code", "path", "entry", "chunk", "offset", "problem", "expected", "found", "advice",
        "system_error", "text",
    }
    assert error["code"] == "io" and error["path"] == str(tmp_path / "nothing.stone")
    assert error["system_error"] == 2 and error["entry"] is None


def test_a_directory_and_an_unreadable_file_are_status_2(tmp_path):
    loop = tmp_path / "loop.stone"  # unreadable for every user, root included
    loop.symlink_to(loop)
    for command in ("inspect", "verify", "digest", "convert", "check", "stats"):
        result = run(command, tmp_path)
        assert result.status == 2 and "a directory" in result.err
        result = run(command, loop)
        assert result.status == 2 and "symbolic links" in result.err


def test_a_file_of_another_kind_is_named(tmp_path):
    pickled = tmp_path / "model.stone"
    pickled.write_bytes(b"PK\x03\x04" + bytes(100))
    result = run("inspect", "--json", pickled)
    assert result.status == 2
    assert result.json["error"]["code"] == "not_statestone"
    assert "zip" in result.err


def test_a_missing_path_is_status_1(sample):
    result = run("inspect", "--json", sample("transformer"), "model/nothing")
    assert result.status == 1
    assert result.json["error"]["code"] == "not_found"
    assert result.json["error"]["entry"] == "model/nothing"


def test_names_given_by_the_user_are_escaped_too():
    result = run("verify", "no\033[31m\nfile.stone")
    assert result.status == 2
    assert "\033" not in result.err and result.err.count("\n") == 1
    assert "no\\x1b[31m\\x0afile.stone" in result.err


@pytest.mark.parametrize("arguments", [("inspect",), ("inspect", "--json"), ("verify",), ("digest",)])
def test_a_full_disk_behind_standard_output_is_an_io_error(sample, arguments):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [PROGRAM, *arguments, str(sample("values"))], stdout=full, stderr=subprocess.PIPE,
            env=environment(),
        )
    assert done.returncode == 2
    line = done.stderr.decode()
    assert line.startswith("statestone: standard output: ") and line.count("\n") == 1
    assert "No space left on device" in line


def test_a_reader_that_went_away_ends_the_program_quietly(sample):
    process = subprocess.Popen(
        [PROGRAM, "inspect", str(sample("many"))], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(), restore_signals=True,
    )
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=500) == -13


def test_a_closed_standard_output_is_an_io_error(sample):
    done = subprocess.run(
        ["sh", "-c", 'exec "$0" inspect "$1" >&-', PROGRAM, str(sample("values"))],
        stderr=subprocess.PIPE, env=environment(),
    )
    assert done.returncode == 2 and b"standard output" in done.stderr
