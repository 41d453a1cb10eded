# Sourced by ./dev: sees to everything that a command needs, and does nothing when all is there.
# No step needs the network then.

say() { printf '%s\n' "dev: $*" >&2; }
die() {
  say "$*"
  exit 1
}

venv=$root/.venv
python=$venv/bin/python
models=$root/build/models

build_libraries=(libflatbuffers-dev libzstd-dev libxxhash-dev libssl-dev zlib1g-dev
  libhdf5-dev libprotobuf-dev nlohmann-json3-dev libcli11-dev libfmt-dev libgtest-dev libgmock-dev
  librapidcheck-dev libbenchmark-dev)

# Whether a command is there and runs: a pyenv shim may be there and not run.
runs() { "$1" --version > /dev/null 2>&1; }

missing_packages() {
  local pair library installed
  # A command counts wherever it comes from: apt, pip, a folder of your own.
  for pair in "$@"; do
    runs "${pair%%=*}" || echo "${pair##*=}"
  done
  [[ $want_libraries == yes ]] || return 0
  installed=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' "${build_libraries[@]}" \
    2> /dev/null || true)
  for library in "${build_libraries[@]}"; do
    grep -q "^ii *$library\$" <<< "$installed" || echo "$library"
  done
}

as_root() {
  if [[ $EUID -eq 0 ]]; then
    "$@"
  elif command -v sudo > /dev/null; then
    sudo "$@"
  else
    die "this needs root, and there is no sudo; please run as root: $*"
  fi
}

apt_install() {
  say "installing with apt-get, since they are missing: $*"
  local options=(-o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -qq)
  as_root apt-get "${options[@]}" update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" install -y \
    --no-install-recommends "$@" > /dev/null
}

# need_packages <command=package>...: these commands, and the libraries if want_libraries is yes.
need_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [[ ${#missing[@]} -gt 0 ]] || return 0
  if command -v apt-get > /dev/null && command -v dpkg-query > /dev/null; then
    apt_install "${missing[@]}"
  else
    say "not a Debian-like system; if the build fails, install what these are called here:" \
      "${missing[*]}"
  fi
}

need_build_packages() {
  want_libraries=yes need_packages cmake=cmake ninja=ninja-build g++=g++ pkg-config=pkg-config \
    flatc=flatbuffers-compiler protoc=protobuf-compiler ccache=ccache
}

need_clang_format() { want_libraries=no need_packages clang-format=clang-format; }
need_clang_tidy() { want_libraries=no need_packages clang-tidy=clang-tidy; }
need_gcovr() { want_libraries=no need_packages gcovr=gcovr; }

need_clang() {
  want_libraries=no need_packages clang++=clang
  # The runtimes of the sanitizers and libFuzzer are a package of its own, named after the version.
  local runtime
  runtime=$(clang++ -print-file-name="libclang_rt.fuzzer-$(uname -m).a")
  if [[ ! -e $runtime ]] && command -v apt-get > /dev/null; then
    apt_install "libclang-rt-$(clang++ -dumpversion | cut -d. -f1)-dev"
  fi
}

need_python() {
  local stamp=$venv/.requirements wanted
  wanted=$(cat "$root/tools/requirements.txt")
  if [[ -x $python && -e $stamp && $(cat "$stamp") == "$wanted" ]]; then
    return 0
  fi
  local base=${STATESTONE_BASE_PYTHON:-python3}
  if ! "$base" -c 'import ensurepip, venv' > /dev/null 2>&1 && command -v apt-get > /dev/null; then
    apt_install python3 python3-venv
    base=/usr/bin/python3
  fi
  "$base" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
    || die "Python 3.11 or later is needed; name one in STATESTONE_BASE_PYTHON"
  say "installing torch and the other packages of tools/requirements.txt into .venv"
  [[ -x $python ]] || "$base" -m venv "$venv"
  "$python" -m pip --quiet --disable-pip-version-check install -r "$root/tools/requirements.txt"
  printf '%s\n' "$wanted" > "$stamp"
}

# The package of the release build, for .venv/bin/python; an edit of its Python files needs no build.
make_importable() {
  local folder
  for folder in "$venv"/lib/python*/site-packages; do
    printf '%s\n' "$root/build/release/python" > "$folder/statestone.pth"
  done
}

need_models() {
  local stamp=$models/.listed name checksum rest
  if [[ -e $stamp ]] && cmp -s "$stamp" "$root/tools/models.txt"; then
    local complete=yes
    while read -r checksum name rest; do
      [[ $checksum == '#'* || -s $models/$name ]] || complete=no
    done < "$root/tools/models.txt"
    [[ $complete == no ]] || return 0
  fi
  say "fetching published weights into build/models"
  "$python" "$root/tools/fetch_models.py" "$models"
  cp "$root/tools/models.txt" "$stamp"
}
