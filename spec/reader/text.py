"""Well-formed UTF-8 (format.md, section 1)."""

from reader.verdict import corrupt


def check_text(data, what, **place):
    # Python's strict decoder refuses exactly long forms, surrogates and what is above U+10FFFF.
    try:
        return data.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        raise corrupt(f"{what} is not UTF-8: {error.reason} at byte {error.start}",
                      **place) from None
