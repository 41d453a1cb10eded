import re
import subprocess

from conftest import environment, run, run_in_terminal, PROGRAM


def widths(text):
    return [len(line) for line in text.splitlines()]


def test_tables_fit_any_terminal(sample):
    for columns in (20, 40, 80, 120, 200):
        for name in ("transformer", "conv_net", "dtypes", "values", "hostile"):
            status, text = run_in_terminal(
                "inspect", sample(name), columns=columns
            )
            assert status == 0
            assert max(widths(text)) <= columns, (columns, name)


def test_narrow_terminals_keep_names_and_shapes(sample):
    text = run_in_terminal("inspect", sample("transformer"), columns=40)[1]
    assert "layers.0..23" in text and "1000 × 64" in text and "CODING" not in text


def test_wide_terminals_show_every_column(sample):
    text = run_in_terminal("inspect", sample("transformer"), columns=200)[1]
    header = next(line for line in text.splitlines() if line.startswith("NAME"))
    assert header.split() == ["NAME", "TYPE", "SHAPE", "SIZE", "STORED", "%", "CODING", "FLAGS"]


def test_colours_are_for_terminals_that_want_them(sample):
    path = sample("transformer")
    willing = environment(NO_COLOR=None)
    dumb = environment(NO_COLOR=None, TERM="dumb")
    assert "\033[" in run_in_terminal("inspect", path, env=willing)[1]
    assert "\033[" not in run_in_terminal("inspect", path, env=environment(NO_COLOR="1"))[1]
    assert "\033[" not in run_in_terminal("inspect", path, env=dumb)[1]
    assert "\033[" not in run_in_terminal("inspect", path, "--color", "never", env=willing)[1]
    assert "\033[" not in run("inspect", path, env=willing).out
    assert "\033[" in run("inspect", path, "--tree", "--color", "always").out


def test_colours_change_nothing_else(sample):
    coloured = run("inspect", "--tree", "--color", "always", sample("transformer")).out
    plain = run("inspect", "--tree", sample("transformer")).out
    assert re.sub(r"\033\[[0-9;]*m", "", coloured) == plain


def test_a_locale_without_utf8_gets_ascii_marks(sample):
    env = environment(LANG="C")
    text = run_in_terminal("inspect", sample("transformer"), env=env)[1]
    assert text.isascii() and "|- layers.0..23" in text and "x 24" in text


# SHA-256 of 4 GiB takes a second and more on any machine, so that there is progress to show.
def test_progress_is_drawn_on_a_terminal_and_cleaned_up(sample):
    status, text = run_in_terminal("digest", "--threads", "1", sample("large"), columns=100)
    assert status == 0
    bars = re.findall(r"\r(digest [^\r\n]*%[^\r\n]*)\033\[K", text)
    assert bars and re.search(r"\d+ %  [\d.]+ [kMG]B/s  [\d.]+ s left", bars[0]), text
    assert re.search(r"\r\033\[K[0-9a-f]{64}  [^\r]*large\.stone", text)
    assert len(re.sub(r"\033\[[0-9;]*[mK]", "", bars[0])) < 100


def test_progress_goes_to_standard_error_alone(sample):
    status, text = run_in_terminal(
        "digest", "--json", "--threads", "1", sample("large"), stdout=subprocess.PIPE
    )
    assert status == 0 and "%" in text and "{" not in text


def test_quiet_and_pipes_get_no_progress(sample):
    status, text = run_in_terminal("digest", "--quiet", "--threads", "1", sample("large"))
    assert status == 0 and "\033[K" not in text
    result = run("digest", "--threads", "1", sample("large"))
    assert result.status == 0 and result.err == ""


def test_short_jobs_get_no_progress(sample):
    text = run_in_terminal("verify", sample("values"))[1]
    assert "\r" not in text and "\033[K" not in text


def test_a_dead_terminal_does_not_end_a_job(sample, tmp_path):
    target = tmp_path / "copy.stone"
    done = subprocess.run(
        ["sh", "-c", 'exec "$0" convert "$1" "$2" 2>&-', PROGRAM, str(sample("values")),
         str(target)], env=environment(), stdout=subprocess.PIPE,
    )
    assert done.returncode == 0 and run("verify", target).status == 0
