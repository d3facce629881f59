"""Weights, images and boxes by formula, so that fixtures store results only and never the inputs.

The same values, bit for bit, must come out of the mirror of this file in the Swift tests.

Uniform numbers
    hash(name) = FNV-1a, 64 bit, of the UTF-8 bytes of the name
                 (offset basis 0xCBF29CE484222325, prime 0x100000001B3)
    h(name, i) = splitmix64(hash(name) + i), all arithmetic modulo 2^64, where splitmix64(x) is
                     z = x + 0x9E3779B97F4A7C15
                     z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
                     z = (z ^ (z >> 27)) * 0x94D049BB133111EB
                     z ^ (z >> 31)
    u(name, i) = float32(h >> 40) * 2^-24      in [0, 1), exact
    s(name, i) = 2 * u - 1                     in [-1, 1), exact

Every other operation below is one float32 operation rounded to nearest even, in the order that the parentheses give,
and never a fused multiply-add. Decimal constants are rounded to float32 first.

Parameters and buffers: n is the state-dict name, i the flat C-order index in torchvision's shape. First match wins:
    1. n ends with "num_batches_tracked"              0 (integer)
    2. n ends with "running_var"                      0.5 + u
    3. n ends with "running_mean"                     0.2 * s
    4. two or more dimensions                         s * bound, bound = float32(sqrt(3 / fan_in)) with the quotient
                                                      and the root in float64, fan_in = product of shape[1...]
    5. n ends with "cls_logits.bias"                  classification_bias + (0.1 * s), -4 unless a fixture says otherwise
    6. n ends with "bias"                             0.1 * s
    7. n ends with "bn2.weight" or "bn3.weight"       0.25 + (0.5 * u)    (keeps deep residual sums from growing)
    8. n ends with "weight" (one dimension)           0.75 + (0.5 * u)

Images: bytes, [height, width, 3], i = (y * width + x) * 3 + c, and over blocks of 16 x 16 pixels
    j = ((y / 16) * ceil(width / 16) + (x / 16)) * 3 + c with integer division:
    byte = floor(u(name, i) * 64) + floor(u(name + ".block", j) * 192)          at most 254
A network sees byte / 255 (one float32 division).

Boxes: xyxy, box k of `boxes(name, count, width, height, low, high)`:
    x1 = u(4k) * width             y1 = u(4k + 1) * height
    x2 = x1 + (low + (u(4k + 2) * (high - low)))
    y2 = y1 + (low + (u(4k + 3) * (high - low)))        with high - low in float32

Samples of an array of n elements: the elements at flat indices floor(k * n / count), k = 0 ..< count, or all of
them when n <= count. `count` is 64 unless the fixture says otherwise.
"""

import json
import math
import platform

import numpy

F32 = numpy.float32
CLASSIFICATION_BIAS = -4.0


def fnv1a64(text):
    value = 0xCBF29CE484222325
    for byte in text.encode("utf-8"):
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def hashes(name, count):
    with numpy.errstate(over="ignore"):
        z = numpy.arange(count, dtype=numpy.uint64) + numpy.uint64(fnv1a64(name))
        z = z + numpy.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        return z ^ (z >> numpy.uint64(31))


def unit(name, count):
    """u(name, 0 ..< count) as float32."""
    return (hashes(name, count) >> numpy.uint64(40)).astype(F32) * F32(2.0**-24)


def signed(name, count):
    """s(name, 0 ..< count) as float32."""
    return F32(2) * unit(name, count) - F32(1)


def parameter(name, shape, classification_bias=CLASSIFICATION_BIAS):
    """The float32 array of one parameter or floating-point buffer."""
    count = math.prod(shape)
    if name.endswith("running_var"):
        values = F32(0.5) + unit(name, count)
    elif name.endswith("running_mean"):
        values = F32(0.2) * signed(name, count)
    elif len(shape) >= 2:
        values = signed(name, count) * F32(math.sqrt(3.0 / math.prod(shape[1:])))
    elif name.endswith("cls_logits.bias"):
        values = F32(classification_bias) + F32(0.1) * signed(name, count)
    elif name.endswith("bias"):
        values = F32(0.1) * signed(name, count)
    elif name.endswith("bn2.weight") or name.endswith("bn3.weight"):
        values = F32(0.25) + F32(0.5) * unit(name, count)
    elif name.endswith("weight"):
        values = F32(0.75) + F32(0.5) * unit(name, count)
    else:
        raise ValueError(f"no rule for {name} {shape}")
    assert values.dtype == F32
    return values.reshape(shape)


def fill(model, classification_bias=CLASSIFICATION_BIAS):
    """Overwrites all parameters and buffers of a torch module, and returns it."""
    import torch

    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name.endswith("num_batches_tracked"):
                tensor.zero_()
            else:
                tensor.copy_(torch.from_numpy(parameter(name, tuple(tensor.shape), classification_bias)))
    return model


def image(name, height, width):
    """Bytes, [height, width, 3]."""
    fine = numpy.floor(unit(name, height * width * 3) * F32(64)).astype(numpy.uint8).reshape(height, width, 3)
    rows, columns = -(-height // 16), -(-width // 16)
    block = numpy.floor(unit(name + ".block", rows * columns * 3) * F32(192)).astype(numpy.uint8)
    block = block.reshape(rows, columns, 3).repeat(16, axis=0).repeat(16, axis=1)[:height, :width]
    return fine + block


def network_image(name, height, width):
    """float32 in [0, 1], [3, height, width]."""
    return numpy.ascontiguousarray((image(name, height, width).astype(F32) / F32(255)).transpose(2, 0, 1))


def boxes(name, count, width, height, low, high):
    """float32 xyxy, [count, 4]."""
    u = unit(name, count * 4).reshape(count, 4)
    corner = u[:, :2] * numpy.array([width, height], F32)
    extent = F32(low) + u[:, 2:] * (F32(high) - F32(low))
    return numpy.concatenate([corner, corner + extent], axis=1)


def sample_indices(total, count=64):
    return [k * total // count for k in range(count)] if total > count else list(range(total))


def number(value):
    """A float32 as the shortest decimal that reads back as the same float32."""
    value = F32(value)
    assert numpy.isfinite(value), value
    return float(str(value))


def numbers(array):
    """Nested lists of an array, float32 shortened, integers and booleans as they are."""
    array = array.detach().cpu().numpy() if hasattr(array, "detach") else numpy.asarray(array)
    if array.dtype.kind in "iub":
        return array.tolist()
    if array.ndim == 0:
        return number(array)
    return [numbers(part) if array.ndim > 1 else number(part) for part in array]


def samples(array, count=64):
    array = array.detach().cpu().numpy() if hasattr(array, "detach") else numpy.asarray(array)
    return numbers(array.reshape(-1)[sample_indices(array.size, count)])


def summary(array, count=64):
    """Shape, mean, standard deviation (population), Euclidean norm and samples of an array."""
    array = array.detach().cpu().numpy() if hasattr(array, "detach") else numpy.asarray(array)
    wide = array.astype(numpy.float64)
    return {
        "shape": list(array.shape), "mean": number(wide.mean()), "std": number(wide.std()),
        "norm": number(numpy.sqrt((wide**2).sum())), "samples": samples(array, count),
    }


def relative_error(a, b):
    """max |a - b| / max |a|, of a reference a."""
    a, b = (x.detach().cpu().numpy() if hasattr(x, "detach") else numpy.asarray(x) for x in (a, b))
    return float(f"{numpy.abs(a.astype(numpy.float64) - b).max() / max(numpy.abs(a).max(), 1e-30):.1e}")


def versions():
    import torch
    import torchvision

    return {
        "python": platform.python_version(), "numpy": numpy.__version__,
        "torch": torch.__version__, "torchvision": torchvision.__version__,
    }


def write_json(path, content):
    """Writes {"versions": ..., **content}: one line for every key of the two upper levels."""
    content = {"versions": versions(), **content}
    lines = []
    for key, value in content.items():
        if isinstance(value, dict) and value:
            inner = ",\n".join(
                f"    {json.dumps(k)}: {json.dumps(v, separators=(',', ':'), allow_nan=False)}" for k, v in value.items())
            lines.append(f"  {json.dumps(key)}: {{\n{inner}\n  }}")
        else:
            lines.append(f"  {json.dumps(key)}: {json.dumps(value, separators=(',', ':'), allow_nan=False)}")
    with open(path, "w") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")


def check_values():
    """Known values of the generator, for the mirror."""
    return {
        "fnv1a64": {n: f"{fnv1a64(n):016x}" for n in ("", "a", "conv1.weight")},
        "hash_of_conv1_weight": [f"{int(h):016x}" for h in hashes("conv1.weight", 4)],
        "unit_of_conv1_weight": numbers(unit("conv1.weight", 8)),
        "conv1.weight [64, 3, 7, 7]": samples(parameter("conv1.weight", (64, 3, 7, 7)), 8),
        "bn1.running_var": numbers(parameter("bn1.running_var", (8,))),
        "bn1.running_mean": numbers(parameter("bn1.running_mean", (8,))),
        "bn1.weight": numbers(parameter("bn1.weight", (8,))),
        "layer1.0.bn2.weight": numbers(parameter("layer1.0.bn2.weight", (8,))),
        "bn1.bias": numbers(parameter("bn1.bias", (8,))),
        "head.classification_head.cls_logits.bias": numbers(
            parameter("head.classification_head.cls_logits.bias", (8,))),
        "image0 20x33 [y][x][c]": samples(image("image0", 20, 33), 32),
        "boxes0 4 of 320x448, 8...96": numbers(boxes("boxes0", 4, 320, 448, 8, 96)),
    }
