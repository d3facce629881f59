"""Makes WebP, BMP, TIFF and GIF files under Fixtures/ and what they must decode to, in other.txt.

Run with Pillow, numpy and tifffile:  python make_other_fixtures.py

Every picture is computed from a formula. A line of other.txt is a name, width and height as stored, and the checksums of
RGB and RGBA as stored. Expected values are those of the formula where the file keeps them, otherwise Pillow's, but for
samples of 16 bits and CMYK, whose rules are written out below. BMP files with runs, masks and OS/2's headers are put together
here, because no library writes them.
"""
import io
import pathlib
import struct

import numpy as np
import PIL
import tifffile
from PIL import Image, features

from make_fixtures import FIXTURES, fnv1a, picture

WIDTH, HEIGHT = 13, 11
LINES = []


def add(name, data, rgba):
    """`rgba` is what the file must decode to, `[height, width, 3 or 4]`."""
    (FIXTURES / name).write_bytes(data)
    if rgba.shape[2] == 3:
        rgba = np.dstack([rgba, np.full(rgba.shape[:2], 255, np.uint8)])
    rgba = rgba.astype(np.uint8)
    height, width = rgba.shape[:2]
    LINES.append(f"{name} {width} {height} {fnv1a(rgba[:, :, :3].tobytes())} {fnv1a(rgba.tobytes())}")


def encode(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def pillow(data):
    image = Image.open(io.BytesIO(data))
    return np.asarray(image.convert("RGBA"))


RGB = picture(WIDTH, HEIGHT)
RGBA = picture(WIDTH, HEIGHT, 4)
GRAY = RGB[:, :, 0]
PALETTE = np.stack([np.arange(256), 255 - np.arange(256), np.arange(256) * 7 % 256], -1).astype(np.uint8)


def orientation(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


def riff(chunks):
    body = b"WEBP" + b"".join(name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp():
    add("lossless.webp", encode(Image.fromarray(RGB), "WEBP", lossless=True), RGB)
    add("lossless-alpha.webp", encode(Image.fromarray(RGBA), "WEBP", lossless=True, exact=True), RGBA)
    data = encode(Image.fromarray(picture(40, 30)), "WEBP", quality=80)
    add("lossy.webp", data, pillow(data))
    data = encode(Image.fromarray(picture(40, 30, 4)), "WEBP", quality=80, exact=True)
    add("lossy-alpha.webp", data, pillow(data))
    add("orientation-6.webp", encode(Image.fromarray(RGB), "WEBP", lossless=True, exif=orientation(6)), RGB)
    frames = [Image.fromarray(RGB), Image.fromarray(255 - RGB)]
    add("animated.webp", encode(frames[0], "WEBP", lossless=True, save_all=True, append_images=frames[1:]), RGB)
    # A frame of 13x11 whose corner is at (4, 2) on a canvas of 20x16.
    still = encode(Image.fromarray(RGBA), "WEBP", lossless=True, exact=True)
    chunk = still[still.index(b"VP8L"):]
    three = lambda value: struct.pack("<I", value)[:3]
    frame = three(2) + three(1) + three(WIDTH - 1) + three(HEIGHT - 1) + three(100) + b"\0" + chunk
    canvas = np.zeros((16, 20, 4), np.uint8)
    canvas[2:2 + HEIGHT, 4:4 + WIDTH] = RGBA
    add("partial-frame.webp", riff([
        (b"VP8X", struct.pack("<I", 0x12) + three(19) + three(15)), (b"ANIM", bytes(6)), (b"ANMF", frame)]), canvas)


def bmp_file(bits, rows, *, header=40, compression=0, palette=b"", masks=b"", top_down=False, colors=0):
    if header == 12:
        info = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, bits)
    else:
        info = struct.pack(
            "<IiiHHIIiiII", header, WIDTH, -HEIGHT if top_down else HEIGHT, 1, bits, compression, len(rows), 2835, 2835,
            colors, 0)
    if header > 40:
        info = (info + masks).ljust(header, b"\0")
        masks = b""
    start = 14 + len(info) + len(masks) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start) + info + masks + palette + rows


def bmp_rows(rows, bottom_up=True):
    return b"".join(row + bytes(-len(row) % 4) for row in (reversed(rows) if bottom_up else rows))


def pack(indices, bits):
    rows = []
    for line in indices:
        value = "".join(f"{int(i):0{bits}b}" for i in line)
        value = value.ljust((len(value) + 7) // 8 * 8, "0")
        rows.append(bytes(int(value[k:k + 8], 2) for k in range(0, len(value), 8)))
    return rows


def bgr0(count):
    return b"".join(bytes([*PALETTE[i][::-1], 0]) for i in range(count))


def runs(indices, four):
    """Runs of equal colours, pieces as they are, and at one place a step aside over colours of index 0."""
    data = b""
    for y, line in enumerate(reversed(list(indices))):
        x = 0
        while x < WIDTH:
            run = 1
            while x + run < WIDTH and line[x + run] == line[x]:
                run += 1
            if line[x] == 0 and run < 200 and run > 1:
                data += bytes([0, 2, run, 0])
            elif run > 1 or x + 3 > WIDTH:
                data += bytes([run, (line[x] << 4 | line[x]) if four else line[x]])
            else:
                run = min(5, WIDTH - x)
                piece = [int(v) for v in line[x:x + run]]
                if four:
                    piece = [*piece, 0][:run + run % 2]
                    packed = bytes(piece[k] << 4 | piece[k + 1] for k in range(0, len(piece), 2))
                else:
                    packed = bytes(piece)
                data += bytes([0, run]) + packed + bytes(len(packed) % 2)
            x += run
        data += bytes([0, 0])
    return data + bytes([0, 1])


def bmp():
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    for bits in (1, 2, 4, 8):
        indices = (x * 3 + y * 5) % (1 << bits)
        add(f"palette-{bits}.bmp", bmp_file(bits, bmp_rows(pack(indices, bits)), palette=bgr0(1 << bits)), PALETTE[indices])
    indices = (x // 3 + y // 2) % 6
    few = bmp_file(8, bmp_rows(pack(indices, 8)), palette=bgr0(6), colors=6)
    add("few-colors.bmp", few, PALETTE[indices])
    bgr = [row[:, ::-1].tobytes() for row in RGB]
    add("rgb-24.bmp", bmp_file(24, bmp_rows(bgr)), RGB)
    add("top-down.bmp", bmp_file(24, bmp_rows(bgr, False), top_down=True), RGB)
    bgrx = [np.dstack([RGB[k:k + 1, :, ::-1], RGBA[k:k + 1, :, 3:]]).tobytes() for k in range(HEIGHT)]
    # The fourth byte means nothing.
    add("rgb-32.bmp", bmp_file(32, bmp_rows(bgrx)), RGB)
    five = RGB.astype(int) >> 3
    wide = lambda value, most: (value * 255 + most // 2) // most
    rows = [(line[:, 0] << 10 | line[:, 1] << 5 | line[:, 2]).astype("<u2").tobytes() for line in five]
    add("rgb-555.bmp", bmp_file(16, bmp_rows(rows)), wide(five, 31))
    green = RGB[:, :, 1].astype(int) >> 2
    rows = [(five[k, :, 0] << 11 | green[k] << 5 | five[k, :, 2]).astype("<u2").tobytes() for k in range(HEIGHT)]
    expected = np.dstack([wide(five[:, :, 0], 31), wide(green, 63), wide(five[:, :, 2], 31)])
    add("rgb-565.bmp", bmp_file(
        16, bmp_rows(rows), compression=3, masks=struct.pack("<III", 0xF800, 0x07E0, 0x001F)), expected)
    rows = [RGBA[k][:, [3, 2, 1, 0]].tobytes() for k in range(HEIGHT)]
    masks = struct.pack("<IIII", 0xFF000000, 0x00FF0000, 0x0000FF00, 0x000000FF)
    add("alpha.bmp", bmp_file(32, bmp_rows(rows), header=108, compression=3, masks=masks), RGBA)
    empty = RGBA.copy()
    empty[:, :, 3] = 0
    rows = [empty[k][:, [3, 2, 1, 0]].tobytes() for k in range(HEIGHT)]
    # Opacity that is zero everywhere was never set.
    add("no-alpha.bmp", bmp_file(32, bmp_rows(rows), header=124, compression=3, masks=masks), RGB)
    indices = np.where((x + y) % 4 < 2, 0, (x // 2 + y) % 16)
    add("runs-8.bmp", bmp_file(8, runs(indices, False), compression=1, palette=bgr0(256)), PALETTE[indices])
    add("runs-4.bmp", bmp_file(4, runs(indices, True), compression=2, palette=bgr0(16)), PALETTE[indices])
    core = b"".join(bytes(PALETTE[i][::-1]) for i in range(16))
    add("os2-4.bmp", bmp_file(4, bmp_rows(pack(indices, 4)), header=12, palette=core), PALETTE[indices])
    add("os2-24.bmp", bmp_file(24, bmp_rows(bgr), header=12), RGB)


def tiff_file(array, **options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, metadata=None, **options)
    return buffer.getvalue()


def tiff():
    gray3 = np.repeat(GRAY[:, :, None], 3, 2)
    add("rgb-lzw.tif", encode(Image.fromarray(RGB), "TIFF", compression="tiff_lzw"), RGB)
    add("gray.tif", encode(Image.fromarray(GRAY), "TIFF"), gray3)
    paletted = Image.fromarray((np.mgrid[0:HEIGHT, 0:WIDTH].sum(0) % 256).astype(np.uint8), "P")
    paletted.putpalette(PALETTE.tobytes())
    add("palette.tif", encode(paletted, "TIFF"), pillow(encode(paletted, "TIFF")))
    bilevel = Image.fromarray(GRAY > 128)
    add("bilevel.tif", encode(bilevel, "TIFF", compression="group4"), pillow(encode(bilevel, "TIFF")))
    wide = RGB.astype("<u2") * 251 + np.arange(WIDTH, dtype="<u2")[None, :, None]
    # libtiff rounds colours and cuts grey.
    add("rgb-16.tif", tiff_file(wide, photometric="rgb"), (wide.astype(int) + 128) // 257)
    add("gray-16.tif", tiff_file(wide[:, :, 0], photometric="minisblack"), np.repeat(wide[:, :, :1] >> 8, 3, 2))
    add("white-is-zero.tif", tiff_file(255 - GRAY, photometric="miniswhite"), gray3)
    add("separate.tif", tiff_file(
        np.ascontiguousarray(RGB.transpose(2, 0, 1)), photometric="rgb", planarconfig="separate"), RGB)
    large = picture(70, 50)
    add("tiled.tif", tiff_file(large, photometric="rgb", tile=(16, 32), compression="zlib"), large)
    add("big.tif", tiff_file(RGB, photometric="rgb", bigtiff=True, byteorder=">"), RGB)
    cmyk = picture(WIDTH, HEIGHT, 4)
    light = 255 - cmyk.astype(int)
    add("cmyk.tif", encode(Image.fromarray(cmyk, "CMYK"), "TIFF"), light[:, :, 3:] * light[:, :, :3] // 255)
    add("alpha.tif", tiff_file(RGBA, photometric="rgb", extrasamples=["unassalpha"]), RGBA)
    for value in (1, 2, 3, 4, 5, 6, 7, 8):
        add(f"orientation-{value}.tif", tiff_file(RGB, photometric="rgb", extratags=[(274, 3, 1, value, True)]), RGB)
    pages = [Image.fromarray(RGB), Image.fromarray(255 - RGB)]
    add("pages.tif", encode(pages[0], "TIFF", save_all=True, append_images=pages[1:]), RGB)
    jpeg = encode(Image.fromarray(picture(40, 32)[:, :, 0]), "TIFF", compression="jpeg")
    add("jpeg.tif", jpeg, pillow(jpeg))


def gif():
    indices = (np.mgrid[0:HEIGHT, 0:WIDTH].sum(0) * 3 % 40).astype(np.uint8)
    image = Image.fromarray(indices, "P")
    image.putpalette(PALETTE[:64].tobytes())
    colors = PALETTE[indices]
    add("plain.gif", encode(image, "GIF", interlace=0, optimize=False), colors)
    add("interlaced.gif", encode(image, "GIF", interlace=1, optimize=False), colors)
    opacity = np.where(indices == 9, 0, 255).astype(np.uint8)
    add("transparent.gif", encode(image, "GIF", transparency=9, optimize=False), np.dstack([colors, opacity]))
    second = Image.fromarray(((indices.astype(int) + 1) % 40).astype(np.uint8), "P")
    second.putpalette(PALETTE[:64].tobytes())
    add("animated.gif", encode(image, "GIF", save_all=True, append_images=[second], loop=0, optimize=False), colors)
    # So many codes that the table is cleared and begun anew.
    noise = np.random.RandomState(3).randint(0, 256, (90, 120)).astype(np.uint8)
    image = Image.fromarray(noise, "P")
    image.putpalette(PALETTE.tobytes())
    add("noise.gif", encode(image, "GIF", optimize=False), PALETTE[noise])


if __name__ == "__main__":
    webp()
    bmp()
    tiff()
    gif()
    (FIXTURES / "other.txt").write_text("\n".join(LINES) + "\n")
    (FIXTURES / "other-versions.txt").write_text(
        f"Pillow {PIL.__version__}\nnumpy {np.__version__}\ntifffile {tifffile.__version__}\n"
        f"libwebp {features.version('webp')}\nlibtiff {features.version('libtiff')}\n")
