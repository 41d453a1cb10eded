"""The command line of the reader.

    python spec/reader list FILE            what the file holds, as JSON
    python spec/reader verify FILE [--json] every sum, every chunk, every byte between them
    python spec/reader dump FILE            everything the file says, as JSON; see dump.py
    python spec/reader digest FILE          the content digest
    python spec/reader annotate FILE        the bytes of a small file, field by field

With --generation N: that generation, as the file was when it was the last. With --recover: the last
complete generation of a file that does not end in one.

Exit code 0: done. 1: the file is refused; the verdict is printed as JSON. 2: no such file or usage.
"""

import argparse
import json
import mmap
import os
import sys

if not __package__:
    # Run by the folder's path: make the folder's own name importable as the package.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from reader.annotate import annotate
from reader.container import open_file
from reader.digest import content_digest
from reader.dump import Dump
from reader.generations import generation_of, last_complete
from reader.listing import listing
from reader.storage_reader import StorageReader
from reader.verdict import Refused
from reader.verify import verify


def _map(path):
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        # A mapping of nothing is not possible.
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""


def _print_json(what):
    print(json.dumps(what, indent=1))


def _verify(data, as_json):
    report = verify(data)
    if as_json:
        _print_json(report.as_json())
        return
    print(f"sound: {report.generations} generation(s), {report.chunks} chunk(s)")
    for kept in report.not_decoded:
        print(f"not decoded: the chunk at {kept['offset']}: {kept['text']}")


def main(arguments):
    parser = argparse.ArgumentParser(prog="spec/reader", description="Reads .stone files.")
    parser.add_argument("command", choices=["list", "verify", "dump", "digest", "annotate"])
    parser.add_argument("file")
    parser.add_argument("--json", action="store_true", help="verify: report as JSON")
    parser.add_argument("--generation", type=int, help="an earlier generation, from 1")
    parser.add_argument("--recover", action="store_true", help="the last complete generation")
    options = parser.parse_args(arguments)
    try:
        data = _map(options.file)
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        if options.recover:
            data = last_complete(data)
        if options.generation is not None:
            data = generation_of(data, options.generation)
        if options.command == "list":
            _print_json(listing(open_file(data)))
        elif options.command == "verify":
            _verify(data, options.json)
        elif options.command == "dump":
            _print_json(Dump(data, open_file(data)).as_json())
        elif options.command == "digest":
            index = open_file(data).index
            print(content_digest(index, StorageReader(data, index)))
        else:
            print("\n".join(annotate(data)))
    except Refused as refused:
        _print_json(refused.as_json())
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
