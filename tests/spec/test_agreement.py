"""The library and the independent reader say the same of every file, damaged ones included.

Needs the library's test program: STATESTONE_DUMP names it.
"""

import json
import os
import pathlib
import subprocess

import pytest
from comparison import differences, said_by_library
from reader.container import open_file
from reader.dump import Dump
from reader.verdict import Refused
from reader.verify import verify

PROGRAM = os.environ["STATESTONE_DUMP"]
DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
GOOD = sorted((DATA / "good").glob("*.stone"))
REFUSED = sorted((DATA / "bad").glob("*.stone")) + sorted((DATA / "unsupported").glob("*.stone"))


def said_by_reader(data):
    return json.loads(json.dumps(Dump(data, open_file(data)).as_json()))


def verdict_of_reader(data):
    """In the words of `stone_dump verdicts`: of opening, and of verifying if that went well."""
    try:
        open_file(data)
    except Refused as refused:
        return refused.code
    try:
        verify(data)
    except Refused as refused:
        return f"ok {refused.code}"
    return "ok ok"


def verdicts_of_library(file):
    run = subprocess.run([PROGRAM, "verdicts", file], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


def name(file):
    return file.stem


def test_there_are_files_to_agree_on():
    assert len(GOOD) >= 14
    assert len(REFUSED) >= 250


@pytest.mark.parametrize("file", GOOD, ids=name)
def test_both_say_the_same_of_a_golden_file(file):
    data = file.read_bytes()
    code, library = said_by_library(PROGRAM, file)
    assert code == 0
    assert differences(library, said_by_reader(data)) == []
    verify(data)


@pytest.mark.parametrize("file", REFUSED, ids=name)
def test_both_give_the_same_verdict_on_a_file_of_the_corpus(file):
    assert verdicts_of_library(file)[0] == verdict_of_reader(file.read_bytes())


@pytest.mark.parametrize("file", [file for file in GOOD if file.stat().st_size <= 1100], ids=name)
def test_both_give_the_same_verdict_on_every_cut_and_every_flipped_bit(file):
    whole = file.read_bytes()
    expected = [verdict_of_reader(whole)]
    expected += [verdict_of_reader(whole[:size]) for size in range(len(whole))]
    damaged = bytearray(whole)
    for place in range(len(damaged)):
        for bit in range(8):
            damaged[place] ^= 1 << bit
            expected.append(verdict_of_reader(bytes(damaged)))
            damaged[place] ^= 1 << bit
    assert verdicts_of_library(file) == expected
