"""Writes Fixtures/resize.bin: images resized by PyTorch, for the bilinear resampling.

Run with torch and numpy:  python make_resize_fixtures.py

Each case is five little-endian 32-bit integers (input width and height, output width and height, normalised or
not), the input's bytes, padded to a multiple of four, and the output as floats, both height x width x 3. The
version of torch is in resize.txt.
"""
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "Fixtures"
MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
CASES = [
    (7, 5, 16, 11, True), (37, 23, 16, 9, True), (1, 1, 4, 3, True), (8, 6, 8, 6, True), (2, 9, 11, 2, False),
    (64, 3, 107, 5, True), (300, 2, 501, 3, True), (50, 40, 13, 31, False),
]

random = np.random.RandomState(7)
data = b""
for width, height, new_width, new_height, normalised in CASES:
    pixels = random.randint(0, 256, (height, width, 3)).astype(np.uint8)
    image = torch.from_numpy(pixels).permute(2, 0, 1).float() / 255
    if normalised:
        image = (image - torch.tensor(MEAN)[:, None, None]) / torch.tensor(DEVIATION)[:, None, None]
    resized = F.interpolate(image[None], size=(new_height, new_width), mode="bilinear", align_corners=False)[0]
    data += np.array([width, height, new_width, new_height, normalised], "<i4").tobytes()
    data += pixels.tobytes() + bytes(-pixels.size % 4)
    data += resized.permute(1, 2, 0).contiguous().numpy().astype("<f4").tobytes()
(FIXTURES / "resize.bin").write_bytes(data)
(FIXTURES / "resize.txt").write_text(f"torch {torch.__version__}\n")
