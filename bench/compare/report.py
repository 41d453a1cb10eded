"""Rows of figures, on the terminal and in a JSON file."""

import json
import os
import platform
from importlib.metadata import version


class Report:
    def __init__(self):
        self.sections = []

    def section(self, title, columns):
        self.sections.append({"title": title, "columns": columns, "rows": []})
        print(f"\n{title}\n")
        print("| " + " | ".join(columns) + " |")
        print("|" + "---|" * len(columns))

    def row(self, *cells):
        self.sections[-1]["rows"].append(cells)
        print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)

    def write(self, path):
        facts = {
            "processor": processor(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "torch": version("torch"),
            "safetensors": version("safetensors"),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"machine": facts, "sections": self.sections}, indent=1))


def processor():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.machine()


def against(value, target, at_most):
    """The target and whether it is met, for the last column of a row."""
    met = value <= target if at_most else value >= target
    return f"{'<=' if at_most else '>='} {target:g}: {'met' if met else 'MISSED'}"
