"""Writes Fixtures/two.tfrecord: two examples with the keys of TensorFlow's Object Detection API.

Run with Pillow and numpy, and google-crc32c for the check values:  python make_tfrecord.py
"""
import io
import pathlib
import struct

import google_crc32c
import numpy as np
from PIL import Image

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "Fixtures"


def masked(data):
    value = google_crc32c.value(data)
    return struct.pack("<I", ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def varint(value):
    data = b""
    while value >= 0x80:
        data += bytes([value & 0x7F | 0x80])
        value >>= 7
    return data + bytes([value])


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def feature(values):
    if isinstance(values[0], bytes):
        return field(1, b"".join(field(1, v) for v in values))
    if isinstance(values[0], float):
        # Not packed, as old writers do.
        return field(2, b"".join(varint(1 << 3 | 5) + struct.pack("<f", v) for v in values))
    return field(3, field(1, b"".join(varint(v) for v in values)))


def example(**features):
    entries = b"".join(
        field(1, field(1, name.replace("__", "/").encode()) + field(2, feature(values)))
        for name, values in features.items())
    return field(1, entries)


def record(data):
    length = struct.pack("<Q", len(data))
    return length + masked(length) + data + masked(data)


picture = io.BytesIO()
Image.fromarray((np.arange(18) * 10).astype(np.uint8).reshape(2, 3, 3)).save(picture, "PNG")
boxes = [(10.5, 20.25, 40.0, 60.0), (1.0, 2.0, 4.0, 6.0)]
one = example(
    image__filename=[b"one.png"], image__width=[100], image__height=[80],
    image__object__bbox__xmin=[b[0] / 100 for b in boxes], image__object__bbox__ymin=[b[1] / 80 for b in boxes],
    image__object__bbox__xmax=[b[2] / 100 for b in boxes], image__object__bbox__ymax=[b[3] / 80 for b in boxes],
    image__object__class__text=[b"cat", b"dog"], image__object__class__label=[1, 2],
    image__object__is_crowd=[0, 1], image__object__difficult=[1, 0])
two = example(image__filename=[b"two.png"], image__encoded=[picture.getvalue()], image__format=[b"png"])
(FIXTURES / "two.tfrecord").write_bytes(record(one) + record(two))
