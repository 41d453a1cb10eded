"""Switches each check of input off in turn and demands that a test notices.

    python tests/check_sites.py BUILD [SITE ...] [--jobs N]

BUILD is a build folder made with -DSTATESTONE_SWITCHABLE_CHECKS=ON, its tests built. The sites come
from codec/check/sites.def; which test programs guard a site follows from the heading it stands
under. A test program that fails, crashes, runs out of memory or does not come to its end has
noticed. Prints the sites that nobody notices; the exit code is 1 if there are any.
"""

import argparse
import os
import re
import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SITES = Path(__file__).resolve().parent.parent / "codec/check/sites.def"

#: Start of a heading -> folders of test programs under BUILD/tests, the likeliest first.
FOLDERS = [("codec/chunk", ["codec/chunk", "codec/files"]),
           ("codec/container", ["codec/files", "codec/container", "codec/reader"]),
           ("codec/file", ["codec/file", "codec/files"]),
           ("torch_bridge", ["torch_bridge"]),
           ("interop", ["interop"]),
           ("codec", ["codec"])]
MEMORY = 6 << 30
PATIENCE = 20  # times what a program takes when all checks are on, and seconds at least


def read_sites():
    """(name, heading) of every site."""
    heading = ""
    for line in SITES.read_text().splitlines():
        if line.startswith("//"):
            heading = line.removeprefix("//").strip()
        elif found := re.match(r'STATESTONE_CHECK_SITE\(\w+, "(\w+)"\)', line):
            yield found[1], heading


def folders_of(heading):
    return next((folders for start, folders in FOLDERS if heading.startswith(start)), [])


def programs_in(build, folder):
    """Test programs of a folder and those below it."""
    root = build / "tests" / folder
    return sorted(path for path in root.rglob("*_test") if path.is_file() and os.access(path, os.X_OK))


def run(program, disabled, patience, memory):
    """Whether all tests of a program pass, and the seconds it took."""
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    environment = dict(os.environ, STATESTONE_DISABLED_CHECK=disabled)
    begin = time.monotonic()
    try:
        done = subprocess.run(
            [program, "--gtest_fail_fast", "--gtest_brief=1"], env=environment, timeout=patience,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=program.parent,
            preexec_fn=limit)
        passed = done.returncode == 0
    except subprocess.TimeoutExpired:
        passed = False
    return passed, time.monotonic() - begin


def baseline(program):
    """The seconds a program takes, and the memory it may have: some tests map more than there is."""
    for memory in (MEMORY, resource.RLIM_INFINITY):
        passed, seconds = run(program, "", 600, memory)
        if passed:
            return seconds, memory
    sys.exit(f"{program} fails with every check on")


def who_notices(site, programs, baselines):
    for program in programs:
        seconds, memory = baselines[program]
        if not run(program, site, PATIENCE * max(1.0, seconds), memory)[0]:
            return program
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("sites", nargs="*", help="only these; also the start of a heading")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    wanted = parser.parse_args()
    build = wanted.build.resolve()
    sites = [(name, heading) for name, heading in read_sites()
             if not wanted.sites or name in wanted.sites
             or any(heading.startswith(start) for start in wanted.sites)]
    programs = {folder: programs_in(build, folder)
                for _, heading in sites for folder in folders_of(heading)}
    baselines = {program: baseline(program)
                 for program in {program for found in programs.values() for program in found}}
    unnoticed = []
    with ThreadPoolExecutor(wanted.jobs) as pool:
        def look(site):
            name, heading = site
            guards = [program for folder in folders_of(heading)
                      for program in sorted(programs[folder], key=baselines.get)]
            return name, heading, guards, who_notices(name, guards, baselines)
        for name, heading, guards, noticed in pool.map(look, sites):
            if not guards:
                print(f"{name}: no test program is built for \"{heading}\"", flush=True)
            elif noticed is None:
                print(f"{name}: nobody notices", flush=True)
            if noticed is None:
                unnoticed.append(name)
    print(f"{len(sites) - len(unnoticed)} of {len(sites)} sites are noticed")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
