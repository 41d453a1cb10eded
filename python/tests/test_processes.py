"""Ctrl-C, threads, fork, python -O, and a Python without torch or NumPy."""

import os
import signal
import sys
import threading

import pytest
import torch
from conftest import assert_same, run_python

import statestone


def test_ctrl_c_while_saving_leaves_the_old_file_alone(tmp_path):
    path = tmp_path / "state.stone"
    statestone.save({"old": 1}, path)
    state = {"w": torch.randn(1 << 20)}

    def interrupt(signal_number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for _ in range(8):  # until a save is long enough to be interrupted
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.03)
                statestone.save(state, path, threads=1)
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                break
            statestone.save({"old": 1}, path)
            state = {"w": torch.cat([state["w"], state["w"]])}
        else:
            raise AssertionError("no save was interrupted")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert os.listdir(tmp_path) == ["state.stone"]
    found = statestone.load(path)
    assert found == {"old": 1} or torch.equal(found["w"], state["w"])


def test_what_a_progress_function_raises_ends_the_save(tmp_path):
    path = tmp_path / "state.stone"
    statestone.save({"old": 1}, path)
    calls = []

    def progress(done, total):
        calls.append((done, total))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        statestone.save({"w": torch.randn(1 << 22)}, path, progress=progress)
    assert len(calls) == 1
    assert os.listdir(tmp_path) == ["state.stone"]


def test_progress_ends_with_everything_done(tmp_path):
    calls = []
    state = {"w": torch.randn(1 << 20)}
    statestone.save(state, tmp_path / "a.stone", progress=lambda *call: calls.append(call))
    assert calls[-1] == (4 << 20, 4 << 20)
    assert calls == sorted(calls)


def test_many_threads_save_and_load_at_once(tmp_path):
    states = [{"w": torch.randn(50_000 + i), "n": i} for i in range(8)]
    shared = tmp_path / "shared.stone"
    statestone.save(states[0], shared)
    run = statestone.open(shared)
    failures = []

    def work(i):
        try:
            for _ in range(3):
                statestone.save(states[i], tmp_path / f"{i}.stone")
                assert_same(statestone.load(tmp_path / f"{i}.stone"), states[i])
                assert torch.equal(run["w"].load(), states[0]["w"])
                assert torch.equal(run["w"][i : i + 9], states[0]["w"][i : i + 9])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_other_threads_run_while_a_file_is_written_and_read(tmp_path):
    state = {"w": torch.randn(1 << 23)}
    interval = sys.getswitchinterval()

    def seen_at_work(work):
        """Whether this thread gets to run before `work` ends, though nobody is made to switch."""
        started, ended = threading.Event(), threading.Event()

        def worker():
            started.set()
            work()
            ended.set()

        thread = threading.Thread(target=worker)
        sys.setswitchinterval(1000)
        try:
            thread.start()
            started.wait()
            return not ended.is_set()
        finally:
            sys.setswitchinterval(interval)
            thread.join()

    assert not seen_at_work(lambda: sum(range(10**6)))  # who keeps the GIL is not seen
    assert seen_at_work(lambda: statestone.save(state, tmp_path / "w.stone"))
    assert seen_at_work(lambda: statestone.load(tmp_path / "w.stone"))
    assert seen_at_work(lambda: statestone.open(tmp_path / "w.stone")["w"].load())
    assert seen_at_work(lambda: statestone.load_into(tmp_path / "w.stone", state))


def test_a_forked_child_saves_and_loads(tmp_path):
    state = {"w": torch.randn(500_000)}
    statestone.save(state, tmp_path / "parent.stone")
    run = statestone.open(tmp_path / "parent.stone")
    child = os.fork()
    if child == 0:
        status = 1
        try:
            assert_same(statestone.load(tmp_path / "parent.stone"), state)
            assert torch.equal(run["w"][3:9], state["w"][3:9])
            statestone.save(state, tmp_path / "child.stone")
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert (tmp_path / "child.stone").read_bytes() == (tmp_path / "parent.stone").read_bytes()


# Asserts mean nothing under -O: what is printed is what counts.
CHECKS = """
import sys, numpy, statestone
print(sys.flags.optimize)
folder = sys.argv[1]
statestone.save({"w": numpy.arange(3.0)}, folder + "/a.stone")
def code(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except statestone.Error as error:
        print(error.code)
    else:
        print("nothing")
code(statestone.save, {"x": object()}, folder + "/b.stone")
code(statestone.save, {}, folder + "/b.stone", compression="x")
code(statestone.load_into, folder + "/a.stone", {"w": numpy.zeros(4)})
code(statestone.load_into, folder + "/a.stone", {"v": numpy.zeros(3)})
code(statestone.load, folder + "/c.stone")
content = bytearray(open(folder + "/a.stone", "rb").read())
content[70] ^= 1
code(statestone.loads, bytes(content), framework="numpy")
code(statestone.loads, bytes(content[:-1]), framework="numpy")
"""


def test_nothing_is_checked_by_assert(tmp_path):
    code = CHECKS.replace("sys.argv[1]", repr(str(tmp_path)))
    expected = ["unrepresentable", "invalid_argument", "mismatch", "mismatch", "io", "corrupt"]
    expected.append("incomplete")
    assert run_python(code).split() == ["0", *expected]
    assert run_python(code, "-O").split() == ["1", *expected]


WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {missing!r}:
            raise ModuleNotFoundError(name)
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name in {missing!r} else found(name, *rest)
sys.meta_path.insert(0, Missing())
import statestone
path = {path!r}
"""


@pytest.fixture
def file(tmp_path):
    state = {"w": torch.arange(6.0).reshape(2, 3), "h": torch.ones(2).bfloat16(), "n": [1, "a"]}
    state["tied"] = state["w"][1]
    state["size"] = torch.Size([1])
    state["dtype"] = torch.bfloat16
    statestone.save(state, tmp_path / "state.stone")
    return tmp_path / "state.stone"


def test_numpy_alone_is_enough(file):
    code = WITHOUT.format(missing={"torch"}, path=str(file))
    code += """
state = statestone.load(path)
print(type(state["w"]).__name__, state["w"].tolist(), state["n"], state["size"])
print(state["dtype"].name)
state["tied"][0] = 7
print(state["w"][1, 0], state["h"].dtype)
run = statestone.open(path)
print(run["w"][1:].tolist(), run["w"][:, 1].tolist())
statestone.save({"a": state["w"]}, path)
print(statestone.load(path)["a"].shape, "torch" in sys.modules)
"""
    assert run_python(code).splitlines() == [
        "ndarray [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]] [1, 'a'] (1,)",
        "bfloat16",
        "7.0 bfloat16",
        "[[3.0, 4.0, 5.0]] [1.0, 4.0]",
        "(2, 3) False",
    ]


def test_neither_torch_nor_numpy_is_needed(file):
    code = WITHOUT.format(missing={"torch", "numpy"}, path=str(file))
    code += """
state = statestone.load(path)
w = state["w"]
print(w.dtype, w.shape, w.strides, w.data.cast("f").tolist(), state["h"].data.tobytes().hex())
state["tied"].data[:] = bytes(12)
print(w.data.cast("f").tolist(), state["n"])
print(statestone.open(path)["w"][1:].data.cast("f").tolist())
statestone.save({"a": 1, "b": [b"x", 2j]}, path)
print(statestone.load(path), "numpy" in sys.modules)
"""
    assert run_python(code).splitlines() == [
        "float32 (2, 3) (3, 1) [0.0, 1.0, 2.0, 3.0, 4.0, 5.0] 803f803f",
        "[0.0, 1.0, 2.0, 0.0, 0.0, 0.0] [1, 'a']",
        "[3.0, 4.0, 5.0]",
        "{'a': 1, 'b': [b'x', 2j]} False",
    ]


def test_importing_the_package_imports_neither_torch_nor_numpy():
    code = "import sys, statestone; print('torch' in sys.modules, 'numpy' in sys.modules)"
    assert run_python(code) == "False False\n"


def test_looking_at_a_file_does_not_import_torch(file):
    code = f"""
import sys, statestone
run = statestone.open({str(file)!r})
print(run["n"], run["w"].shape, run.info()["tensors"], len(run.digest()), "torch" in sys.modules)
"""
    assert run_python(code) == "[1, 'a'] (2, 3) 3 64 False\n"
