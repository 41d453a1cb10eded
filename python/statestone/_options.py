"""Arguments that several functions take."""

from __future__ import annotations

from ._error import Error


def is_compressed(compression: str | None) -> bool:
    """Whether what is stored smaller is stored so.

    Raises:
        Error: ``invalid_argument`` for other than "zstd", "none" and None.
    """
    if compression in ("zstd", "none", None):
        return compression == "zstd"
    raise Error(
        "invalid_argument",
        "no such compression",
        expected='"zstd", "none" or None',
        found=repr(compression),
    )


def thread_count(threads: int | None) -> int:
    """0: one for each core.

    Raises:
        Error: ``invalid_argument`` for numbers below 1.
    """
    if threads is None:
        return 0
    if threads < 1:
        raise Error(
            "invalid_argument",
            "no such number of threads",
            expected="at least 1, or None for one on each core",
            found=str(threads),
        )
    return threads
