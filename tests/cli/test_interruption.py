import os
import signal
import subprocess
import time

from conftest import environment, run, PROGRAM


def start(*arguments, **options):
    return subprocess.Popen(
        [PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=environment(), **options,
    )


def wait_for_temporary(folder, process):
    """Returns when the folder holds a file that was not there when the program started."""
    before = set(os.listdir(folder))
    while process.poll() is None:
        if set(os.listdir(folder)) - before:
            return
        time.sleep(0.001)
    raise AssertionError(process.communicate())


def interrupt_convert(sample, target, number):
    folder = target.parent
    process = start("convert", "--force", "--threads", "1", sample("large"), target)
    wait_for_temporary(folder, process)
    process.send_signal(number)
    out, err = process.communicate(timeout=500)
    return process.returncode, out.decode(), err.decode()


def test_ctrl_c_in_a_convert_leaves_nothing_behind(sample, tmp_path):
    target = tmp_path / "new.stone"
    status, out, err = interrupt_convert(sample, target, signal.SIGINT)
    assert status == 130 and out == ""
    assert err == (
        f"statestone: canceled; {target} was not made, the temporary file is removed\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_leaves_the_file_that_was_there(sample, tmp_path):
    target = tmp_path / "old.stone"
    target.write_text("old")
    status, _, err = interrupt_convert(sample, target, signal.SIGINT)
    assert status == 130
    assert f"{target} was left as it was, the temporary file is removed" in err
    assert target.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_sigterm_stops_in_the_same_way(sample, tmp_path):
    target = tmp_path / "new.stone"
    assert interrupt_convert(sample, target, signal.SIGTERM)[0] == 130
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_in_a_verify_says_which_file(sample):
    process = start("verify", "--threads", "1", sample("values"), sample("large"))
    assert b"values.stone: ok" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=500)
    assert process.returncode == 130 and out == b""
    assert err.decode() == f"statestone: {sample('large')}: canceled\n"


def test_an_extract_that_is_stopped_leaves_no_file(sample, tmp_path):
    target = tmp_path / "weight.npy"
    process = start("extract", "--threads", "1", sample("large"), "model/weight", "-o", target)
    wait_for_temporary(tmp_path, process)
    process.send_signal(signal.SIGINT)
    err = process.communicate(timeout=500)[1].decode()
    assert process.returncode == 130 and f"{target} was not made" in err
    assert list(tmp_path.iterdir()) == []


def test_a_signal_that_is_ignored_stays_ignored(sample, tmp_path):
    target = tmp_path / "new.stone"
    process = start(
        "convert", "--threads", "1", sample("medium"), target,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    wait_for_temporary(tmp_path, process)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=500)
    assert process.returncode == 0
    assert run("inspect", target).status == 0


def test_ctrl_c_ends_an_inspect_at_once(sample):
    process = start("inspect", sample("many"))
    process.stdout.readline()  # the pipe is full soon, and the program waits for its reader
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=500) == -signal.SIGINT
