#!/usr/bin/env bash
# count_tests.sh <build folder>: fails when ctest knows fewer tests there than tests/count.txt says,
# so that no test goes missing unnoticed. Raise the number when you add tests.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
expected=$(grep -v '^#' "$root/tests/count.txt")
found=$(ctest --test-dir "$1" -N | sed -n 's/^Total Tests: //p')
if [[ $found -lt $expected ]]; then
  echo "$1 has $found tests, tests/count.txt says $expected: were some lost?" >&2
  exit 1
fi
echo "$found tests, at least $expected expected"
