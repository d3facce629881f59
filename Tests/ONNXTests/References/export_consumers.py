"""Runs the programs that exported detectors are for, each on the file as it was written.

    python Tests/ONNXTests/References/export_consumers.py needletail best.safetensors photos/ [test.json]

`needletail` is the program, `photos/` a folder of JPEG files; with a COCO file about them AP is compared, too. The first photographs
are made to fill the input, so that nobody's way of fitting photographs into it decides. A program agrees when it has the boxes
that `needletail detect` lists with scores of .25 and more, and no others: same class, boxes that overlap by .98 (.95 where corners
are rounded to pixels), scores within .001. Written for ultralytics 8.4.190, supervision 0.31.2, openvino 2026.4.1, openvino-model-api
0.4.7, onnxruntime 1.32.0, opencv-python 5.0.0, pycocotools 2.0.11.
"""

import contextlib
import io
import json
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import openvino

SCORE = 0.25


def overlap(a, b):
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    inside = np.prod(np.clip(high - low, 0, None))
    return inside / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - inside)


def agree(wanted, found, limit=0.98):
    """Whether two lists of (class, score, corners) say the same; what is near the threshold may be missing."""
    unmatched = list(found)
    for name, score, box in wanted:
        partner = next(
            (o for o in unmatched if o[0] == name and abs(o[1] - score) < 1e-3 and overlap(o[2], box) > limit), None
        )
        if partner is not None:
            unmatched.remove(partner)
        elif score > SCORE + 1e-3:
            return False
    return all(score < SCORE + 1e-3 for _, score, _ in unmatched)


def own_program(script, photo):
    """The program in Python that was written beside a model: what it found, as its variables."""
    sys.argv = [str(script), str(photo)]
    with contextlib.redirect_stdout(io.StringIO()):
        found = runpy.run_path(str(script))
    return [(found["names"][int(c)], float(s), k) for k, s, c in zip(found["corners"].reshape(-1, 4), found["scores"], found["classes"])]


def decoded(output, names, overlap_limit, size, has_one_class):
    """Boxes of the layout yolo, by OpenCV's suppression."""
    boxes, scores = output[0].T[:, :4], output[0].T[:, 4:].copy()
    if has_one_class:
        scores[scores < scores.max(1, keepdims=True)] = 0
    places, classes = np.nonzero(scores > SCORE)
    boxes, scores = boxes[places], scores[places, classes]
    corners = np.hstack([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, 2:]])
    kept = cv2.dnn.NMSBoxesBatched(corners, scores, classes, SCORE, overlap_limit)
    corners[:, 2:] += corners[:, :2]
    corners = corners.reshape(-1, 2, 2).clip(0, size).reshape(-1, 4)
    return [(names[classes[k]], float(scores[k]), corners[k]) for k in kept]


def main(program, detector, photos, annotations=None):
    folder = Path(tempfile.mkdtemp())
    layouts, configuration = {}, stated(detector)
    # Where the shorter side decides, a square photograph is given to the network as that.
    is_shorter_side = configuration["transform"].get("fit", "shorterSide") == "shorterSide"
    size = ["--input", str(configuration["transform"]["minimumSize"])] if is_shorter_side else []
    for layout in ("yolo", "nms", "modelapi"):
        layouts[layout] = folder / f"{layout}.onnx"
        run = [program, "export", detector, str(layouts[layout]), "--layout", layout, "--json", "--quiet", *size]
        facts = json.loads(subprocess.run(run, check=True, capture_output=True).stdout)
    print(facts["architecture"], facts["input"])
    _, _, height, width = json.loads(facts["input"].split(" ", 1)[1])
    names, limits = facts["classes"], configuration["postProcessing"]["overlapThreshold"]

    # Of the classes of a place a YOLOX counts the best alone, and Ultralytics does so for every detector.
    has_one_class = configuration.get("architecture") == "yolox"

    filled = folder / "filled"
    filled.mkdir()
    for photo in sorted(Path(photos).glob("*.jpg"))[:8]:
        cv2.imwrite(str(filled / f"{photo.stem}.png"), cv2.resize(cv2.imread(str(photo)), (width, height)))
    wanted = {}
    for entry in detect(program, detector, filled, folder / "found"):
        x, y, w, h = entry["bbox"]
        if entry["score"] >= SCORE:
            wanted.setdefault(Path(str(entry["image_id"])).stem, []).append(
                (entry["category_name"], entry["score"], np.array([x, y, x + w, y + h])))

    def pixels(photo):
        image = cv2.cvtColor(cv2.imread(str(photo)), cv2.COLOR_BGR2RGB)
        return image.transpose(2, 0, 1)[None].astype(np.float32) / 255

    def report(name, find, limit=0.98):
        count = 0
        for photo in sorted(filled.glob("*.png")):
            same = agree(wanted.get(photo.stem, []), [d for d in find(photo) if d[1] >= SCORE], limit)
            count += same
        print(f"{name:40} the same boxes in {count} of {len(list(filled.glob('*.png')))}", flush=True)

    for layout in layouts:
        report(f"the program beside the model, {layout}", lambda p: own_program(layouts[layout].with_suffix(".py"), p))

    session = onnxruntime.InferenceSession(layouts["yolo"])
    report("ONNX Runtime", lambda p: decoded(session.run(None, {"images": pixels(p)})[0], names, limits, (width, height), has_one_class))
    core = openvino.Core()
    core.set_property("CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    compiled = core.compile_model(core.read_model(layouts["yolo"]), "CPU")
    report("OpenVINO", lambda p: decoded(compiled({"images": pixels(p)})[0], names, limits, (width, height), has_one_class))
    network = cv2.dnn.readNetFromONNX(str(layouts["yolo"]))

    def opencv(photo):
        network.setInput(pixels(photo))
        return decoded(network.forward().copy(), names, limits, (width, height), has_one_class)

    report("OpenCV's DNN", opencv)

    from ultralytics import YOLO

    import supervision

    for layout in ("yolo", "nms"):
        model = YOLO(str(layouts[layout]), task="detect")

        def results(photo):
            return model(str(photo), conf=SCORE, iou=limits, verbose=False)[0]

        def found(photo):
            r = results(photo).boxes
            return [(model.names[int(c)], float(s), k) for k, s, c in zip(r.xyxy.numpy(), r.conf.numpy(), r.cls.numpy())]

        def supervised(photo):
            d = supervision.Detections.from_ultralytics(results(photo))
            return [(n, float(s), k) for k, s, n in zip(d.xyxy, d.confidence, d.data["class_name"])]

        report(f"Ultralytics, {layout}", found)
        report(f"supervision from Ultralytics, {layout}", supervised)

    from model_api.adapters import ONNXRuntimeAdapter, OpenvinoAdapter
    from model_api.models import Model

    path = str(layouts["modelapi"])
    # In single precision; where the processor has bfloat16, OpenVINO would otherwise compute with that.
    exact = {"INFERENCE_PRECISION_HINT": "f32"}
    adapters = {
        "OpenVINO": OpenvinoAdapter(openvino.Core(), path, device="CPU", plugin_config=exact),
        "ONNX Runtime": ONNXRuntimeAdapter(path),
    }
    for name, adapter in adapters.items():
        model = Model.create_model(adapter, model_type="SSD", configuration={"confidence_threshold": SCORE})

        def asked(photo):
            r = model(cv2.imread(str(photo)))
            return [(n, float(s), b.astype(float)) for b, s, n in zip(r.bboxes, r.scores, r.label_names)]

        report(f"Model API with {name}", asked, 0.9)

    if annotations:
        ap(program, detector, Path(photos), annotations, layouts["yolo"].with_suffix(".py"), folder)


def detect(program, detector, photos, output, *further):
    subprocess.run(
        [program, "detect", detector, str(photos), "--output", str(output), "--no-pictures", "--quiet", *further],
        check=True, capture_output=True)
    return json.loads((output / "detections.json").read_text())


def stated(detector):
    """What the detector's file says of itself."""
    data = Path(detector).read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]
    return json.loads(header["needletail.detector"])


def ap(program, detector, photos, annotations, script, folder):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(annotations)
    ids = {c["name"]: c["id"] for c in truth.loadCats(truth.getCatIds())}
    found = []
    for image in truth.loadImgs(truth.getImgIds()):
        for name, score, (x1, y1, x2, y2) in own_program(script, photos / image["file_name"]):
            found.append({"image_id": image["id"], "category_id": ids[name], "score": score, "bbox": [float(v) for v in (x1, y1, x2 - x1, y2 - y1)]})
    own = detect(program, detector, photos, folder / "all", "--annotations", annotations)
    for name, results in (("detect", own), ("the program beside the model", found)):
        with contextlib.redirect_stdout(io.StringIO()):
            evaluation = COCOeval(truth, truth.loadRes(results), "bbox")
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        print(f"AP of {name}: {evaluation.stats[0]:.5f}, AP50 {evaluation.stats[1]:.5f}, of {len(results)} boxes")


if __name__ == "__main__":
    main(*sys.argv[1:])
