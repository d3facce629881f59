"""Writes what tidecv says of the errors in small random data sets, and exact Pascal VOC scores.

    python make_analysis.py --tide ../Fixtures/tide_cases.txt --voc ../Fixtures/voc_cases.txt

The data are those of make_cases.py. Which detections are right before and after an error is mended is tidecv's
word; AP is read off them at the recalls of COCO, numpy.linspace(0, 1, 101), where tidecv takes x / 100 and so
differs when a recall is a whole number of hundredths. Mean AP is taken over the categories with objects, as
COCO takes it (tidecv counts a category without objects as 0), and negative costs are kept. Only data without
crowds and without ties go to tidecv, whose rules differ there.

The Pascal VOC scores are worked out here with fractions, straight from the definitions, with crowds taken
for difficult objects.

Recorded with tidecv 1.0.1, pycocotools 2.0.11 and numpy 2.4.6.
"""

import argparse
from fractions import Fraction

import numpy

from make_cases import Case


def average_precision(data):
    points = sorted(data.data_points.values(), key=lambda point: -point[0])
    if data.num_gt_positives == 0 or not points:
        return 0.0
    hits = numpy.cumsum([bool(point[1]) for point in points])
    precisions = numpy.maximum.accumulate((hits / numpy.arange(1, len(hits) + 1))[::-1])[::-1]
    places = numpy.searchsorted(hits / data.num_gt_positives, numpy.linspace(0, 1, 101))
    return sum(precisions[p] for p in places if p < len(precisions)) / 101


def tide_line(seed, case):
    from tidecv.data import Data
    from tidecv.quantify import TIDE, TIDERun

    truth, found = Data("truth"), Data("found", max_dets=100000)
    for image in sorted(case.images):
        truth.add_image(image, str(image))
        for t in case.ground_truths:
            if t["image_id"] == image:
                truth.add_ground_truth(image, t["category_id"], t["bbox"])
        for d in case.detections:
            if d["image_id"] == image:
                found.add_detection(image, d["category_id"], d["score"], d["bbox"])
    run = TIDERun(truth, found, 0.5, 0.1, TIDE.BOX, 100000)
    counted = {t["category_id"] for t in case.ground_truths}

    def mean(data):
        values = [average_precision(o) for k, o in data.objs.items() if k in counted and not o.is_empty()]
        return float(sum(values)) / len(values) if values else 0.0

    base = mean(run.ap_data)
    costs, counts = [], []
    for kind in TIDE._error_types:
        costs.append(mean(run.fix_errors(lambda error, kind=kind: isinstance(error, kind))) - base)
        counts.append(len(run.error_dict[kind]))
    false_positive, false_negative = TIDE._special_error_types
    costs.append(mean(run.fix_errors(transform=false_positive.fix)) - base)
    costs.append(mean(run.fix_errors(false_neg_dict=run.false_negatives)) - base)
    return " ".join([str(seed), *map(str, counts), repr(base), *map(repr, costs)])


def overlap(a, b):
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / (a[2] * a[3] + b[2] * b[3] - width * height)


def voc_scores(case, category):
    truths = [dict(t, hit=False) for t in case.ground_truths if t["category_id"] == category]
    positives = sum(not t["iscrowd"] for t in truths)
    if positives == 0:
        return "-", "-"
    order = sorted(case.images)
    found = [d for d in case.detections if d["category_id"] == category]
    found.sort(key=lambda d: (-d["score"], order.index(d["image_id"])))
    hits, alarms, curve = 0, 0, []
    for d in found:
        best, match = 0.0, None
        for t in truths:
            if t["image_id"] == d["image_id"] and overlap(d["bbox"], t["bbox"]) > best:
                best, match = overlap(d["bbox"], t["bbox"]), t
        if best >= 0.5:
            if match["iscrowd"]:
                continue
            if match["hit"]:
                alarms += 1
            else:
                match["hit"] = True
                hits += 1
        else:
            alarms += 1
        curve.append((Fraction(hits, positives), Fraction(hits, hits + alarms)))

    def best_from(recall):
        return max((p for r, p in curve if r >= recall), default=Fraction(0))

    eleven = sum(best_from(Fraction(t, 10)) for t in range(11)) / 11
    area, last = Fraction(0), Fraction(0)
    for recall in sorted({r for r, _ in curve}):
        area += (recall - last) * best_from(recall)
        last = recall
    return repr(float(eleven)), repr(float(area))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tide", required=True)
    parser.add_argument("--voc", required=True)
    parser.add_argument("--count", type=int, default=400)
    arguments = parser.parse_args()

    lines = ["# seed, counts of Cls Loc Both Dupe Bkg Miss, AP, costs of the same and of FP and FN"]
    seed = 0
    while len(lines) <= arguments.count:
        case = Case(seed)
        scores = [d["score"] for d in case.detections]
        is_plain = case.mode == 2 and len(set(scores)) == len(scores)
        if is_plain and case.ground_truths and not any(t["iscrowd"] for t in case.ground_truths):
            lines.append(tide_line(seed, case))
        seed += 1
    with open(arguments.tide, "w") as file:
        file.write("\n".join(lines) + "\n")

    lines = ["# seed, AP by the rules of 2007 and of 2010 for each category"]
    for seed in range(arguments.count):
        case = Case(seed)
        scores = [score for category in case.category_ids for score in voc_scores(case, category)]
        lines.append(" ".join([str(seed), *scores]))
    with open(arguments.voc, "w") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
