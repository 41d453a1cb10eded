"""Coded chunks (format.md, section 8)."""

import struct

import numpy

from reader.columns import NO_FILTER, PLANES, RAW, ROTATE
from reader.verdict import UnknownCoding, corrupt
from reader.zstd_frame import decode_frame

PLANE_RAW, CONSTANT, ZSTD, PAIRS, JOINED, WITH_PREVIOUS = range(6)
LAST_CODING = WITH_PREVIOUS
LENGTH_BITS = 28
CODE_ZERO, CODE_EXCEPTION = 14, 15


def check_codable(filter_, layout):
    if layout not in (RAW, PLANES):
        raise UnknownCoding(f"unknown layout {layout}")
    if filter_ not in (NO_FILTER, ROTATE):
        raise UnknownCoding(f"unknown filter {filter_}")


def decode_chunk(stored, size, unit, filter_, layout):
    """The `size` bytes of a chunk. Raises Refused: corrupt, or UnknownCoding."""
    check_codable(filter_, layout)
    if layout == RAW:
        return bytes(stored)
    units, rest = divmod(size, unit)
    header_bytes = 4 * unit
    if len(stored) < header_bytes:
        raise corrupt(f"a chunk of {len(stored)} bytes has no room for {unit} plane headers")
    headers = [(word >> LENGTH_BITS, word & (1 << LENGTH_BITS) - 1)
               for word in struct.unpack_from(f"<{unit}I", stored)]
    parts = header_bytes + sum(length for _, length in headers) + rest
    if parts != len(stored):
        raise corrupt(f"the parts of a chunk have {parts} bytes, it has {len(stored)}")
    for k, (coding, _) in enumerate(headers):
        if coding > LAST_CODING:
            raise UnknownCoding(f"plane {k} has the unknown coding {coding}")
    planes = numpy.empty((units, unit), numpy.uint8)
    start = header_bytes
    for k, (coding, length) in enumerate(headers):
        part = stored[start:start + length]
        start += length
        if coding == JOINED:
            if k % 2 or k + 1 == unit:
                raise corrupt(f"plane {k} of {unit} is joined with the next")
            if headers[k + 1] != (WITH_PREVIOUS, 0):
                raise corrupt(f"plane {k} is joined with one that is not empty")
            _expect(length, 2 * units, k)
            planes[:, k:k + 2] = numpy.frombuffer(part, numpy.uint8).reshape(units, 2)
        elif coding == WITH_PREVIOUS:
            if k == 0 or headers[k - 1][0] != JOINED:
                raise corrupt(f"plane {k} is with the one before, which is not joined")
        else:
            planes[:, k] = _decode_plane(coding, part, units, k)
    body = _unfilter(planes, unit, filter_)
    return body + bytes(stored[len(stored) - rest:])


def _expect(length, expected, k):
    if length != expected:
        raise corrupt(f"plane {k} has {length} stored bytes, not {expected}")


def _decode_plane(coding, part, units, k):
    if coding == PLANE_RAW:
        _expect(len(part), units, k)
        return numpy.frombuffer(part, numpy.uint8)
    if coding == ZSTD:
        return numpy.frombuffer(decode_frame(part, units, f"plane {k}"), numpy.uint8)
    if units == 0:
        raise corrupt(f"plane {k} has coding {coding} and no bytes to code")
    if coding == CONSTANT:
        _expect(len(part), 1, k)
        return part[0]
    return _decode_pairs(part, units, k)


def _decode_pairs(part, units, k):
    if len(part) < 8:
        raise corrupt(f"plane {k} has {len(part)} bytes of pairs, at least 8 are needed")
    frame_bytes, top, zero = struct.unpack_from("<IB3s", part)
    if top < CODE_ZERO:
        raise corrupt(f"plane {k} of pairs has the top {top}")
    if any(zero):
        raise corrupt(f"plane {k} of pairs has bytes that are not zero in its header")
    if 8 + frame_bytes > len(part):
        raise corrupt(f"plane {k} of pairs has {len(part)} bytes, its frame alone {frame_bytes}")
    half = -(-units // 2)
    packed = numpy.frombuffer(decode_frame(part[8:8 + frame_bytes], half, f"plane {k}"),
                              numpy.uint8)
    codes = numpy.concatenate([packed & 15, packed >> 4])
    if units % 2:
        if codes[-1]:
            raise corrupt(f"plane {k} of pairs has a code behind its last unit")
        codes = codes[:-1]
    meanings = numpy.zeros(16, numpy.uint8)
    meanings[:CODE_ZERO] = numpy.arange(top, top - CODE_ZERO, -1)
    plane = meanings[codes]
    exceptions = numpy.frombuffer(part[8 + frame_bytes:], numpy.uint8)
    places = codes == CODE_EXCEPTION
    if (count := int(places.sum())) != len(exceptions):
        raise corrupt(f"plane {k} of pairs has {len(exceptions)} exceptions for {count} codes")
    plane[places] = exceptions
    return plane


def _unfilter(planes, unit, filter_):
    if filter_ == NO_FILTER:
        return planes.tobytes()
    y = planes.view(f"<u{unit}")
    return ((y >> 1) | (y << (8 * unit - 1))).astype(f"<u{unit}").tobytes()
