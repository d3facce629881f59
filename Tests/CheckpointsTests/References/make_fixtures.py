"""Writes the weight files of ../Fixtures with PyTorch and safetensors, and what is in them as JSON.

    python make_fixtures.py [--weights FOLDER]

Every file but the refused ones is read back with torch.load or safetensors before its values are
recorded. With --weights, sums over the tensors of two published files in FOLDER are recorded too.
"""

import argparse
import collections
import io
import json
import math
import os
import pickle
import re
import struct
import sys
import types
import zipfile
import zlib
from pathlib import Path

import numpy
import safetensors
import safetensors.torch
import torch

FIXTURES = Path(__file__).resolve().parent.parent / "Fixtures"
records = []


def values(tensor):
    flat = tensor.detach().reshape(-1)
    if tensor.dtype.is_floating_point:
        # JSON has no infinities; every float16, bfloat16 and float32 is a double.
        return [x if math.isfinite(x) else str(x) for x in flat.double().tolist()]
    return [int(x) for x in flat.tolist()]


def record(name, tensors, nesting="", metadata=None, format=None):
    records.append(
        {
            "file": name,
            "format": format,
            "nesting": nesting,
            "metadata": metadata or {},
            "tensors": [
                {
                    "name": key,
                    "type": str(tensor.dtype).removeprefix("torch."),
                    "shape": list(tensor.shape),
                    "strides": list(tensor.stride()),
                    "values": values(tensor),
                }
                for key, tensor in tensors.items()
            ],
        }
    )


def save(name, content, nesting="", metadata=None, format="PyTorch", **options):
    torch.save(content, FIXTURES / name, **options)
    loaded = torch.load(FIXTURES / name, weights_only=False)
    tensors = loaded
    for key in filter(None, nesting.split("/")):
        tensors = tensors[key]
    tensors = {key: value for key, value in tensors.items() if isinstance(value, torch.Tensor)}
    record(name, tensors, nesting, metadata, format)


def everything():
    generator = torch.Generator().manual_seed(7)
    base = torch.randn(4, 6, generator=generator)
    shared = torch.arange(24, dtype=torch.float32) / 8
    state = collections.OrderedDict()
    state["plain"] = base
    state["transposed"] = base.t()
    state["slice"] = base[1:, 1:4]
    state["shared.first"] = shared[:12].view(3, 4)
    state["shared.last"] = shared[12:].view(2, 3, 2)
    state["shared.permuted"] = shared.view(2, 3, 4).permute(2, 0, 1)
    state["expanded"] = torch.tensor([1.5, -2.5]).view(2, 1).expand(2, 3)
    state["scalar"] = torch.tensor(3.25)
    state["empty"] = torch.zeros(0, 3)
    state["half"] = torch.tensor([0.0, -0.0, 1.0, -1.5, 65504.0, 6.1e-5, 6e-8, float("inf"), float("-inf")]).half()
    state["brain"] = torch.tensor([0.0, 1.0, -3.140625, 3e38, 1e-40]).bfloat16()
    state["double"] = torch.tensor([1 / 3, -1e300, 5e-324], dtype=torch.float64)
    state["int64"] = torch.tensor([[-(2**63), 2**63 - 1], [0, -1]])
    state["int32"] = torch.tensor([-(2**31), 5], dtype=torch.int32)
    state["int16"] = torch.tensor([-32768, 5], dtype=torch.int16)
    state["int8"] = torch.tensor([-128, 5], dtype=torch.int8)
    state["uint8"] = torch.tensor([0, 255], dtype=torch.uint8)
    state["bool"] = torch.tensor([True, False, True])
    state["parameter"] = torch.nn.Parameter(torch.tensor([[1.0, 2.0]]))
    state["größe.重み"] = torch.tensor([4.0])
    return state


def torch_files():
    state = everything()
    save("everything.pth", state)
    save("everything-legacy.pth", state, format="PyTorch (legacy)", _use_new_zipfile_serialization=False)
    save("protocol4.pth", state, pickle_protocol=4)
    save("protocol5-legacy.pth", state, format="PyTorch (legacy)", pickle_protocol=5, _use_new_zipfile_serialization=False)
    unsigned = {
        "uint16": torch.tensor([0, 65535], dtype=torch.uint16),
        "uint32": torch.tensor([0, 2**32 - 1], dtype=torch.uint32),
        "uint64": torch.tensor([0, 2**63 - 1], dtype=torch.uint64),
    }
    save("unsigned.pth", unsigned)

    torch.manual_seed(3)
    module = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3), torch.nn.ReLU())
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.9)
    module(torch.ones(2, 2, 4, 4)).sum().backward()
    optimizer.step()
    wrapped = collections.OrderedDict(("module." + key, value) for key, value in module.state_dict().items())
    save("module-prefix.pth", wrapped)
    training = {
        "epoch": 12,
        "best": 0.625,
        "arch": "resnet18",
        "done": False,
        "resume": None,
        "classes": ["cat", "dog \"big\""],
        "args": argparse.Namespace(lr=0.1, device=torch.device("cpu")),
        "state_dict": wrapped,
        "optimizer": optimizer.state_dict(),
        "ema": {key: value * 2 for key, value in wrapped.items()},
    }
    metadata = {
        "epoch": "12",
        "best": "0.625",
        "arch": "resnet18",
        "done": "false",
        "classes": '["cat","dog \\"big\\""]',
    }
    save("training.pth", training, "state_dict", metadata)
    save("training-legacy.pth", training, "state_dict", metadata, "PyTorch (legacy)", _use_new_zipfile_serialization=False)
    save("numpy-scalar.pth", {"model": {"w": torch.ones(2)}, "best": numpy.float64(0.5)}, "model", {"best": "0.5"})
    save("deep.pth", {"checkpoint": {"model": {"w": torch.ones(2)}}}, "checkpoint/model")
    save("subclass.pth", {"w": torch.nn.Buffer(torch.arange(3.0)), "p": with_attribute()})

    # Refused.
    whole = own_module()
    torch.save(whole, FIXTURES / "refused-module.pth")
    torch.save(whole, FIXTURES / "refused-module-legacy.pth", _use_new_zipfile_serialization=False)
    torch.save({"w": Hostile()}, FIXTURES / "refused-command.pth")
    torch.save({"a": {"w": torch.ones(1)}, "b": {"w": torch.ones(1)}}, FIXTURES / "refused-ambiguous.pth")
    torch.save([1, 2], FIXTURES / "refused-list.pth")
    torch.save({"w": torch.ones(2, 2).to_sparse()}, FIXTURES / "refused-sparse.pth")
    torch.save({"w": torch.ones(2, dtype=torch.complex64)}, FIXTURES / "refused-complex.pth")
    program = [("net/data.pkl", b"\x80\x02c__torch__\nNet\n)\x81."), ("net/constants.pkl", b"\x80\x02).")]
    (FIXTURES / "refused-script.pt").write_bytes(archive(program))


def with_attribute():
    parameter = torch.nn.Parameter(torch.tensor([5.0]))
    parameter.note = "kept"
    return parameter


def own_module():
    """A module whose class has no source file, because old PyTorch files quote the source with its path."""
    name = "needletail_fixture"
    sys.modules[name] = types.ModuleType(name)
    kind = type("Network", (torch.nn.Module,), {"__module__": name})
    sys.modules[name].Network = kind
    module = kind()
    module.weight = torch.nn.Parameter(torch.ones(2))
    return module


class Hostile:
    def __reduce__(self):
        return os.system, ("touch needletail-was-here",)


def archive(entries, is_64=False):
    """A zip archive of stored entries; with is_64 every size and offset is in zip64 fields."""
    out = io.BytesIO()
    directory = b""
    for name, data in entries:
        raw = name.encode()
        start = out.tell()
        crc = zlib.crc32(data)
        out.write(struct.pack("<IHHHHHIIIHH", 0x04034B50, 45, 0, 0, 0, 0, crc, len(data), len(data), len(raw), 5))
        out.write(raw + struct.pack("<HHB", 0x4246, 1, 0) + data)
        extra = struct.pack("<HHQQQ", 1, 24, len(data), len(data), start) if is_64 else b""
        size, place = (0xFFFFFFFF, 0xFFFFFFFF) if is_64 else (len(data), start)
        directory += struct.pack(
            "<IHHHHHHIIIHHHHHII", 0x02014B50, 45, 45, 0, 0, 0, 0, crc, size, size, len(raw), len(extra), 0, 0, 0, 0, place
        )
        directory += raw + extra
    start = out.tell()
    out.write(directory)
    count = len(entries)
    if is_64:
        end = out.tell()
        out.write(struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, count, count, len(directory), start))
        out.write(struct.pack("<IIQI", 0x07064B50, 0, end, 1))
        out.write(struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))
    else:
        comment = b"PK\x05\x06 in a comment"
        out.write(struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(directory), start, len(comment)) + comment)
    return out.getvalue()


def zip_variants():
    """The same tensors in a zip64 archive, and in one that a big-endian machine would have written."""
    state = {"a": torch.arange(6.0).view(2, 3).t(), "b": torch.tensor([1, -2]), "c": torch.tensor([1.5]).half()}
    buffer = io.BytesIO()
    torch.save(state, buffer)
    source = zipfile.ZipFile(buffer)
    entries = [(name, source.read(name)) for name in source.namelist()]

    name = "zip64.pth"
    (FIXTURES / name).write_bytes(archive(entries, is_64=True))
    with zipfile.ZipFile(FIXTURES / name) as check:
        assert check.testzip() is None
    # PyTorch's own reader insists on its alignment and on an end record of its own kind, so the reference here is
    # the archive it was taken from.
    record(name, state, format="PyTorch")

    widths = [4, 8, 2]
    swapped = []
    for key, data in entries:
        stem, _, number = key.rpartition("/data/")
        if key.endswith("byteorder"):
            data = b"big"
        elif stem and number.isdigit():
            data = numpy.frombuffer(data, f"u{widths[int(number)]}").byteswap().tobytes()
        swapped.append((key, data))
    name = "big-endian.pth"
    (FIXTURES / name).write_bytes(archive(swapped))
    for key, tensor in torch.load(FIXTURES / name, weights_only=True).items():
        assert torch.equal(tensor, state[key])
    record(name, state, format="PyTorch")

    compressed = io.BytesIO()
    with zipfile.ZipFile(compressed, "w", zipfile.ZIP_DEFLATED) as target:
        for key, data in entries:
            target.writestr(zipfile.ZipInfo(key), data, zipfile.ZIP_DEFLATED)
    (FIXTURES / "refused-compressed.pth").write_bytes(compressed.getvalue())


def tensor_beside_weights():
    """What the training script of PyTorch's ImageNet example saves: the best accuracy is a tensor, too."""

    def text(value):
        return b"X" + struct.pack("<I", len(value)) + value.encode()

    def tensor(key, shape, strides):
        count = math.prod(shape)
        storage = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text(key) + text("cpu") + b"K" + bytes([count]) + b"tQ"
        sizes = lambda numbers: b"(" + b"".join(b"K" + bytes([n]) for n in numbers) + b"t"
        rest = b"K\0" + sizes(shape) + sizes(strides) + b"\x89ccollections\nOrderedDict\n)R"
        return b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + rest + b"tR"

    def dictionary(*pairs):
        return b"}(" + b"".join(key + value for key, value in pairs) + b"u"

    weights = dictionary(
        (text("module.w"), tensor("1", [2, 3], [3, 1])), (text("module.b"), tensor("2", [2], [1]))
    )
    momentum = dictionary((text("momentum_buffer"), tensor("3", [4, 4], [4, 1])))
    pickled = b"\x80\x02" + dictionary(
        (text("epoch"), b"K\x03"),
        (text("best_acc1"), tensor("0", [], [])),
        (text("state_dict"), weights),
        (text("optimizer"), dictionary((text("state"), dictionary((b"K\0", momentum))))),
    ) + b"."
    numbers = {"0": [46.5], "1": [0, 1, 2, 3, 4, 5], "2": [8, 9], "3": [1] * 16}
    entries = [("best/data.pkl", pickled), ("best/version", b"3\n")]
    entries += [(f"best/data/{key}", struct.pack(f"<{len(n)}f", *n)) for key, n in numbers.items()]
    name = "tensor-beside-weights.pth"
    (FIXTURES / name).write_bytes(archive(entries))
    state = {"module.w": torch.arange(6.0).view(2, 3), "module.b": torch.tensor([8.0, 9.0])}
    for key, value in torch.load(FIXTURES / name, weights_only=True)["state_dict"].items():
        assert torch.equal(value, state[key])
    record(name, state, "state_dict", {"epoch": "3"}, format="PyTorch")


def old_legacy():
    """What Python 2 and PyTorch before 0.4 wrote: byte strings, `_rebuild_tensor`, a dictionary of pairs, views."""

    def text(value):
        return b"U" + bytes([len(value)]) + value.encode()

    def storage(key, count, view):
        return (
            b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text(key) + text("cpu") + b"K" + bytes([count]) + view + b"tQ"
        )

    def tensor(storage, offset, shape, strides):
        sizes = lambda numbers: b"(" + b"".join(b"K" + bytes([n]) for n in numbers) + b"t"
        return b"ctorch._utils\n_rebuild_tensor\n(" + storage + b"K" + bytes([offset]) + sizes(shape) + sizes(strides) + b"tR"

    view = b"(" + text("77") + b"K\x02K\x04t"
    pairs = b"".join(
        b"(" + text(name) + value + b"l"
        for name, value in [
            ("whole", tensor(storage("11", 6, b"N"), 0, [2, 3], [3, 1])),
            ("part", tensor(storage("11", 6, view), 1, [3], [1])),
            ("other", tensor(storage("22", 2, b"N"), 0, [2], [1])),
        ]
    )
    pickled = b"\x80\x02ccollections\nOrderedDict\n((" + pairs + b"ltR."
    name = "python2-legacy.pth"
    with open(FIXTURES / name, "wb") as out:
        pickle.dump(0x1950A86A20F9469CFC6C, out, protocol=2)
        pickle.dump(1001, out, protocol=2)
        pickle.dump({"little_endian": True}, out, protocol=2)
        out.write(pickled)
        pickle.dump(["11", "22"], out, protocol=2)
        out.write(struct.pack("<q6f", 6, 0, 1, 2, 3, 4, 5))
        out.write(struct.pack("<q2f", 2, 8, 9))
    loaded = torch.load(FIXTURES / name, weights_only=False)
    assert loaded["part"].tolist() == [3, 4, 5]
    record(name, loaded, format="PyTorch (legacy)")


def safetensors_files():
    state = {key: value.detach().clone(memory_format=torch.contiguous_format) for key, value in everything().items()}
    state["uint16"] = torch.tensor([0, 65535], dtype=torch.uint16)
    name = "everything.safetensors"
    metadata = {"format": "pt", "note": 'quotes " and \\ and \n and 重み'}
    safetensors.torch.save_file(state, FIXTURES / name, metadata)
    with safetensors.safe_open(FIXTURES / name, "pt") as loaded:
        record(name, {key: loaded.get_tensor(key) for key in loaded.offset_keys()}, "", loaded.metadata(), "safetensors")
    safetensors.torch.save_file(
        {"w": torch.ones(2).to(torch.float8_e4m3fn)}, FIXTURES / "refused-float8.safetensors"
    )


def model_names():
    """Names and shapes of torchvision's models, and what its detection models called their layers before 0.13."""
    import torchvision
    from torchvision.models import detection

    models = {name: getattr(torchvision.models, name)() for name in
              ["resnet18", "resnet34", "resnet50", "resnext50_32x4d", "wide_resnet50_2"]}
    for name in ["retinanet_resnet50_fpn", "retinanet_resnet50_fpn_v2", "fasterrcnn_resnet50_fpn"]:
        models[name] = getattr(detection, name)(weights=None, weights_backbone=None)
    for name in ["retinanet_resnet50_fpn", "fasterrcnn_resnet50_fpn"]:
        old = collections.OrderedDict((old_name(key), value) for key, value in models[name].state_dict().items())
        # The reference for the renaming: torchvision loads the old names strictly.
        models[name].load_state_dict(old, strict=True)
        models[name + " (old names)"] = old
    lines = []
    for name, model in models.items():
        state = model.state_dict() if isinstance(model, torch.nn.Module) else model
        entries = {key: list(value.shape) for key, value in state.items()}
        lines.append(f"{json.dumps(name)}:{json.dumps(entries, separators=(',', ':'))}")
    lines.append(f'"torchvision {torchvision.__version__}":{{}}')
    (FIXTURES / "models.json").write_text("{" + ",\n".join(lines) + "}\n")


def old_name(name):
    name = re.sub(r"(inner_blocks|layer_blocks)\.(\d)\.0\.", r"\1.\2.", name)
    name = re.sub(r"(_head\.conv)\.(\d)\.0\.", lambda match: f"{match[1]}.{2 * int(match[2])}.", name)
    return name.replace("rpn.head.conv.0.0.", "rpn.head.conv.")


def published(folder):
    """Sums of the two files, by tensor, in double precision."""
    result = {}
    for name, nesting in [("resnet18-imagenet.pth", ""), ("resnet20-12fca82f.th", "state_dict")]:
        loaded = torch.load(folder / name, map_location="cpu", weights_only=True)
        if nesting:
            loaded = loaded[nesting]
        result[name] = {
            "nesting": nesting,
            "tensors": [
                {"name": key, "shape": list(value.shape), "sum": float(value.double().sum())}
                for key, value in loaded.items()
            ],
        }
    (FIXTURES / "published.json").write_text(json.dumps(result, indent=0) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path)
    arguments = parser.parse_args()
    FIXTURES.mkdir(exist_ok=True)
    torch_files()
    zip_variants()
    tensor_beside_weights()
    old_legacy()
    safetensors_files()
    model_names()
    versions = {"torch": torch.__version__, "safetensors": safetensors.__version__, "numpy": numpy.__version__}
    (FIXTURES / "expected.json").write_text(json.dumps({"versions": versions, "files": records}, indent=0) + "\n")
    if arguments.weights:
        published(arguments.weights)


if __name__ == "__main__":
    main()
