"""Writes what pycocotools says of small random data sets, for the tests of the COCO metrics.

A case is a seed. Boxes follow from it by the formulas below, which RandomCase.swift repeats, so that the
fixture holds results alone:

    python make_cases.py --count 2500 --output ../Fixtures/coco_cases.txt
    python make_cases.py --dataset DIRECTORY --output ../Fixtures/coco_api_100.txt

DIRECTORY holds COCO's evaluation example of 100 images (instances_val2014_100.json and
instances_val2014_fakebbox100_results.json). Any other seeds can be checked without a fixture of their own:

    python make_cases.py --first 1000000 --count 20000 --output /tmp/cases.txt
    NEEDLETAIL_COCO_CASES=/tmp/cases.txt swift test -c release --filter CocoReference

and a data set of COCO's size, with the times of both:

    python make_cases.py --images 5000 --output /tmp/large.txt
    NEEDLETAIL_COCO_LARGE=/tmp/large.txt swift test -c release --filter CocoReference

Recorded with pycocotools 2.0.11 and numpy 2.4.6.
"""

import argparse
import contextlib
import io
import json
import os
import struct
import time
import zlib

import numpy
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

MASK = (1 << 64) - 1


class SplitMix:
    """Steele, Lea and Flood's SplitMix64."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, bound):
        return self.next() % bound

    def unit(self):
        return (self.next() >> 11) * 2.0**-53

    def chance(self, percent):
        return self.below(100) < percent


class LargeCase:
    """A data set of COCO's size: 5,000 images, 80 classes, 7 boxes and 100 detections an image."""

    def __init__(self, image_count):
        r = SplitMix(2017)
        self.images = list(range(1, image_count + 1))
        self.category_ids = list(range(1, 81))
        self.ground_truths = []
        self.detections = []
        for image_id in self.images:
            local = []
            for _ in range(7):
                # Few classes hold most objects.
                category = 1 + int(r.unit() * r.unit() * 80)
                box = [r.unit() * 500, r.unit() * 400, 4 + r.unit() * r.unit() * 300, 4 + r.unit() * r.unit() * 300]
                crowd = 1 if r.chance(1) else 0
                local.append({"id": len(self.ground_truths) + 1, "image_id": image_id, "category_id": category,
                              "bbox": box, "area": box[2] * box[3] * 0.7, "iscrowd": crowd})
                self.ground_truths.append(local[-1])
            for _ in range(100):
                if r.chance(40):
                    source = local[r.below(7)]
                    box = [side + (r.unit() - 0.5) * 0.3 * source["bbox"][2 + i % 2]
                           for i, side in enumerate(source["bbox"])]
                    category = source["category_id"]
                    score = r.unit()
                else:
                    box = [r.unit() * 500, r.unit() * 400, r.unit() * 200, r.unit() * 200]
                    category = 1 + r.below(80)
                    score = r.unit() * r.unit()
                self.detections.append(
                    {"image_id": image_id, "category_id": category, "bbox": box, "score": score}
                )

    def apply_options(self, params):
        pass


class Case:
    """One random data set with the options to evaluate it by."""

    def __init__(self, seed):
        r = self.random = SplitMix(seed)
        image_count = 1 + r.below(6)
        self.category_ids = [7 * i + 3 for i in range(1 + r.below(4))]
        self.mode = r.below(3)
        self.factor = [1.0, 4.0, 16.0][r.below(3)]
        score_levels = [2, 5, 20, 0][r.below(4)]
        zero_id_at = r.below(8) if r.chance(40) else -1
        crowd_percent = [0, 0, 10, 40][r.below(4)]
        area_mode = r.below(4)
        has_many = r.chance(6)
        empty_percent = [0, 30][r.below(2)]
        self.option = r.below(12)
        shift = r.below(7)

        self.images = []
        self.ground_truths = []
        self.detections = []
        for i in range(image_count):
            image_id = ((5 * i + shift) % 7) * 13 + 1
            self.images.append(image_id)
            local = []
            for _ in range(0 if r.chance(empty_percent) else r.below(8)):
                box = self.box()
                area = box[2] * box[3]
                if area_mode == 1:
                    area *= r.unit()
                elif area_mode == 2:
                    area = [0.0, 1024.0, 9216.0, 1024.0000001, 9215.5, 100.0, area][r.below(7)]
                number = len(self.ground_truths)
                truth = {
                    "id": 0 if number == zero_id_at else number + 1,
                    "image_id": image_id,
                    "category_id": self.category(),
                    "bbox": box,
                    "area": area,
                    "iscrowd": 1 if r.chance(crowd_percent) else 0,
                }
                local.append(truth)
                self.ground_truths.append(truth)
            count = 0 if r.chance(empty_percent) else r.below(12)
            if has_many and i == 0:
                count = 105 + r.below(150)
            for _ in range(count):
                if local and r.chance(70):
                    source = local[r.below(len(local))]
                    box = list(source["bbox"])
                    if not r.chance(25):
                        for side in range(4):
                            box[side] += (r.below(5) - 2.0) * 0.25 * self.factor
                        box[2] = max(box[2], 0.0)
                        box[3] = max(box[3], 0.0)
                    category = source["category_id"] if r.chance(85) else self.category()
                else:
                    box = self.box()
                    category = self.category()
                score = r.below(score_levels + 1) / score_levels if score_levels else r.unit()
                self.detections.append(
                    {"image_id": image_id, "category_id": category, "bbox": box, "score": score}
                )

    def category(self):
        return self.category_ids[self.random.below(len(self.category_ids))]

    def box(self):
        return [self.side(24, 4), self.side(24, 4), self.side(12, 0), self.side(12, 0)]

    def side(self, span, offset):
        if self.mode == 0:
            return (self.random.below(span) - float(offset)) * self.factor
        if self.mode == 1:
            return (self.random.below(span * 4) - offset * 4.0) * 0.25 * self.factor
        return (self.random.unit() * span - offset) * self.factor

    def apply_options(self, params):
        if self.option == 0:
            params.maxDets = [1, 2, 3]
        elif self.option == 1:
            params.maxDets = [5, 20, 100]
        elif self.option == 2:
            params.maxDets = [1, 2, 4, 100]
        elif self.option == 3:
            params.iouThrs = numpy.array([0.0, 0.25, 0.5, 0.625, 1.0])
        elif self.option == 4:
            params.useCats = 0
        elif self.option == 5:
            params.areaRng = [[0, 1e10], [0, 64], [64, 1024], [1024, 1e10]]
            params.areaRngLbl = ["all", "tiny", "medium", "large"]
        elif self.option == 6:
            params.recThrs = numpy.array([0.0, 0.1, 0.25, 0.5, 1.0])


def evaluate(images, categories, ground_truths, detections, apply_options):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {
            "images": [{"id": i} for i in images],
            "categories": [{"id": c} for c in categories],
            "annotations": ground_truths,
        }
        truth.createIndex()
        if detections:
            found = truth.loadRes(detections)
        else:
            found = COCO()
            found.dataset = {"images": truth.dataset["images"], "categories": [], "annotations": []}
            found.createIndex()
        evaluation = COCOeval(truth, found, "bbox")
        apply_options(evaluation.params)
        evaluation.evaluate()
        evaluation.accumulate()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        evaluation.summarize()
    arrays = 0
    for name in ("precision", "recall", "scores"):
        arrays = zlib.crc32(numpy.ascontiguousarray(evaluation.eval[name], dtype="<f8").tobytes(), arrays)
    return evaluation.stats, arrays, printed.getvalue()


def bits(value):
    return "-" if value == -1 else "%x" % struct.unpack("<Q", struct.pack("<d", value))[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=2500)
    parser.add_argument("--dataset")
    parser.add_argument("--images", type=int)
    parser.add_argument("--output", required=True)
    arguments = parser.parse_args()

    lines = [f"# numpy {numpy.__version__}; seed or name, bits of the 12 numbers, CRC-32 of arrays and of text"]
    if arguments.dataset:
        with open(os.path.join(arguments.dataset, "instances_val2014_100.json")) as file:
            data = json.load(file)
        with open(os.path.join(arguments.dataset, "instances_val2014_fakebbox100_results.json")) as file:
            detections = json.load(file)
        stats, arrays, text = evaluate(
            [i["id"] for i in data["images"]], [c["id"] for c in data["categories"]],
            data["annotations"], detections, lambda params: None,
        )
        lines.append(" ".join(["coco_api_100", *map(bits, stats), "%x" % arrays, "%x" % zlib.crc32(text.encode())]))
        lines += ["#" + line for line in text.splitlines()]
    elif arguments.images:
        case = LargeCase(arguments.images)
        start = time.perf_counter()
        stats, arrays, text = evaluate(
            case.images, case.category_ids, case.ground_truths, case.detections, case.apply_options
        )
        lines[0] += f"; {time.perf_counter() - start:.1f} s"
        lines.append(
            " ".join([str(arguments.images), *map(bits, stats), "%x" % arrays, "%x" % zlib.crc32(text.encode())])
        )
    else:
        for seed in range(arguments.first, arguments.first + arguments.count):
            case = Case(seed)
            stats, arrays, text = evaluate(
                case.images, case.category_ids, case.ground_truths, case.detections, case.apply_options
            )
            lines.append(" ".join([str(seed), *map(bits, stats), "%x" % arrays, "%x" % zlib.crc32(text.encode())]))
    with open(arguments.output, "w") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
