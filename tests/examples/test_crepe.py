"""A published network, restored in C++ from a .stone file, computes what Python computes.

The comparison is of bits, without a tolerance: both languages call the same libtorch, with one
thread, on the same input.
"""

import re

import torch
from programs import BUILD, EXAMPLES, PYTHON, SOURCE, STATESTONE, published, run

CREPE_PY = SOURCE / "examples" / "crepe" / "crepe.py"


def run_in_cpp(weights, folder, *tones):
    run(STATESTONE, "convert", published(weights), folder / "weights.stone")
    return run(EXAMPLES / "crepe", folder / "weights.stone", folder, *tones)


def pitches(output):
    return [float(hertz) for hertz in re.findall(r"found ([\d.]+) Hz", output)]


def check_network(weights, folder, cents):
    tones = [440, 261.63, 110]
    output = run_in_cpp(weights, folder, *tones)
    assert "44 tensors restored" in output
    for tone, found in zip(tones, pitches(output), strict=True):
        assert tone * 2 ** (-cents / 1200) < found < tone * 2 ** (cents / 1200), output
    assert "every bit the same" in run(PYTHON, CREPE_PY, published(weights), folder)


def test_full_network_gives_the_bits_of_python(tmp_path):
    check_network("full.pth", tmp_path, cents=20)


def test_tiny_network_gives_the_bits_of_python(tmp_path):
    check_network("tiny.pth", tmp_path, cents=50)


def test_notices_when_a_bit_of_an_activation_differs(tmp_path):
    run_in_cpp("tiny.pth", tmp_path, 440)
    activations = tmp_path / "activations.f32"
    changed = bytearray(activations.read_bytes())
    changed[-4] ^= 1
    activations.write_bytes(changed)
    output = run(PYTHON, CREPE_PY, published("tiny.pth"), tmp_path, status=1)
    assert "every bit the same" not in output


def test_refuses_the_weights_of_another_network(tmp_path):
    weights = {f"conv{i}.weight": torch.zeros(8, 4) for i in range(1, 6)}
    torch.save(weights, tmp_path / "other.pth")
    run(STATESTONE, "convert", tmp_path / "other.pth", tmp_path / "other.stone")
    output = run(EXAMPLES / "crepe", tmp_path / "other.stone", tmp_path, 440, status=1)
    assert '"conv6.weight"' in output
    assert "not weights of CREPE" in output


def test_demo_ends_with_its_summary(tmp_path):
    output = run(
        SOURCE / "examples" / "demo.sh",
        cwd=SOURCE,
        env={"STATESTONE_DEMO_BUILD": BUILD, "STATESTONE_DEMO_OUT": tmp_path},
    )
    assert "every bit the same" in output
    assert "checksum" in output
    summary = output[output.index("\nSummary\n"):]
    assert "refused (exit status" in summary
