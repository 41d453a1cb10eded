import re

from conftest import run


def test_prints_the_digest_and_the_name(sample):
    result = run("digest", sample("values"), sample("conv_net"))
    assert result.status == 0
    lines = result.out.splitlines()
    assert [re.sub("^[0-9a-f]{64}  ", "", line) for line in lines] == [
        str(sample("values")), str(sample("conv_net")),
    ]
    assert lines[0][:64] != lines[1][:64]


def test_is_the_same_whatever_the_coding(sample, tmp_path):
    copy = tmp_path / "raw.stone"
    assert run("convert", "--compression", "none", sample("transformer"), copy).status == 0
    assert copy.stat().st_size > sample("transformer").stat().st_size
    assert run("digest", copy).out[:64] == run("digest", sample("transformer")).out[:64]


def test_expect_is_fine_with_the_right_digest(sample):
    digest = run("digest", sample("values")).out[:64]
    assert run("digest", "--expect", digest.upper(), sample("values")).status == 0


def test_expect_says_no_to_another_digest(sample):
    result = run("digest", "--json", "--expect", "0" * 64, sample("values"))
    assert result.status == 1 and not result.json["ok"]
    error = result.json["files"][0]["error"]
    assert error["code"] == "mismatch" and error["expected"] == "0" * 64
    assert error["found"] == run("digest", sample("values")).out[:64]


def test_expect_must_be_a_digest(sample):
    result = run("digest", "--expect", "abc", sample("values"))
    assert result.status == 2 and "64 hexadecimal digits" in result.err


def test_json_has_a_digest_for_every_file(sample):
    result = run("digest", "--json", sample("values"))
    assert result.json["ok"]
    assert set(result.json["files"][0]) == {"path", "ok", "digest"}


def test_goes_on_behind_a_file_that_is_damaged(sample, damaged):
    result = run("digest", damaged, sample("values"))
    assert result.status == 1
    assert result.out.endswith(f"  {sample('values')}\n") and result.out.count("\n") == 1
