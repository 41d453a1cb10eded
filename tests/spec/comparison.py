"""Compares what the library and the independent reader say of a file."""

import json
import subprocess


def said_by_library(program, file):
    """The dump of the library's test program, or its verdict: (exit code, JSON)."""
    run = subprocess.run([program, "dump", file], capture_output=True, text=True, check=False)
    assert run.returncode in (0, 1), run.stderr
    return run.returncode, json.loads(run.stdout)


def differences(library, reader, path="$"):
    """The places where two dumps differ, as text; a path of null stands for any."""
    if isinstance(library, dict) and isinstance(reader, dict):
        if library.keys() != reader.keys():
            return [f"{path}: keys {sorted(library)} and {sorted(reader)}"]
        return [difference for key in library
                if not (key == "path" and library[key] is None)
                for difference in differences(library[key], reader[key], f"{path}.{key}")]
    if isinstance(library, list) and isinstance(reader, list):
        if len(library) != len(reader):
            return [f"{path}: {len(library)} and {len(reader)} members"]
        return [difference for i, (a, b) in enumerate(zip(library, reader))
                for difference in differences(a, b, f"{path}[{i}]")]
    return [] if library == reader else [f"{path}: {library!r} and {reader!r}"]
