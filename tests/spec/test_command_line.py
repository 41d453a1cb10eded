"""The reader as a program: what it prints, and its exit codes."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import samples
from plane_builder import runs_frame

READER = Path(__file__).resolve().parents[2] / "spec" / "reader"


@pytest.fixture
def stone(tmp_path):
    path = tmp_path / "model.stone"
    path.write_bytes(samples.one_tensor().encode())
    return path


def run(*arguments):
    done = subprocess.run([sys.executable, str(READER), *map(str, arguments)],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_list_prints_every_tensor(stone):
    status, out = run("list", stone)
    assert status == 0
    assert json.loads(out)["tensors"] == [{"path": "model/weight", "dtype": "float32",
                                           "shape": [2, 2], "kind": "tensor", "tie_group": 0}]


def test_verify_says_that_a_file_is_sound(stone):
    assert run("verify", stone) == (0, "sound: 1 generation(s), 1 chunk(s)\n")
    status, out = run("verify", stone, "--json")
    assert (status, json.loads(out)) == (0, {"code": "ok", "generations": 1, "chunks": 1,
                                             "not_decoded": []})


def test_verify_prints_the_verdict_of_a_damaged_file(stone):
    file = bytearray(stone.read_bytes())
    file[64] ^= 1
    stone.write_bytes(file)
    status, out = run("verify", stone)
    assert status == 1
    assert json.loads(out) == {"code": "corrupt", "entry": "model/weight", "offset": 64,
                               "text": "the stored sum of chunk 0 is wrong"}


def test_verify_tells_of_chunks_that_it_could_not_decode(stone):
    other = samples.one_tensor()
    other.storages[0].layout = 2
    stone.write_bytes(other.encode())
    status, out = run("verify", stone)
    assert status == 0
    assert "not decoded: the chunk at 64: chunk 0: unknown layout 2" in out


def test_dump_has_the_sum_of_every_tensor_and_the_digest(stone):
    status, out = run("dump", stone)
    dump = json.loads(out)
    assert status == 0
    assert dump["tensors"][0]["sha256"] == hashlib.sha256(samples.FOUR_FLOATS).hexdigest()
    assert run("digest", stone) == (0, dump["digest"] + "\n")


def test_annotate_says_that_an_index_is_one_frame(stone):
    other = samples.one_tensor()
    other.writer = b"w" * 300
    raw = other.index_bytes()
    frame = runs_frame(raw)
    stone.write_bytes(other.encode(index=frame, coding=1, raw_size=len(raw)))
    status, out = run("annotate", stone)
    assert status == 0
    assert f"index: a zstd frame of {len(raw)} bytes" in out
    assert "tail index coding: 1: one zstd frame" in out
    assert f"tail index stored size: {len(frame)}" in out


def test_annotate_says_of_every_byte_what_it_is(stone):
    status, out = run("annotate", stone)
    lines = out.splitlines()
    assert status == 0
    assert len(lines) <= 60
    places = [int(line[:6], 16) for line in lines[1:] if line[:6].strip()]
    assert places == sorted(places) and places[0] == 0
    covered = sum(int(line.split("*")[1].split()[0]) if "*" in line[:56]
                  else len(line[8:55].split()) for line in lines[1:])
    assert covered == stone.stat().st_size


def test_an_empty_file_is_refused(stone):
    stone.write_bytes(b"")
    status, out = run("list", stone)
    assert (status, json.loads(out)["code"]) == (1, "not_statestone")


def test_a_file_that_is_not_there_is_no_verdict(tmp_path):
    assert run("verify", tmp_path / "none") == (2, "")
