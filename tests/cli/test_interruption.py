import fcntl
import os
import shutil
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


def stop_append(sample, file, number):
    """Sends a signal to an append once it has written something; returns the status, what it said
    and the file as it was before. It is tried again where the program was faster."""
    data = file.with_suffix(".data")
    data.write_bytes(os.urandom(64 << 20))  # does not shrink
    for _ in range(50):
        shutil.copy(sample("values"), file)
        before = file.read_bytes()
        process = start("append", "--threads", "1", file, "--attach", f"data={data}")
        while process.poll() is None and file.stat().st_size == len(before):
            time.sleep(0.001)
        process.send_signal(number)
        err = process.communicate(timeout=500)[1].decode()
        if process.returncode != 0:
            return process.returncode, err, before
    raise AssertionError("the append always ends before it can be stopped")


def test_ctrl_c_in_an_append_leaves_the_file_as_it_was(sample, tmp_path):
    file = tmp_path / "run.stone"
    status, err, before = stop_append(sample, file, signal.SIGINT)
    assert (status, err) == (130, f"statestone: {file}: canceled; the file is as it was\n")
    assert file.read_bytes() == before


def test_an_append_that_is_killed_leaves_the_generation_before(sample, tmp_path):
    file = tmp_path / "run.stone"
    status, _, before = stop_append(sample, file, signal.SIGKILL)
    assert status == -signal.SIGKILL
    assert len(file.read_bytes()) > len(before)
    result = run("inspect", file)
    assert result.status == 1 and "`statestone recover FILE` finds what is whole" in result.err
    assert run("recover", "--truncate", file).status == 0
    assert file.read_bytes() == before


def test_ctrl_c_in_an_append_that_waits_ends_it(sample, tmp_path):
    file = shutil.copy(sample("values"), tmp_path / "run.stone")
    before = file.read_bytes()
    with open(file, "rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        process = start("append", file, "--set", "a=1")
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=500)
    assert process.returncode == 130 and file.read_bytes() == before


def test_ctrl_c_in_a_compact_leaves_nothing_behind(sample, tmp_path):
    target = tmp_path / "small.stone"
    process = start("compact", "--threads", "1", sample("large"), target)
    wait_for_temporary(tmp_path, process)
    process.send_signal(signal.SIGINT)
    err = process.communicate(timeout=500)[1].decode()
    assert process.returncode == 130 and f"{target} was not made" in err
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_ends_a_log_at_once(sample, tmp_path):
    file = shutil.copy(sample("many"), tmp_path / "many.stone")
    if run("inspect", "--json", file).json["entries"][0]["name"] == "":
        assert run("rename", file, "", "model").status == 0
    assert run("rename", file, "--prefix", "model/", "model/x").status == 0
    process = start("log", "--all", file)
    process.stdout.readline()  # the pipe is full soon, and the program waits for its reader
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=500) == -signal.SIGINT
