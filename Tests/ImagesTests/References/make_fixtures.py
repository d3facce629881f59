"""Makes the image files under Fixtures/ and what they must decode to.

Run with Pillow and numpy:  python make_fixtures.py [folder of PngSuite]

Every picture is computed from a formula. The expected pixels are Pillow's; the versions used are written to
Fixtures/versions.txt. With a folder of PngSuite, the checksums of its files are written too, but none of its
pictures. 16-bit grey is the one exception: Pillow clips it at 255, so its high bytes are taken by numpy.
"""
import io
import pathlib
import sys

import numpy as np
import PIL
from PIL import Image, features

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "Fixtures"


def picture(width, height, channels=3):
    y, x = np.mgrid[0:height, 0:width].astype(float)
    planes = [
        128 + 100 * np.sin(x / 5.0) * np.cos(y / 7.0),
        255 * x / max(1, width - 1),
        255 * y / max(1, height - 1),
        255 - 200 * (x + y) / (width + height),
    ]
    return np.stack(planes[:channels], -1).round().clip(0, 255).astype(np.uint8)


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def encode(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def rgb(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def jpegs():
    color = Image.fromarray(picture(45, 35))
    gray = Image.fromarray(picture(45, 35)[:, :, 0])
    inks = Image.fromarray(picture(45, 35, 4), "CMYK")
    files = {
        "baseline-444": encode(color, "JPEG", quality=90, subsampling=0),
        "baseline-422": encode(color, "JPEG", quality=90, subsampling=1),
        "baseline-420": encode(color, "JPEG", quality=90, subsampling=2),
        "progressive": encode(color, "JPEG", quality=85, progressive=True),
        "restarts": encode(color, "JPEG", quality=85, restart_marker_blocks=2),
        "rgb": encode(color, "JPEG", quality=90, keep_rgb=True),
        "gray": encode(gray, "JPEG", quality=90),
        "gray-progressive": encode(gray, "JPEG", quality=90, progressive=True),
        "cmyk": encode(inks, "JPEG", quality=90),
    }
    # The transform byte of the Adobe segment tells YCCK (2) from CMYK (0).
    data = files["cmyk"]
    place = data.index(b"Adobe") + 11
    assert data[place] == 0
    files["ycck"] = data[:place] + b"\x02" + data[place + 1 :]
    # A wide segment before the frame header, as an embedded thumbnail makes it.
    thumbnail = b"\xff\xe9" + (60000).to_bytes(2, "big") + bytes(59998)
    files["far-header"] = files["gray"][:2] + thumbnail + files["gray"][2:]
    files["trailing-garbage"] = files["baseline-420"] + b"garbage after the end" * 3
    return files


def pngs():
    color = picture(19, 13)
    rgba = picture(19, 13, 4)
    palette = Image.fromarray(color).quantize(7)
    files = {
        "rgb": encode(Image.fromarray(color), "PNG"),
        "rgba": encode(Image.fromarray(rgba), "PNG"),
        "gray": encode(Image.fromarray(color[:, :, 0]), "PNG"),
        "gray-alpha": encode(Image.fromarray(rgba[:, :, [0, 3]], "LA"), "PNG"),
        "bilevel": encode(Image.fromarray(color[:, :, 0]).convert("1"), "PNG"),
        "palette": encode(palette, "PNG"),
        "palette-transparent": encode(palette, "PNG", transparency=bytes([0, 90, 180, 255, 255, 255, 255])),
        "rgb-transparent": encode(Image.fromarray(color), "PNG", transparency=tuple(int(v) for v in color[2, 3])),
    }
    return files


def oriented():
    for value in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = value
        exif[0x010F] = "A maker"
        yield f"orientation-{value}.jpg", encode(
            Image.fromarray(picture(24, 16)), "JPEG", quality=90, subsampling=0, exif=exif)
    exif = Image.Exif()
    exif[0x0112] = 6
    yield "orientation-6.png", encode(Image.fromarray(picture(9, 5)), "PNG", exif=exif)


def main():
    FIXTURES.mkdir(exist_ok=True)
    (FIXTURES / "versions.txt").write_text(
        f"Pillow {PIL.__version__}\nlibjpeg-turbo {features.version('libjpeg_turbo')}\n"
        f"zlib {features.version('zlib')}\nnumpy {np.__version__}\n")

    for name, data in jpegs().items():
        (FIXTURES / f"{name}.jpg").write_bytes(data)
        (FIXTURES / f"{name}.jpg.rgb").write_bytes(rgb(data).tobytes())
    lines = []
    for name, data in pngs().items():
        (FIXTURES / f"{name}.png").write_bytes(data)
        image = Image.open(io.BytesIO(data))
        lines.append(" ".join([
            f"{name}.png", str(image.width), str(image.height), fnv1a(image.convert("RGB").tobytes()),
            fnv1a(image.convert("RGBA").tobytes())]))
    (FIXTURES / "png.txt").write_text("\n".join(lines) + "\n")

    from PIL import ImageOps
    for name, data in oriented():
        (FIXTURES / name).write_bytes(data)
        upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
        (FIXTURES / f"{name}.rgb").write_bytes(upright.tobytes())

    # Pillow's grey of a colour picture, and libjpeg's reduced sizes.
    (FIXTURES / "luma.gray").write_bytes(Image.fromarray(picture(19, 13)).convert("L").tobytes())
    for eighths in (4, 2, 1):
        image = Image.open(io.BytesIO((FIXTURES / "baseline-420.jpg").read_bytes()))
        image.draft("RGB", (45 * eighths // 8, 35 * eighths // 8))
        assert image.width == -(-45 * eighths // 8), image.size
        (FIXTURES / f"reduced-{eighths}.rgb").write_bytes(image.tobytes())

    if len(sys.argv) > 1:
        lines = []
        for path in sorted(pathlib.Path(sys.argv[1]).glob("*.png")):
            if path.name.startswith("x"):
                continue
            image = Image.open(path)
            if image.mode == "I;16":
                gray = (np.asarray(image).astype(int) >> 8).astype(np.uint8)
                converted = np.repeat(gray[:, :, None], 3, 2).tobytes()
            else:
                converted = image.convert("RGB").tobytes()
            lines.append(f"{path.name} {image.width} {image.height} {fnv1a(converted)}")
        (FIXTURES / "pngsuite.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
