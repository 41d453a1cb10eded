"""Of the source files named on standard input, prints those that a compile_commands.json has."""

import json
import sys
from pathlib import Path


def main():
    commands = json.loads(Path(sys.argv[1]).read_text())
    compiled = {str(Path(entry["directory"], entry["file"]).resolve()) for entry in commands}
    for line in sys.stdin:
        if str(Path(line.strip()).resolve()) in compiled:
            print(line.strip())


if __name__ == "__main__":
    main()
