# Sourced by ./dev: the commands that look at the code rather than run it for its users.

own_sources() { git ls-files -- "$@" | while read -r file; do [[ ! -e $file ]] || echo "$file"; done; }

format() {
  need_clang_format
  local options=(-i)
  [[ ${1:-} != --check ]] || options=(--dry-run -Werror)
  own_sources '*.cc' '*.h' | xargs -n 16 -P "$(nproc)" clang-format "${options[@]}"
}

# The sources that a build without torch compiles, as its compile_commands.json has them: clang-tidy
# reads the flags there. All of torch's headers would take it hours. The static analyzer follows
# paths through the code and takes as long as all other checks: --quick leaves it out.
lint() {
  local checks=()
  [[ ${1:-} != --quick ]] || checks=(--checks=-clang-analyzer-*)
  need_clang_tidy
  local preset=${STATESTONE_LINT_PRESET:-debug}
  prepare "$preset"
  cmake --build --preset "$preset" --target statestone_generated_code
  own_sources 'codec/*.cc' 'interop/*.cc' 'cli/*.cc' \
    | "$python" tools/compiled_sources.py "build/$preset/compile_commands.json" \
    | xargs -n 2 -P "$(nproc)" clang-tidy --quiet "${checks[@]}" -p "build/$preset" 2> build/.lint.log \
    || { tail -n 20 build/.lint.log >&2; die "clang-tidy found something"; }
  say "clang-tidy found nothing"
}

fuzz() {
  local seconds=${1:-60} pattern=${2:-} harness name found=no
  build fuzz
  for harness in build/fuzz/bin/*_fuzz; do
    name=$(basename "$harness")
    [[ -x $harness && $name == *"$pattern"* ]] || continue
    found=yes
    mkdir -p "build/fuzz/corpus/$name" "build/fuzz/findings"
    say "$name for $seconds s"
    "$harness" "build/fuzz/corpus/$name" $(fuzz_seeds "$name") -max_total_time="$seconds" \
      -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
      -artifact_prefix="build/fuzz/findings/$name-" \
      || die "$name found something: see build/fuzz/findings"
  done
  [[ $found == yes ]] || die "there is no fuzzer named like '$pattern'"
}

# Folders whose files a fuzzer starts from, beside what earlier runs found.
fuzz_seeds() {
  local folder
  for folder in "tests/fuzz/seeds/$1" tests/data/good tests/data/bad; do
    [[ ! -d $folder ]] || echo "$folder"
  done
}

coverage() {
  need_gcovr
  need_models
  build coverage
  find build/coverage -name '*.gcda' -delete
  run_ctest coverage --quiet || say "some tests failed; the figures are of what ran"
  gcovr --root . --object-directory build/coverage --filter 'codec/' --filter 'interop/' \
    --exclude-throw-branches --exclude-unreachable-branches -j "$(nproc)" \
    --print-summary --txt build/coverage/lines.txt \
    --html-details build/coverage/index.html
  gcovr --root . --object-directory build/coverage --filter 'codec/' --filter 'interop/' \
    --exclude-throw-branches --exclude-unreachable-branches -j "$(nproc)" --branches \
    --txt build/coverage/branches.txt
  cat build/coverage/lines.txt
  say "page with every line: build/coverage/index.html; branches: build/coverage/branches.txt"
}
