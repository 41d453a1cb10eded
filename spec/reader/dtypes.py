"""Element types by number (format.md, section 6)."""

_ONE_BYTE = [(1, "bool"), (2, "uint8"), (3, "int8"), (32, "float8_e4m3fn"), (33, "float8_e5m2"),
             (34, "float8_e4m3fnuz"), (35, "float8_e5m2fnuz"), (36, "float8_e8m0fnu"),
             (37, "float4_e2m1fn_x2"), (48, "bits8"), (50, "bits1x8"), (51, "bits2x4"),
             (52, "bits4x2")]
_WIDER = [(4, "uint16", 2), (5, "int16", 2), (6, "uint32", 4), (7, "int32", 4), (8, "uint64", 8),
          (9, "int64", 8), (16, "float16", 2), (17, "bfloat16", 2), (18, "float32", 4),
          (19, "float64", 8), (24, "complex32", 4), (25, "complex64", 8), (26, "complex128", 16),
          (49, "bits16", 2)]

#: number -> (name, bytes of one element)
DTYPES = {number: (name, 1) for number, name in _ONE_BYTE}
DTYPES.update({number: (name, size) for number, name, size in _WIDER})
DTYPES.update({63 + bits: (f"int{bits}", 1) for bits in range(1, 8)})
DTYPES.update({79 + bits: (f"uint{bits}", 1) for bits in range(1, 8)})
