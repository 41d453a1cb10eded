"""Names in a file that are others in a module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ._error import Error

Pair = tuple[str, str]
Renames = Mapping[str, str] | Iterable[Pair]


def pairs_of(renames: Renames) -> list[Pair]:
    """As pairs: first the name in the file, then that in the module.

    Raises:
        Error: ``invalid_argument`` for a pair that is neither of two names nor of two prefixes.
    """
    items = renames.items() if isinstance(renames, Mapping) else renames
    pairs = [(in_file, in_module) for in_file, in_module in items]
    for pair in pairs:
        if not _is_prefix_pair(pair) and not _is_name_pair(pair):
            raise Error(
                "invalid_argument",
                "rename pair of a prefix and a name",
                expected="two names, or two prefixes that end in '.' or are empty",
                found=repr(pair),
                advice="end both in '.', or neither",
            )
    return pairs


def _is_prefix_pair(pair: Pair) -> bool:
    return all(name == "" or name.endswith(".") for name in pair)


def _is_name_pair(pair: Pair) -> bool:
    return all(name != "" and not name.endswith(".") for name in pair)


class NameMap:
    """Applies pairs: the first that fits a name, once."""

    def __init__(self, pairs: Sequence[Pair]):
        self._pairs = pairs
        self._used: set[Pair] = set()

    def in_module(self, in_file: str) -> str:
        for pair in self._pairs:
            fits = in_file.startswith(pair[0]) if _is_prefix_pair(pair) else in_file == pair[0]
            if fits:
                self._used.add(pair)
                return pair[1] + in_file[len(pair[0]) :]
        return in_file

    def unused(self) -> list[Pair]:
        return [pair for pair in self._pairs if pair not in self._used]
