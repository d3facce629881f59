"""Tiled detection in large photographs by SAHI, and the photographs: those of a dataset side by side in a few.

    pip install sahi==0.12.8 onnxruntime opencv-python
    python tiled_detection.py join dataset.json images/ joined/ --columns 4 --rows 4
    python tiled_detection.py sahi yolox_nano.onnx joined/dataset.json joined/images --tile 640 --overlap 0.2 > found.json
    needletail detect yolox_nano.onnx joined/images --annotations joined/dataset.json --tiles 640 --tile-overlap 0.2 \\
        --no-pictures --output found/
    python tiled_detection.py limit found.json 100 > limited.json
    needletail evaluate joined/dataset.json limited.json

`join --canvas 10000x8000` makes one photograph of that size, with grey where none fits. `limit` keeps the detections of an image with
the highest scores, so that lists of both are of one length; `--max-detections` of `evaluate` has to be as many.

SAHI gets the network through ONNX Runtime, as YOLOX's own demonstration prepares and decodes it, with suppression within
each tile as `detect` has it; what it does with the tiles is its own default. Times are printed on standard error: of all
photographs, without loading modules and the network.
"""
import argparse
import json
import pathlib
import sys
import time

import cv2
import numpy as np


def join(arguments):
    data = json.load(open(arguments.dataset))
    side = 640
    width, height = (int(n) for n in arguments.canvas.split("x")) if arguments.canvas else (
        side * arguments.columns, side * arguments.rows)
    columns, per = width // side, width // side * (height // side)
    images = data["images"] * arguments.repeat
    boxes = {}
    for a in data["annotations"]:
        boxes.setdefault(a["image_id"], []).append(a)
    folder = pathlib.Path(arguments.output)
    (folder / "images").mkdir(parents=True)
    out = {"images": [], "annotations": [], "categories": data["categories"]}
    for start in range(0, len(images) - per + 1, per):
        # Grey, as letterboxes are.
        canvas = np.full((height, width, 3), 114, np.uint8)
        number = len(out["images"]) + 1
        for place, image in enumerate(images[start:start + per]):
            picture = cv2.imread(f"{arguments.images}/{image['file_name']}", cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
            x, y = place % columns * side, place // columns * side
            canvas[y:y + picture.shape[0], x:x + picture.shape[1]] = picture[:side, :side]
            for a in boxes.get(image["id"], []):
                left, top, width, height = a["bbox"]
                out["annotations"].append({
                    "id": len(out["annotations"]) + 1, "image_id": number, "category_id": a["category_id"],
                    "bbox": [left + x, top + y, width, height], "area": a["area"], "iscrowd": a.get("iscrowd", 0)})
        cv2.imwrite(str(folder / f"images/{number:03}.jpg"), canvas, [cv2.IMWRITE_JPEG_QUALITY, 95])
        out["images"].append({"id": number, "file_name": f"{number:03}.jpg", "width": canvas.shape[1], "height": canvas.shape[0]})
    json.dump(out, open(folder / "dataset.json", "w"))


def network(path, categories, threads):
    import onnxruntime
    from sahi.models.base import DetectionModel
    from sahi.prediction import ObjectPrediction

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads

    class YOLOX(DetectionModel):
        def check_dependencies(self, *_, **__):
            pass

        def load_model(self):
            self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
            self.side = self.session.get_inputs()[0].shape[2]
            grids, strides = [], []
            for stride in (8, 16, 32):
                count = self.side // stride
                y, x = np.mgrid[:count, :count]
                grids.append(np.stack([x, y], -1).reshape(-1, 2))
                strides.append(np.full((count * count, 1), stride))
            self.grid, self.strides = np.concatenate(grids), np.concatenate(strides)

        def set_model(self, model, **_):
            pass

        @property
        def category_names(self):
            return [c["name"] for c in categories]

        def perform_inference(self, image):
            ratio = min(self.side / image.shape[0], self.side / image.shape[1])
            size = int(image.shape[1] * ratio), int(image.shape[0] * ratio)
            padded = np.full((self.side, self.side, 3), 114, np.uint8)
            padded[:size[1], :size[0]] = cv2.resize(image[:, :, ::-1], size, interpolation=cv2.INTER_LINEAR)
            output = self.session.run(None, {"images": padded.transpose(2, 0, 1)[None].astype(np.float32)})[0][0]
            centers = (output[:, :2] + self.grid) * self.strides
            sizes = np.exp(output[:, 2:4]) * self.strides
            scores = output[:, 4:5] * output[:, 5:]
            rows, classes = np.nonzero(scores > self.confidence_threshold)
            corner, extent = (centers - sizes / 2)[rows] / ratio, sizes[rows] / ratio
            found = scores[rows, classes]
            if len(rows):
                kept = cv2.dnn.NMSBoxesBatched(
                    np.concatenate([corner, extent], 1).tolist(), found.tolist(), classes.tolist(), 0.0, 0.65)
            else:
                kept = []
            self._original_predictions = [
                (*corner[k], *(corner[k] + extent[k]), found[k], int(classes[k])) for k in np.asarray(kept, int).reshape(-1)]

        def _create_object_prediction_list_from_original_predictions(self, shift_amount_list=[[0, 0]], full_shape_list=None):
            shift, full = np.asarray(shift_amount_list).reshape(-1, 2)[0], np.asarray(full_shape_list).reshape(-1, 2)
            self._object_prediction_list_per_image = [[
                ObjectPrediction(bbox=[float(v) for v in box], score=float(score), category_id=k,
                                 category_name=categories[k]["name"], shift_amount=[int(v) for v in shift],
                                 full_shape=[int(v) for v in full[0]])
                for *box, score, k in self._original_predictions]]

    return YOLOX(model_path=path, confidence_threshold=0.05, device="cpu")


def sahi(arguments):
    from sahi.predict import get_sliced_prediction
    data = json.load(open(arguments.dataset))
    model = network(arguments.model, data["categories"], arguments.threads)
    cv2.setNumThreads(arguments.threads)
    results, start = [], time.perf_counter()
    for image in data["images"]:
        found = get_sliced_prediction(
            f"{arguments.images}/{image['file_name']}", model, slice_height=arguments.tile, slice_width=arguments.tile,
            overlap_height_ratio=arguments.overlap, overlap_width_ratio=arguments.overlap, verbose=0)
        for o in found.object_prediction_list:
            x, y, x2, y2 = o.bbox.to_xyxy()
            results.append({"image_id": image["id"], "category_id": data["categories"][o.category.id]["id"],
                            "bbox": [x, y, x2 - x, y2 - y], "score": float(o.score.value)})
    print(f"{len(data['images'])} photographs in {time.perf_counter() - start:.2f} s", file=sys.stderr)
    json.dump(results, sys.stdout)


def limit(arguments):
    found = {}
    for detection in json.load(open(arguments.detections)):
        found.setdefault(detection["image_id"], []).append(detection)
    json.dump([d for ds in found.values() for d in sorted(ds, key=lambda d: -d["score"])[:arguments.count]], sys.stdout)


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
verbs = parser.add_subparsers(required=True)
verb = verbs.add_parser("join")
verb.add_argument("dataset"), verb.add_argument("images"), verb.add_argument("output")
verb.add_argument("--columns", type=int, default=4), verb.add_argument("--rows", type=int, default=4)
verb.add_argument("--repeat", type=int, default=1, help="how often the photographs are gone through")
verb.add_argument("--canvas", help="width x height of a photograph, in the place of columns and rows")
verb.set_defaults(run=join)
verb = verbs.add_parser("limit")
verb.add_argument("detections"), verb.add_argument("count", type=int)
verb.set_defaults(run=limit)
verb = verbs.add_parser("sahi")
verb.add_argument("model"), verb.add_argument("dataset"), verb.add_argument("images")
verb.add_argument("--tile", type=int, default=640), verb.add_argument("--overlap", type=float, default=0.2)
verb.add_argument("--threads", type=int, default=2)
verb.set_defaults(run=sahi)
arguments = parser.parse_args()
arguments.run(arguments)
