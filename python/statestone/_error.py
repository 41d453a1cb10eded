"""The one exception class of Statestone."""

from __future__ import annotations

from typing import Any

from . import _native


class Error(Exception):
    """What every part of Statestone raises, with the fields that its text is made of.

    Attributes:
        code: one of ``not_statestone``, ``incomplete``, ``corrupt``, ``unsupported``, ``limit``,
            ``not_found``, ``mismatch``, ``unsafe``, ``unrepresentable``, ``invalid_argument``,
            ``io``, ``canceled``; the same names as in C++ and in ``statestone --json``.
        problem: what is wrong, a short clause.
        path: the file, as the caller named it.
        entry: the entry, value or tensor, as a display path such as ``model/fc.weight``.
        chunk: index of the chunk in the file.
        offset: byte offset in the file.
        expected: what should have been there.
        found: what was there.
        advice: what to do about it.
        system_error: ``errno`` of a failed call, or 0.
        report: of a ``mismatch``, a :class:`~statestone.RestoreReport`.

    Fields that an error has nothing to say of are ``None``.
    """

    def __init__(
        self,
        code: str,
        problem: str,
        *,
        path: str | None = None,
        entry: str | None = None,
        chunk: int | None = None,
        offset: int | None = None,
        expected: str | None = None,
        found: str | None = None,
        advice: str | None = None,
        system_error: int = 0,
        report: Any = None,
    ) -> None:
        text = _native.error_text(
            code,
            problem,
            _utf8(path),
            _utf8(entry),
            chunk,
            offset,
            _utf8(expected),
            _utf8(found),
            _utf8(advice),
            system_error,
        )
        super().__init__(text if report is None else f"{text}\n{report}")
        self.code = code
        self.problem = problem
        self.path = path
        self.entry = entry
        self.chunk = chunk
        self.offset = offset
        self.expected = expected
        self.found = found
        self.advice = advice
        self.system_error = system_error
        self.report = report

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (dict(self.__dict__),)


def _utf8(text: str | None) -> str:
    """Paths may hold lone surrogates, which stand for bytes that are not UTF-8."""
    if text is None:
        return ""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _rebuilt(fields: dict[str, Any]) -> Error:
    return Error(fields.pop("code"), fields.pop("problem"), **fields)
