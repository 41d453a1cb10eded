"""What a file of the corpus is: its bytes, a sentence, and the verdicts that every reader gives."""

from dataclasses import dataclass, field

OK, NOT_STATESTONE, INCOMPLETE = "ok", "not_statestone", "incomplete"
CORRUPT, UNSUPPORTED, LIMIT = "corrupt", "unsupported", "limit"

BAD, FUTURE = [], []


@dataclass(frozen=True)
class Case:
    name: str
    sentence: str
    build: object
    open: str
    verify: str
    #: display path -> code, for each tensor that is refused in a file that opens
    read: dict = field(default_factory=dict)

    def expected(self):
        said = {"open": self.open, "verify": self.verify}
        if self.open == OK:
            said["read"] = self.read
        return said


def _register(cases, open_, sentence, verify, read):
    def take(build):
        cases.append(Case(build.__name__, sentence, build, open_, verify or open_, read or {}))
        return build
    return take


def bad(open_, sentence, *, verify=None, read=None):
    """A file that no program should have written."""
    return _register(BAD, open_, sentence, verify, read)


def future(open_, sentence, *, verify=None, read=None):
    """A file as a later version of the format may write it."""
    return _register(FUTURE, open_, sentence, verify, read)
