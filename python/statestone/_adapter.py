"""Says what objects are that are not plain data: what ``save`` asks about each of them."""

from __future__ import annotations

import collections
import dataclasses
import enum
import sys
from typing import Any, Callable

from ._native import Refusal, SubstituteRecord

Record = Any
"""One of the records of ``_native``: what a file keeps of an object, or why it cannot."""


def make_adapter(root: object) -> Callable[[object], Record]:
    """A function that takes an object and gives its record, for one save of all of ``root``.

    torch and numpy are asked only if they have been imported: an object of theirs cannot be there
    otherwise.
    """
    describers: list[Callable[[object], Record | None]] = []
    if "torch" in sys.modules:
        from ._torch_state import TorchDescriber

        describers.append(TorchDescriber(root).describe)
    if "numpy" in sys.modules:
        from ._numpy_state import describe

        describers.append(describe)
    describers.append(_describe_dict)

    def adapt(obj: object) -> Record:
        for describer in describers:
            record = describer(obj)
            if record is not None:
                return record
        return Refusal(*_refusal(obj))

    return adapt


def class_name(cls: type) -> str:
    if cls.__module__ == "builtins":
        return cls.__qualname__
    return f"{cls.__module__}.{cls.__qualname__}"


def _describe_dict(obj: object) -> Record | None:
    """Counters and defaultdicts are kept as the dicts that they are equal to."""
    if type(obj) in (collections.Counter, collections.defaultdict):
        return SubstituteRecord(dict(obj))  # type: ignore[call-overload]
    return None


def _refusal(obj: object) -> tuple[str, str]:
    cls = type(obj)
    if isinstance(obj, type) or callable(obj) and hasattr(obj, "__qualname__"):
        return "a class or function itself", "save its name as a string"
    return f"an object of class {class_name(cls)}", _advice(obj)


def _advice(obj: object) -> str:
    module = type(obj).__module__
    if isinstance(obj, enum.Enum):
        return "save x.value or x.name instead"
    if dataclasses.is_dataclass(obj):
        return "save dataclasses.asdict(x), a plain dict, instead"
    if isinstance(obj, tuple) and hasattr(obj, "_asdict"):
        return "save tuple(x) or x._asdict() instead"
    if module.partition(".")[0] == "pathlib":
        return "save str(x) instead"
    if module == "datetime":
        return "save x.isoformat() instead"
    if type(obj).__name__ in ("Namespace", "SimpleNamespace"):
        return "save vars(x), a plain dict, instead"
    for base in (bool, int, float, complex, str, bytes, bytearray, dict, list, tuple):
        if isinstance(obj, base):
            return f"save {base.__name__}(x) instead"
    if hasattr(obj, "state_dict"):
        return "save x.state_dict() instead"
    return "save the plain data that it is made of"
