"""Coded chunks and zstd frames written by hand, so that their bytes hang on no library."""

import struct

RAW, CONSTANT, ZSTD, PAIRS, JOINED, WITH_PREVIOUS = range(6)


def rotate(data, unit):
    """Each unit of `data` rotated left by one bit."""
    bits = 8 * unit
    out = b""
    for at in range(0, len(data) - len(data) % unit, unit):
        x = int.from_bytes(data[at:at + unit], "little")
        out += ((x << 1 | x >> bits - 1) & (1 << bits) - 1).to_bytes(unit, "little")
    return out


def planes_of(data, unit, rotated=False):
    """The planes of a chunk, and its rest."""
    body = data[:len(data) - len(data) % unit]
    rest = data[len(body):]
    if rotated:
        body = rotate(body, unit)
    return [body[k::unit] for k in range(unit)], rest


def coded_chunk(planes, rest=b""):
    """`planes`: (coding, stored bytes) each, or (coding, stored bytes, length to claim)."""
    headers = b"".join(struct.pack("<I", plane[0] << 28 | (plane[2] if len(plane) > 2
                                                           else len(plane[1])))
                       for plane in planes)
    return headers + b"".join(plane[1] for plane in planes) + rest


def raw_planes(data, unit, rotated=False):
    planes, rest = planes_of(data, unit, rotated)
    return coded_chunk([(RAW, plane) for plane in planes], rest)


#: An RLE block and the header of the raw block behind it have 7 bytes.
SHORTEST_RUN = 9


def raw_block(data, last=True):
    return _block_header(0, len(data), last) + data


def rle_block(byte, count, last=True):
    return _block_header(1, count, last) + bytes([byte])


def _block_header(kind, size, last):
    return (int(last) | kind << 1 | size << 3).to_bytes(3, "little")


def zstd_frame(data, *, content_size=None, blocks=None, magic=0xFD2FB528, descriptor=None,
               header=None):
    """A frame of one raw block: RFC 8878, one segment, a content size of 4 bytes."""
    if descriptor is None:
        descriptor = 0b10100000
    if header is None:
        header = struct.pack("<I", len(data) if content_size is None else content_size)
    return (struct.pack("<IB", magic, descriptor) + header
            + (raw_block(data) if blocks is None else blocks))


def runs_frame(data, *, content_size=None, **header):
    """A frame of `data` with runs of equal bytes as RLE blocks and the rest as raw ones."""
    runs, start = [], 0
    for at in range(1, len(data) + 1):
        if at == len(data) or data[at] != data[start]:
            long = at - start >= SHORTEST_RUN
            if long or not runs or runs[-1][0]:
                runs.append([long, b""])
            runs[-1][1] += data[start:at]
            start = at
    blocks = b"".join(rle_block(run[0], len(run), i == len(runs) - 1) if long
                      else raw_block(run, i == len(runs) - 1) for i, (long, run) in enumerate(runs))
    return zstd_frame(data, content_size=content_size, blocks=blocks, **header)


def pairs(plane, top, *, frame=None, header_zero=b"\0\0\0", exceptions=None, frame_bytes=None,
          last_high=0):
    """A plane coded as pairs, with a frame of one raw block."""
    codes, unfit = [], b""
    for byte in plane:
        if byte == 0:
            codes.append(14)
        elif 0 <= top - byte <= 13:
            codes.append(top - byte)
        else:
            codes.append(15)
            unfit += bytes([byte])
    half = (len(plane) + 1) // 2
    upper = codes[half:] + ([last_high] if len(plane) % 2 else [])
    packed = bytes(low | high << 4 for low, high in zip(codes[:half], upper))
    frame = zstd_frame(packed) if frame is None else frame
    return (struct.pack("<IB", len(frame) if frame_bytes is None else frame_bytes, top)
            + header_zero + frame + (unfit if exceptions is None else exceptions))
