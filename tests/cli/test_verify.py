import re

from conftest import run


def test_says_ok_with_bytes_chunks_time_and_rate(sample):
    result = run("verify", sample("transformer"))
    assert result.status == 0 and result.err == ""
    line = r".*transformer\.stone: ok  2\.\d+ MiB, \d+ chunks, [\d.]+ s, [\d.]+ [kMG]B/s\n"
    assert re.fullmatch(line, result.out), result.out


def test_names_the_damaged_chunk_and_goes_on_with_the_rest(sample, damaged):
    result = run("verify", sample("values"), damaged, sample("conv_net"))
    assert result.status == 1
    assert [line.split(": ")[1][:2] for line in result.out.splitlines()] == ["ok", "ok"]
    assert result.err.startswith(f"statestone: {damaged}: ")
    assert "chunk 0 at offset 64" in result.err and result.err.count("\n") == 1


def test_gives_the_highest_exit_status_of_all_files(sample, damaged, tmp_path):
    result = run("verify", damaged, tmp_path / "nothing.stone", sample("values"))
    assert result.status == 2
    assert result.err.count("statestone: ") == 2


def test_json_has_a_result_for_every_file(sample, damaged):
    result = run("verify", "--json", sample("values"), damaged)
    assert result.status == 1 and not result.json["ok"]
    fine, bad = result.json["files"]
    assert set(fine) == {
        "path", "ok", "bytes", "chunks", "generations", "undecoded_chunks", "seconds",
    }
    assert fine["ok"] and fine["bytes"] == sample("values").stat().st_size
    assert not bad["ok"] and bad["error"]["code"] == "corrupt"
    assert bad["error"]["path"] == str(damaged)
    assert bad["error"]["chunk"] == 0 and bad["error"]["offset"] == 64


def test_refuses_a_file_that_is_cut_off(sample, tmp_path):
    cut = tmp_path / "cut.stone"
    cut.write_bytes(sample("values").read_bytes()[:-64])
    result = run("verify", "--json", cut)
    assert result.status == 1
    assert result.json["files"][0]["error"]["code"] == "incomplete"


def test_does_the_same_with_any_number_of_threads(sample):
    counts = {run("verify", "--json", "--threads", n, sample("dtypes")).json["files"][0]["chunks"]
              for n in (1, 2, 7)}
    assert len(counts) == 1
