"""Writes what torchvision makes of a small picture and of boxes, for the tests of augmentation.

    python make_cases.py ../Fixtures

pixels.txt has an operation as a recipe has it, and the pixels that torchvision's v2 functional makes of the picture
below, as hexadecimal, `--` where a warped pixel is mixed with what lies outside. boxes.txt has an operation and the
boxes, xyxy and cut at the canvas, that become of BOXES on a canvas of 100 by 80.

Recorded with torch 2.15.0 and torchvision 0.29.2.
"""

import math
import os
import sys

import torch
from torchvision import tv_tensors
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as F

MASK = (1 << 64) - 1
WIDTH, HEIGHT = 23, 17
BILINEAR = dict(interpolation=InterpolationMode.BILINEAR)
BOXES = [[10, 10, 30, 25], [50.5, 20.25, 90, 70], [0, 0, 100, 80], [95, 70, 100, 80]]


def draws(seed):
    """SplitMix64."""
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) & MASK
        z = seed
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def picture():
    """Gradients with noise, so that neighbours differ a little and all colours occur."""
    stream, values = draws(7), []
    for y in range(HEIGHT):
        for x in range(WIDTH):
            for base in (x * 11, 255 - y * 15, (x * 5 + y * 9)):
                values.append(min(max(base + next(stream) % 61 - 30, 0), 255))
    return torch.tensor(values, dtype=torch.uint8).reshape(HEIGHT, WIDTH, 3).permute(2, 0, 1).contiguous()


AFFINES = [
    dict(angle=0.0, x=3.0, y=-2.0, scale=1.0, shear_x=0.0, shear_y=0.0),
    dict(angle=30.0, x=0.0, y=0.0, scale=1.0, shear_x=0.0, shear_y=0.0),
    dict(angle=-12.5, x=1.5, y=2.25, scale=1.3, shear_x=8.0, shear_y=-5.0),
    dict(angle=0.0, x=0.0, y=0.0, scale=0.7, shear_x=0.0, shear_y=0.0),
    dict(angle=170.0, x=-4.0, y=1.0, scale=0.9, shear_x=-20.0, shear_y=10.0),
]


def affine_text(a):
    return (
        f"affine angle={a['angle']} x={a['x']} y={a['y']} scale={a['scale']} shear-x={a['shear_x']} "
        f"shear-y={a['shear_y']}"
    )


def affine(kernel, value, a, **options):
    return kernel(
        value, angle=a["angle"], translate=[a["x"], a["y"]], scale=a["scale"], shear=[a["shear_x"], a["shear_y"]],
        **options,
    )


PERSPECTIVES = [
    [0.1, 0.05, 0.02, 0.12, 0.0, 0.2, 0.15, 0.03],
    [-0.1, 0.1, 0.25, -0.2, 0.05, 0.05, 0.2, 0.0],
]


def perspective_text(shares):
    return f"perspective scale={','.join(str(share) for share in shares)}"


def perspective(kernel, value, shares, width, height, **options):
    corners = [(0, 0), (1, 0), (1, 1), (0, 1)]
    moved = [(x + (1 - 2 * x) * shares[2 * k], y + (1 - 2 * y) * shares[2 * k + 1]) for k, (x, y) in enumerate(corners)]
    start, end = ([[x * width, y * height] for x, y in points] for points in (moved, corners))
    return kernel(value, startpoints=start, endpoints=end, **options)


ELASTICS = [dict(alpha=40.0, deviation=4.0, seed=3), dict(alpha=15.0, deviation=2.5, seed=12)]


def displacement(alpha, deviation, seed):
    """Cubic B-splines over a lattice, as strong and smooth as noise under a Gaussian, in halves of the sides."""
    stream = draws(seed)
    spacing = max(deviation * math.sqrt(3), 1)
    amplitude = alpha / (2 * math.sqrt(math.pi) * deviation) * 315 / 151
    columns, rows = int(WIDTH / spacing) + 5, int(HEIGHT / spacing) + 5

    def basis(t):
        return [(1 - t) ** 3 / 6, (3 * t**3 - 6 * t**2 + 4) / 6, (-3 * t**3 + 3 * t**2 + 3 * t + 1) / 6, t**3 / 6]

    def field():
        nodes = [((next(stream) >> 40) / 2**24 * 2 - 1) * amplitude for _ in range(columns * rows)]
        values = torch.zeros(HEIGHT, WIDTH)
        for y in range(HEIGHT):
            row, down = divmod((y + 0.5) / spacing, 1)
            for x in range(WIDTH):
                column, across = divmod((x + 0.5) / spacing, 1)
                values[y, x] = sum(
                    v * u * nodes[(int(row) + i) * columns + int(column) + j]
                    for i, v in enumerate(basis(down)) for j, u in enumerate(basis(across))
                )
        return values

    return torch.stack([field() * 2 / WIDTH, field() * 2 / HEIGHT], dim=-1)[None]


def elastic(value, case):
    return F.elastic(value, displacement(**case), interpolation=InterpolationMode.BILINEAR)


def pixel_cases(image):
    for gamma in (0.6, 1.7):
        yield f"gamma gamma={gamma}", F.adjust_gamma(image, gamma)
    for bits in (1, 4, 7):
        yield f"posterize bits={bits}", F.posterize(image, bits)
    for threshold in (60, 128):
        yield f"solarize threshold={threshold}", F.solarize(image, threshold)
    yield "invert", F.invert(image)
    yield "auto-contrast", F.autocontrast(image)
    yield "posterize bits=4; equalize", F.equalize(F.posterize(image, 4))
    # With 391 pixels a step of the curve is 1 pixel.
    yield "equalize", F.equalize(image)
    for factor in (0.0, 0.5, 2.5):
        yield f"sharpness factor={factor}", F.adjust_sharpness(image, factor)
    yield "channel-shuffle order=3", image[[2, 0, 1]]
    yield "color-shift shift=20,-15,0", (image + torch.tensor([20, -15, 0]).reshape(3, 1, 1)).clamp(0, 255)
    yield "transpose", image.transpose(1, 2)
    for width, height in ((31, 40), (12, 9)):
        # In floating point; torch's own way for bytes has weights of 16 bits.
        resized = F.resize(image.to(torch.float32), [height, width], antialias=False).round().to(torch.uint8)
        yield f"resize width={width} height={height}", resized
    for factor in (0.0, 0.5, 1.3, 1.7):
        yield f"brightness factor={factor}", F.adjust_brightness(image, factor)
    for factor in (0.0, 0.3, 1.2, 1.8):
        yield f"contrast factor={factor}", F.adjust_contrast(image, factor)
    for factor in (0.0, 0.4, 1.1, 2.2):
        yield f"saturation factor={factor}", F.adjust_saturation(image, factor)
    for shift in (-0.5, -0.2, 0.03, 0.3):
        yield f"hue shift={shift}", F.adjust_hue(image, shift)
    yield "grey", F.rgb_to_grayscale(image, num_output_channels=3)
    for deviation, size in ((0.5, 5), (1.0, 7), (1.5, 11)):
        yield f"blur deviation={deviation}", F.gaussian_blur(image, [size, size], [deviation, deviation])
    yield "flip-horizontal", F.horizontal_flip(image)
    yield "flip-vertical", F.vertical_flip(image)
    for turns in (1, 2, 3):
        yield f"quarter-turns count={turns}", torch.rot90(image, -turns, (1, 2))
    yield "crop x=3 y=2 width=11 height=9", F.crop(image, 2, 3, 9, 11)
    yield "zoom-out left=4 top=1 width=31 height=20", F.pad(image, [4, 1, 4, 2], fill=[124, 116, 104])


def hexadecimal(image, mask=None):
    pixels = image.permute(1, 2, 0).reshape(-1).tolist()
    seen = [True] * len(pixels) if mask is None else mask.permute(1, 2, 0).reshape(-1).tolist()
    return "".join(f"{value:02x}" if shown else "--" for value, shown in zip(pixels, seen))


def write_pixels(path):
    image = picture()
    with open(path, "w") as file:
        print(f"# torch {torch.__version__}; operation|width|height|pixels", file=file)
        for text, result in pixel_cases(image):
            print(f"{text}|{result.shape[2]}|{result.shape[1]}|{hexadecimal(result)}", file=file)
        # Where a white picture stays white nothing from outside is mixed in.
        white = torch.full((3, HEIGHT, WIDTH), 1.0)
        warps = [(affine_text(a), lambda value, a=a: affine(F.affine, value, a, **BILINEAR)) for a in AFFINES]
        warps += [
            (perspective_text(p), lambda value, p=p: perspective(F.perspective, value, p, WIDTH, HEIGHT, **BILINEAR))
            for p in PERSPECTIVES
        ]
        warps += [
            (" ".join(["elastic"] + [f"{key}={value}" for key, value in e.items()]), lambda value, e=e: elastic(value, e))
            for e in ELASTICS
        ]
        for text, warp in warps:
            print(f"{text}|{WIDTH}|{HEIGHT}|{hexadecimal(warp(image), warp(white) > 0.99999)}", file=file)


def write_boxes(path):
    def boxes():
        return tv_tensors.BoundingBoxes(
            torch.tensor(BOXES, dtype=torch.float64), format="XYXY", canvas_size=(80, 100)
        )

    cases = [
        ("flip-horizontal", F.horizontal_flip(boxes())),
        ("flip-vertical", F.vertical_flip(boxes())),
        ("zoom-out left=7 top=11 width=150 height=130", F.pad(boxes(), [7, 11, 43, 39])),
    ]
    cases += [(affine_text(a), affine(F.affine, boxes(), a)) for a in AFFINES]
    cases += [(perspective_text(p), perspective(F.perspective, boxes(), p, 100, 80)) for p in PERSPECTIVES]
    with open(path, "w") as file:
        print(f"# torch {torch.__version__}; operation|boxes", file=file)
        for text, result in cases:
            cut = F.clamp_bounding_boxes(result)
            print(f"{text}|{' '.join(repr(float(value)) for value in cut.reshape(-1))}", file=file)


if __name__ == "__main__":
    folder = sys.argv[1]
    write_pixels(os.path.join(folder, "pixels.txt"))
    write_boxes(os.path.join(folder, "boxes.txt"))
