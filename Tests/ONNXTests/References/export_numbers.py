"""Holds exported files against what the exporting program computed.

    NEEDLETAIL_ONNX_CASES=/tmp/cases swift test --filter ExportTests/everyCaseIsWrittenAndReadBack
    python Tests/ONNXTests/References/export_numbers.py /tmp/cases

For every NAME.onnx with its NAME.safetensors (`images` and the outputs): ONNX's checker and shape inference pass, and the
outputs of ONNX Runtime, OpenVINO and OpenCV's DNN are within 1e-4 of the greatest number of each output. Written for onnx 1.23,
onnxruntime 1.32, openvino 2026.4, opencv-python 5.0.
"""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import openvino


def tensors(path):
    """The tensors of a safetensors file of floats."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    return {
        name: np.frombuffer(data, np.float32, -1, 8 + length)[
            entry["data_offsets"][0] // 4 : entry["data_offsets"][1] // 4
        ].reshape(entry["shape"])
        for name, entry in header.items()
        if name != "__metadata__"
    }


def onnx_runtime(path, names, images):
    session = onnxruntime.InferenceSession(path)
    return session.run(names, {"images": images})


def open_vino(path, names, images):
    core = openvino.Core()
    core.set_property("CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    compiled = core.compile_model(core.read_model(path), "CPU")
    results = compiled({"images": images})
    return [results[compiled.output(name)] for name in names]


def opencv(path, names, images):
    network = cv2.dnn.readNetFromONNX(str(path))
    network.setInput(images, "images")
    return network.forward(names)


def main(folder):
    failures = 0
    for path in sorted(Path(folder).glob("*.onnx")):
        numbers = tensors(path.with_suffix(".safetensors"))
        images = numbers.pop("images")
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
        for output in inferred.graph.output:
            sizes = [d.dim_value for d in output.type.tensor_type.shape.dim]
            wanted = list(numbers[output.name].shape)
            assert len(sizes) == len(wanted), (path, output.name)
            assert all(size in (0, want) for size, want in zip(sizes, wanted)), (path, output.name, sizes, wanted)
        names = [output.name for output in model.graph.output]
        line = [f"{path.stem:34}"]
        for program in (onnx_runtime, open_vino, opencv):
            try:
                results = program(path, names, images)
            except Exception as error:
                line.append(f"{program.__name__}: {str(error).strip().splitlines()[-1][:90]}")
                failures += program is not opencv
                continue
            worst = 0.0
            for name, result in zip(names, results):
                want = numbers[name]
                got = np.asarray(result).reshape(want.shape)
                worst = max(worst, float(np.abs(got - want).max() / max(np.abs(want).max(), 1e-9)))
            failures += worst > 1e-4
            line.append(f"{program.__name__} {worst:.1e}{' FAILED' if worst > 1e-4 else ''}")
        print("  ".join(line), flush=True)
    return failures


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1]) else 0)
