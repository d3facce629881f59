"""Makes the models of Fixtures/Layouts, one for each kind of detector that no other test has a file of.

    python layouts.py ../Fixtures/Layouts

None of them is trained: their outputs are numbers written down here, in the form that the programs named below document for
their exports. So that the preparation of pixels counts, the first score of each grows with the mean of the first channel that
the network reads. LAYOUT.json holds what a photograph of one colour, (200, 100, 50), has to come to, decoded here by the
documents' own rules. Versions: numpy 2.2, onnx 1.19 or later; the models were run with onnxruntime 1.32.

* yolov5: Ultralytics' YOLOv5, `export.py` and `utils/general.py` (non_max_suppression).
* nanodet: RangiLyu's NanoDet-Plus, `nanodet/model/head/nanodet_plus_head.py` (get_bboxes) and its ONNX demo.
* mmdeploy: OpenMMLab's MMDeploy with RTMDet: `dets` and `labels`.
* d-fine: D-FINE's `tools/deployment/export_onnx.py`: labels, boxes, scores, for `orig_target_sizes`.
* detr: Hugging Face's DETR, `post_process_object_detection`: logits with a last class of nothing, boxes in shares.
* tensorflow: the object detection API's `exporter_main_v2`, by tf2onnx.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

COLOR = np.array([200, 100, 50], np.float32)
SIDE = 64
GAIN = np.float32(0.125)


class Model:
    """A graph of constants, and the mean of the input's first channel."""

    def __init__(self, name, kind=TensorProto.FLOAT, shape=(1, 3, SIDE, SIDE), others=(), opset=17):
        self.opset, self.nodes, self.constants, self.outputs = opset, [], [], []
        self.inputs = [helper.make_tensor_value_info(name, kind, shape), *others]
        value = name
        if kind != TensorProto.FLOAT:
            value = self.node("Cast", value, to=TensorProto.FLOAT)
        axis = 1 if shape[1] == 3 else 3
        channel = self.node("Slice", value, np.array([0]), np.array([1]), np.array([axis]))
        # A number of rank 0.
        self.mean = self.node("ReduceMean", channel, keepdims=0)

    def node(self, kind, *inputs, **attributes):
        names = []
        for value in inputs:
            if not isinstance(value, str):
                names.append(f"c{len(self.constants)}")
                self.constants.append(numpy_helper.from_array(np.asarray(value), names[-1]))
            else:
                names.append(value)
        result = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, names, [result], **attributes))
        return result

    def growing(self, numbers, place):
        """The numbers; that at a place grows with the mean."""
        gains = np.zeros_like(numbers)
        gains[place] = GAIN
        return self.node("Add", numbers, self.node("Mul", gains, self.mean))

    def output(self, name, value, kind, shape):
        self.nodes.append(helper.make_node("Identity", [value], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, kind, shape))

    def write(self, path, metadata):
        graph = helper.make_graph(self.nodes, "layout", self.inputs, self.outputs, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8)
        for key, text in metadata.items():
            entry = model.metadata_props.add()
            entry.key, entry.value = key, text
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, path)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def corners(cx, cy, w, h):
    return [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]


def yolov5():
    """Rows of pixels, any of 3 · (8² + 4² + 2²): centre, size, objectness, classes. The score is their product."""
    rows = np.zeros((1, 252, 7), np.float32)
    rows[0, 3] = [20, 24, 16, 8, 0.8, 0.5, 0.25]
    rows[0, 200] = [40, 40, 20, 30, 0.5, 0.1, 0.9]
    # The first, moved by a pixel: suppressed.
    rows[0, 4] = [21, 24, 16, 8, 0.6, 0.5, 0.25]
    model = Model("images")
    model.output("output0", model.growing(rows, (0, 3, 4)), TensorProto.FLOAT, rows.shape)
    objectness = 0.8 + GAIN * COLOR[0] / 255
    found = [(objectness * 0.5, 0, corners(20, 24, 16, 8)), (0.45, 1, corners(40, 40, 20, 30))]
    # The photograph is twice as large as the input.
    return model, (128, 128), [(s, c, [2 * v for v in box]) for s, c, box in found]


def nanodet():
    """A row a cell, strides 8, 16, 32, 64: class scores, then for each side the logits of distances from 0 to 7 strides."""
    rows = np.full((1, 85, 2 + 32), 0, np.float32)
    distances = np.zeros((4, 8), np.float32)
    # The second cell of the first row of stride 16 (behind 64 cells of stride 8): surely 1, 0.5, 2 and 3 strides away.
    distances[0, 1] = distances[2, 2] = distances[3, 3] = 60
    distances[1, 0] = distances[1, 1] = 60
    rows[0, 65] = [0.3, 0.1, *distances.ravel()]
    # Cell (row 2, column 5) of stride 8, all distances alike: 3.5 strides.
    rows[0, 2 * 8 + 5] = [0.05, 0.6, *np.zeros(32)]
    model = Model("data")
    model.output("output", model.growing(rows, (0, 65, 0)), TensorProto.FLOAT, rows.shape)
    # Blue first, less its mean, by its deviation.
    mean = (COLOR[2] - 103.53) / 57.375
    # Cells begin at their corner.
    first = [16 - 16, 0 - 8, 16 + 32, 0 + 48]
    second = [40 - 28, 16 - 28, 40 + 28, 16 + 28]
    found = [(0.6, 1, second), (0.3 + GAIN * mean, 0, first)]
    scale = np.array([96 / 64, 80 / 64, 96 / 64, 80 / 64])
    return model, (96, 80), [(s, c, list(np.array(box) * scale)) for s, c, box in found]


def mmdeploy():
    dets = np.array([[[4, 6, 30, 40, 0.5], [10, 10, 20, 20, 0.4], [0, 0, 1, 1, 0]]], np.float32)
    labels = np.array([[1, 0, 0]], np.int64)
    model = Model("input")
    model.output("dets", model.growing(dets, (0, 0, 4)), TensorProto.FLOAT, dets.shape)
    model.output("labels", model.node("Identity", labels), TensorProto.INT64, labels.shape)
    score = 0.5 + GAIN * (COLOR[2] - 103.53) / 57.375
    found = [(0.4, 0, [10, 10, 20, 20]), (score, 1, [4, 6, 30, 40])]
    return model, (128, 128), [(s, c, [2 * v for v in box]) for s, c, box in found]


def dfine():
    """Boxes in shares of the size that is given, width first."""
    shares = np.array([[[0.25, 0.5, 0.75, 0.875], [0, 0, 0.5, 0.25]]], np.float32)
    scores = np.array([[0.5, 0.3]], np.float32)
    labels = np.array([[1, 0]], np.int64)
    sizes = helper.make_tensor_value_info("orig_target_sizes", TensorProto.INT64, (1, 2))
    model = Model("images", others=[sizes])
    size = model.node("Cast", "orig_target_sizes", to=TensorProto.FLOAT)
    factors = model.node("Reshape", model.node("Concat", size, size, axis=1), np.array([1, 1, 4]))
    model.output("labels", model.node("Identity", labels), TensorProto.INT64, labels.shape)
    model.output("boxes", model.node("Mul", shares, factors), TensorProto.FLOAT, shares.shape)
    model.output("scores", model.growing(scores, (0, 0)), TensorProto.FLOAT, scores.shape)
    score = 0.5 + GAIN * COLOR[0] / 255
    return model, (96, 80), [(score, 1, [24, 40, 72, 70]), (0.3, 0, [0, 0, 48, 20])]


def detr():
    """Logits of two classes and of nothing; boxes of centre and size in shares."""
    logits = np.array([[[2, 0, 1], [-1, 1.5, 0.5], [0, 0, 6]]], np.float32)
    boxes = np.array([[[0.5, 0.5, 0.25, 0.5], [0.25, 0.75, 0.5, 0.5], [0.5, 0.5, 1, 1]]], np.float32)
    model = Model("pixel_values")
    model.output("logits", model.growing(logits, (0, 0, 0)), TensorProto.FLOAT, logits.shape)
    model.output("pred_boxes", model.node("Identity", boxes), TensorProto.FLOAT, boxes.shape)
    grown = logits[0].astype(np.float64)
    grown[0, 0] += GAIN * (COLOR[0] / 255 - 0.485) / 0.229
    shares = np.exp(grown) / np.exp(grown).sum(axis=1, keepdims=True)
    size = np.array([96, 80, 96, 80])
    found = [
        (shares[row, column], column, list(np.array(corners(*boxes[0, row])) * size))
        for row in range(3) for column in range(2)
    ]
    return model, (96, 80), found


def tensorflow():
    """Bytes in; boxes of top, left, bottom and right in shares, classes that count from 1."""
    boxes = np.array([[[0.25, 0.5, 0.75, 1], [0, 0.125, 0.5, 0.25]]], np.float32)
    classes = np.array([[2, 1]], np.float32)
    scores = np.array([[0.125, 0.5]], np.float32)
    model = Model("input_tensor:0", TensorProto.UINT8, (1, SIDE, SIDE, 3))
    model.mean = model.node("Mul", model.mean, np.float32(0.01))
    model.output("detection_boxes:0", model.node("Identity", boxes), TensorProto.FLOAT, boxes.shape)
    model.output("detection_classes:0", model.node("Identity", classes), TensorProto.FLOAT, classes.shape)
    model.output("detection_scores:0", model.growing(scores, (0, 0)), TensorProto.FLOAT, scores.shape)
    score = 0.125 + GAIN * COLOR[0] * 0.01
    return model, (96, 80), [(0.5, 0, [12, 0, 24, 40]), (score, 1, [48, 20, 96, 60])]


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    makers = {"yolov5": yolov5, "nanodet": nanodet, "mmdeploy": mmdeploy, "d-fine": dfine, "detr": detr, "tensorflow": tensorflow}
    for name, make in makers.items():
        model, (width, height), found = make()
        path = folder / f"{name}.onnx"
        model.write(path, {} if name == "tensorflow" else {"names": "{0: 'cat', 1: 'dog'}"})
        session = onnxruntime.InferenceSession(path)
        feeds = {}
        for port in session.get_inputs():
            kind = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8, "tensor(int64)": np.int64}[port.type]
            feeds[port.name] = np.ones(port.shape, kind)
        session.run(None, feeds)
        found.sort(key=lambda entry: -entry[0])
        (folder / f"{name}.json").write_text(json.dumps({
            "width": width, "height": height,
            "detections": [
                {"score": float(score), "class": column, "box": [float(value) for value in box]}
                for score, column, box in found if score > 0.02
            ]}, indent=1) + "\n")


main()
