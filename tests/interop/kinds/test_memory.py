"""What a conversion of a large file takes, over what the program takes that does nothing."""

import os
import subprocess
import sys

import gguf
import numpy as np

PROGRAM = os.environ["STATESTONE_CONVERT_PROGRAM"]
BYTES = 256 << 20
ALLOWED = 100 << 20


# A child's peak counts from the size of the process that started it: start it from a small one.
STARTER = """
import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(usage.ru_maxrss << 10, os.waitstatus_to_exitcode(status))
"""


def peak(*arguments):
    """Peak resident bytes, and the exit code."""
    command = [sys.executable, "-S", "-c", STARTER, PROGRAM, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return map(int, done.stdout.split())


def noise(dtype, *shape):
    raw = np.random.default_rng(1).integers(0, 1 << 64, BYTES // 8, dtype=np.uint64)
    return raw.view(dtype).reshape(*shape)


def expect_bounded(source, tmp_path, kind="stone"):
    idle, _ = peak()
    taken, code = peak(source, tmp_path / "out", kind)
    assert code == 0
    assert os.path.getsize(tmp_path / "out") > BYTES // 2
    print(f"{source.name}: {(taken - idle) >> 20} MiB over {idle >> 20} MiB")
    assert taken - idle <= ALLOWED


def test_array(tmp_path):
    np.save(tmp_path / "rows.npy", noise(np.float32, 4096, -1))
    expect_bounded(tmp_path / "rows.npy", tmp_path)


def test_column_major_array(tmp_path):
    np.save(tmp_path / "columns.npy", noise(np.float32, 4096, -1).T)
    expect_bounded(tmp_path / "columns.npy", tmp_path)


def test_archive_of_arrays(tmp_path):
    array = noise(np.float32, 2, -1)
    np.savez(tmp_path / "stored.npz", a=array[0], b=array[1].reshape(1024, -1).T)
    expect_bounded(tmp_path / "stored.npz", tmp_path)


def test_archive_of_deflated_arrays(tmp_path):
    array = noise(np.float32, 2, -1)
    np.savez_compressed(tmp_path / "deflated.npz", a=array[0], b=array[1].reshape(1024, -1).T)
    expect_bounded(tmp_path / "deflated.npz", tmp_path)


def test_writing_an_archive_of_arrays(tmp_path):
    array = noise(np.float32, 2, -1)
    np.savez(tmp_path / "in.npz", a=array[0], b=array[1])
    expect_bounded(tmp_path / "in.npz", tmp_path, "npz")


def test_gguf_file(tmp_path):
    writer = gguf.GGUFWriter(tmp_path / "model.gguf", "llama")
    array = noise(np.float16, 4, 1024, -1)
    for i, part in enumerate(array):
        writer.add_tensor(f"blk.{i}.w", part)
    writer.add_array("tokenizer.ggml.tokens", [f"token {i}" for i in range(50_000)])
    writer.add_array("tokenizer.ggml.scores", [float(i) for i in range(50_000)])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    expect_bounded(tmp_path / "model.gguf", tmp_path)
