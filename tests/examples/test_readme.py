"""What the README shows is code that is built and run, commands and files that are there."""

import re

from programs import EXAMPLES, SOURCE, STATESTONE, run

README = (SOURCE / "README.md").read_text()


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def unindented(text):
    return "\n".join(line.strip() for line in text.strip().splitlines())


def test_shows_code_of_the_examples():
    examples = [unindented(path.read_text()) for path in (SOURCE / "examples").rglob("*.cc")]
    shown = blocks("cpp")
    assert len(shown) >= 2
    for block in shown:
        # A blank line in a block may stand for what the README leaves out.
        for part in re.split(r"\n\s*\n", block):
            assert any(unindented(part) in example for example in examples), part


def test_shows_commands_of_the_program():
    commands = re.findall(r"^\$ statestone (\w+)", README, re.MULTILINE)
    assert len(commands) >= 3
    for command in commands:
        assert f"statestone {command}" in run(STATESTONE, command, "--help")


def test_links_only_to_what_is_there():
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert len(links) >= 4
    for link in links:
        assert (SOURCE / link).exists(), link


def test_codec_example_runs(tmp_path):
    output = run(EXAMPLES / "example_readme_codec", cwd=tmp_path)
    assert output == "epoch 12, 4000000 bytes, the same\n"


def test_torch_example_runs(tmp_path):
    output = run(EXAMPLES / "example_readme_torch", cwd=tmp_path)
    assert output == "epoch 12, 4 tensors, the same\n"
