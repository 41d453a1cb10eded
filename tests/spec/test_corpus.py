"""Every file of the corpus gets the verdict that it was made for."""

import json
from pathlib import Path

import build_corpus
import pytest
from corpus.case import BAD, FUTURE
from reader.container import open_file
from reader.verify import verify
from verdicts import OK, opens_with, tensors, verdict, verifies_with

CASES = [pytest.param(case, id=case.name) for case in BAD + FUTURE]
TEXTS = json.loads((Path(__file__).parent / "verdict_texts.json").read_text())


@pytest.mark.parametrize("case", CASES)
def test_opening_gives_the_expected_verdict(case):
    assert opens_with(case.build()) == case.open


@pytest.mark.parametrize("case", CASES)
def test_verify_gives_the_expected_verdict(case):
    assert verifies_with(case.build()) == case.verify


@pytest.mark.parametrize("case", [case for case in CASES if case.values[0].open == OK])
def test_an_open_file_refuses_exactly_the_expected_tensors(case):
    refused = {path: found for path, found in tensors(case.build()).items()
               if isinstance(found, str)}
    assert refused == case.read


@pytest.mark.parametrize("case", CASES)
def test_the_verdict_says_what_is_wrong(case):
    refused = verdict(verify, case.build())
    assert (refused and refused.text) == TEXTS.get(case.name)


def test_a_verdict_about_an_entry_names_it():
    case = next(case for case in BAD if case.name == "tensor_in_config_outside")
    assert verdict(open_file, case.build()).entry == "model"


def test_a_verdict_about_a_chunk_names_its_tensor_and_place():
    case = next(case for case in BAD if case.name == "pairs_top_too_low")
    refused = verdict(verify, case.build())
    assert (refused.entry, refused.offset) == ("e/t", 64)


def test_the_folders_are_what_the_cases_build():
    assert build_corpus.check() == []


def test_every_file_is_small():
    large = [case.name for case in BAD + FUTURE if len(case.build()) > 4608]
    assert large == []


def test_no_two_files_are_the_same():
    by_bytes = {}
    for case in BAD + FUTURE:
        by_bytes.setdefault(case.build(), []).append(case.name)
    assert [names for names in by_bytes.values() if len(names) > 1] == []
