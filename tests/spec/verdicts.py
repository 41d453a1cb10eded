"""How tests ask the reader about a file, or about one part of it."""

import pytest
from reader.container import open_file
from reader.paths import references
from reader.storage_reader import StorageReader
from reader.verdict import Refused
from reader.verify import verify

OK = "ok"


def verdict(check, *arguments):
    """The Refused that a check ends in, or None. Anything else that it raises fails the test."""
    try:
        check(*arguments)
    except Refused as refused:
        return refused
    return None


def code(check, *arguments):
    refused = verdict(check, *arguments)
    return OK if refused is None else refused.code


def opens_with(file):
    return code(open_file, file)


def verifies_with(file):
    return code(verify, file)


def tensors(file):
    """Display path -> bytes in row-major order, or the code of what refuses them."""
    index = open_file(file).index
    reader = StorageReader(file, index)
    found = {}
    for reference in references(index):
        try:
            found[reference.path] = bytes(reader.elements(index.tensor(reference.tensor)))
        except Refused as refused:
            found[reference.path] = refused.code
    return found


def assert_refused(check, file, code_, fragment):
    with pytest.raises(Refused) as caught:
        check(file)
    assert caught.value.code == code_
    assert fragment in caught.value.text
    return caught.value
