"""Holds detectors of other programs against what `needletail export` writes of them.

    python Tests/ONNXTests/References/imported_again.py needletail photos/ FILE.onnx ... > imported_again.txt

Each file is written again: with `--layout raw`, or as `yolo` where it is of a network that is known and so written like one of
ours. A line tells how far ONNX Runtime's outputs of the two files lie apart, as a part of the greatest number of each, for the same
noise (of files that are written with their own inputs and outputs), and in how many photographs `needletail detect` finds the same
with the two: class, score within a thousandth of it, boxes that overlap by .98. Networks that nobody has trained give no boxes; of
theirs the outputs alone are compared. Files are those of `layouts.py`, and exports of their own programs. Written for
onnxruntime 1.32.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
from export_consumers import detect, overlap

onnxruntime.set_default_logger_severity(3)
KINDS = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8, "tensor(int64)": np.int64, "tensor(float16)": np.float16}


def outputs(path, given):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {port.name: given[port.name] for port in session.get_inputs()})


def noise(path):
    """Numbers for each input, of the sizes that the file states."""
    random, given = np.random.default_rng(5), {}
    for port in onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).get_inputs():
        shape = [size if isinstance(size, int) else 1 for size in port.shape]
        kind = KINDS[port.type]
        numbers = random.random(shape) * (255 if kind == np.uint8 else 1)
        given[port.name] = (np.full(shape, 64) if len(shape) == 2 else numbers).astype(kind)
    return given


def difference(one, other):
    if [np.shape(value) for value in one] != [np.shape(value) for value in other]:
        return "other shapes"
    worst = 0.0
    for a, b in zip(one, other):
        if np.size(a):
            worst = max(worst, float(np.abs(a.astype(float) - b.astype(float)).max() / max(np.abs(a).max(), 1e-9)))
    return f"{worst:.1e}"


def agree(one, other):
    """Whether each box has a partner, but for the last of a list, which may be cut off among equals."""
    for wanted, found in ((one, other), (other, one)):
        lowest = min((score for _, score, _ in found), default=1)
        for name, score, box in wanted:
            if score > lowest * 1.001 and not any(
                n == name and abs(s - score) <= 1e-3 * score and overlap(b, box) > 0.98 for n, s, b in found):
                return False
    return len(one) == len(other)


def boxes(program, path, photos, folder):
    found = {}
    for entry in detect(program, str(path), photos, folder, "--minimum-score", "0.005"):
        x, y, w, h = entry["bbox"]
        found.setdefault(entry["image_id"], []).append(
            (entry["category_name"], entry["score"], np.array([x, y, x + w, y + h])))
    return found


def main(program, photos, *files):
    print(f"{'file':34}{'written as':12}{'difference':>12}  the same in  boxes")
    count = len([path for path in Path(photos).iterdir() if path.suffix in (".jpg", ".png")])
    for path in files:
        folder = Path(tempfile.mkdtemp())
        again, layout = folder / "again.onnx", "raw"
        run = [program, "export", path, str(again), "--quiet", "--json", "--overwrite", "--layout"]
        facts = json.loads(subprocess.run([*run, "raw"], check=True, capture_output=True).stdout)
        if facts["architecture"] != "graph":
            layout, apart = "yolo", "-"
            subprocess.run([*run, "yolo"], check=True, capture_output=True)
        else:
            given = noise(path)
            apart = difference(outputs(path, given), outputs(str(again), given))
        one, other = (boxes(program, p, photos, folder / n) for p, n in ((path, "a"), (again, "b")))
        images = set(one) | set(other)
        same = sum(agree(one.get(image, []), other.get(image, [])) for image in images)
        boxes_found = sum(map(len, one.values()))
        name = Path(path).parent.name if Path(path).stem == "model" else Path(path).stem
        print(f"{name:34}{layout:12}{apart:>12}  {same + count - len(images)} of {count}     {boxes_found}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
