"""What a reader says of a file that it refuses (format.md, section 12)."""

NOT_STATESTONE = "not_statestone"
INCOMPLETE = "incomplete"
CORRUPT = "corrupt"
UNSUPPORTED = "unsupported"
LIMIT = "limit"
NOT_FOUND = "not_found"


class Refused(Exception):
    """A verdict with its place: `offset` in the file, `entry` the display path that it is about."""

    def __init__(self, code, text, *, offset=None, entry=None):
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.offset = offset
        self.entry = entry

    def as_json(self):
        return {"code": self.code, "entry": self.entry, "offset": self.offset, "text": self.text}


class UnknownCoding(Refused):
    """A filter, layout or plane coding of a later version: such a chunk is kept, not decoded."""

    def __init__(self, text, **place):
        super().__init__(UNSUPPORTED, text, **place)


def corrupt(text, **place):
    return Refused(CORRUPT, text, **place)


def unsupported(text, **place):
    return Refused(UNSUPPORTED, text, **place)


def limit(text, **place):
    return Refused(LIMIT, text, **place)
