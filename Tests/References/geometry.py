"""Input transform, anchors, matching, box coding, losses, non-maximum suppression and resizing, from torchvision.

    python geometry.py ../ModelsTests/Fixtures
"""

import sys

import numpy
import torch
from safetensors.numpy import save_file
from torchvision.models.detection._utils import BoxCoder, Matcher
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.retinanet import _default_anchorgen
from torchvision.models.detection.transform import GeneralizedRCNNTransform
from torchvision.ops import (
    batched_nms, box_iou, distance_box_iou_loss, complete_box_iou_loss, generalized_box_iou_loss, nms,
    sigmoid_focal_loss,
)

import formula

F32 = formula.F32
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def tensor(array):
    return torch.from_numpy(numpy.ascontiguousarray(array))


# Input transform

TRANSFORM_IMAGES = [("image0", 61, 97), ("image1", 120, 80), ("image2", 200, 333)]


def transform():
    cases, arrays = {}, {}
    for name, minimum, maximum, divisible, fixed in [
        ("small", 64, 100, 32, None), ("large", 160, 213, 32, None), ("fixed", 0, 0, 1, (75, 60)),
    ]:
        module = GeneralizedRCNNTransform(
            minimum, maximum, MEAN, STD, size_divisible=divisible, fixed_size=fixed).eval()
        images = [tensor(formula.network_image(*image)) for image in TRANSFORM_IMAGES]
        targets = [
            {"boxes": tensor(formula.boxes(f"{n}.boxes", 3, w / 2, h / 2, 4, min(h, w) / 2))}
            for n, h, w in TRANSFORM_IMAGES
        ]
        batch, resized = module(images, targets)
        back = module.postprocess(
            [{"boxes": t["boxes"].clone()} for t in resized], batch.image_sizes,
            [(h, w) for _, h, w in TRANSFORM_IMAGES])
        cases[name] = {
            "min_size": minimum, "max_size": maximum, "size_divisible": divisible,
            "fixed_size_height_width": [fixed[1], fixed[0]] if fixed else None,
            "batch_shape": list(batch.tensors.shape),
            "image_sizes": [list(size) for size in batch.image_sizes],
            "batch": formula.summary(batch.tensors, 512),
            "boxes": [formula.numbers(t["boxes"]) for t in targets],
            "resized_boxes": [formula.numbers(t["boxes"]) for t in resized],
            "boxes_scaled_back": [formula.numbers(t["boxes"]) for t in back],
        }
        if name == "small":
            arrays["batch"] = batch.tensors.numpy()
    sizes = []
    for height, width, minimum, maximum in [
        (480, 640, 320, 1333), (480, 640, 800, 1333), (427, 640, 800, 1333), (640, 427, 800, 1333),
        (500, 1500, 800, 1333), (333, 500, 600, 1000), (1, 1, 320, 1333), (3, 1000, 320, 1333),
        (1080, 1920, 800, 1333), (359, 481, 320, 640), (1200, 1600, 512, 683), (375, 1242, 375, 1242),
    ]:
        module = GeneralizedRCNNTransform(minimum, maximum, MEAN, STD).eval()
        try:
            batch, _ = module([torch.zeros(3, height, width)])
            sizes.append({
                "image": [height, width], "min_size": minimum, "max_size": maximum,
                "resized": list(batch.image_sizes[0]), "padded": list(batch.tensors.shape[2:])})
        except RuntimeError:  # A side of zero pixels: torch refuses.
            sizes.append({
                "image": [height, width], "min_size": minimum, "max_size": maximum, "resized": None, "padded": None})
    return {
        "about": "images: name, height, width of formula images; boxes: formula name '<image>.boxes', 3 of "
                 "width / 2 x height / 2, low 4, high min(height, width) / 2; the whole batch of case 'small' is in "
                 "transform.safetensors",
        "images": [list(image) for image in TRANSFORM_IMAGES], "cases": cases, "sizes": sizes,
    }, arrays


# Anchors

def anchor_case(generator, padded, features):
    images = ImageList(torch.zeros(1, 3, *padded), [tuple(padded)])
    anchors = generator(images, [torch.zeros(1, 1, *size) for size in features])[0]
    cells = generator.num_anchors_per_location()
    counts = [h * w * a for (h, w), a in zip(features, cells)]
    levels = []
    for size, count, part in zip(features, counts, anchors.split(counts)):
        levels.append({
            "feature": list(size), "stride": [padded[0] // size[0], padded[1] // size[1]], "count": count,
            # Anchors are whole numbers or halves, so these sums are exact.
            "sum_x1_y1_x2_y2": part.double().sum(0).tolist(),
            "weighted_sum": (part.double() * torch.arange(1, count + 1, dtype=torch.float64)[:, None]).sum(0).tolist(),
            "first_10": formula.numbers(part[:10]), "last_10": formula.numbers(part[-10:]),
            "samples": formula.numbers(part[formula.sample_indices(count, 16)]),
        })
    return {"padded": list(padded), "total": sum(counts), "levels": levels}


def anchors():
    retinanet = _default_anchorgen()
    rcnn = AnchorGenerator(tuple((s,) for s in (32, 64, 128, 256, 512)), ((0.5, 1.0, 2.0),) * 5)
    odd = AnchorGenerator(((9, 17), (33, 51)), ((0.3, 1.0, 1.7, 3.0),) * 2)
    result = {
        "about": "samples: anchors at 16 evenly spaced indices; weighted_sum: sum of (index + 1) * coordinate",
        "cell_anchors": {}, "cases": {},
    }
    for name, generator in [("retinanet", retinanet), ("faster_rcnn", rcnn), ("odd", odd)]:
        result["cell_anchors"][name] = {
            "sizes": [list(s) for s in generator.sizes], "ratios": [list(r) for r in generator.aspect_ratios],
            "anchors": [formula.numbers(level) for level in generator.cell_anchors],
        }

    def pyramid(height, width, strides):
        return [(-(-height // s), -(-width // s)) for s in strides]

    retinanet_strides = (8, 16, 32, 64, 128)
    result["cases"]["retinanet_320x448"] = anchor_case(retinanet, (320, 448), pyramid(320, 448, retinanet_strides))
    # 288 / 128 = 2.25 gives three rows of stride 96, and 160 / 128 two columns of stride 80.
    result["cases"]["retinanet_288x160"] = anchor_case(retinanet, (288, 160), pyramid(288, 160, retinanet_strides))
    result["cases"]["retinanet_800x1344"] = anchor_case(retinanet, (800, 1344), pyramid(800, 1344, retinanet_strides))
    result["cases"]["faster_rcnn_320x448"] = anchor_case(
        rcnn, (320, 448), pyramid(320, 448, (4, 8, 16, 32)) + [(5, 7)])
    result["cases"]["odd_100x75"] = anchor_case(odd, (100, 75), [(13, 10), (7, 5)])
    return result


# Matching

def matching():
    cases = {}

    def add(name, truth, candidates, about):
        truth, candidates = tensor(numpy.asarray(truth, F32)), tensor(numpy.asarray(candidates, F32))
        iou = box_iou(truth, candidates)
        case = {"about": about, "truth": formula.numbers(truth), "iou": formula.summary(iou, 32)}
        for key, high, low, low_quality in [
            ("retinanet", 0.5, 0.4, True), ("rpn", 0.7, 0.3, True), ("roi", 0.5, 0.5, False),
        ]:
            matched = Matcher(high, low, allow_low_quality_matches=low_quality)(iou)
            ignored, kept = (matched == -2).nonzero()[:, 0], (matched >= 0).nonzero()[:, 0]
            case[key] = {
                "foreground": [[int(a), int(matched[a])] for a in kept], "between": ignored.tolist(),
                "background_count": int((matched == -1).sum()),
            }
        cases[name] = case
        return case

    squares = [[10 * i, 0, 10 * i + 10, 10] for i in range(6)]
    case = add("exact ties", [[5, 0, 15, 10], [20, 0, 30, 10], [40, 0, 52, 10]], squares,
               "ground truth 0 is equally far from two candidates and takes both")
    case["candidates"] = squares
    # Candidate 1 is the best of ground truth 1, but its own best is ground truth 0: it keeps its own.
    own = [[0, 0, 10, 10], [0, 0, 10, 6], [100, 100, 110, 110]]
    case = add("keeps its own", [[0, 0, 10, 7], [0, 0, 10, 2]], own,
               "a candidate restored for one ground truth keeps the ground truth that overlaps it most")
    case["candidates"] = own
    steps = [[0, 0, 10, h] for h in (3.9, 4, 4.5, 4.9, 5, 5.1, 7, 10)]
    case = add("thresholds", [[0, 0, 10, 10]], steps, "overlaps on and beside the thresholds")
    case["candidates"] = steps
    equal = [[0, 0, 10, 10], [0, 0, 10, 10], [30, 30, 40, 40]]
    case = add("equal truths", [[0, 0, 10, 10], [0, 0, 10, 10]], equal, "the first of equal ground truths is taken")
    case["candidates"] = equal

    images = ImageList(torch.zeros(1, 3, 320, 448), [(320, 448)])
    grid = _default_anchorgen()(images, [torch.zeros(1, 1, -(-320 // s), -(-448 // s)) for s in (8, 16, 32, 64, 128)])
    for index, (count, low, high) in enumerate([(1, 60, 61), (6, 8, 60), (20, 10, 200), (40, 4, 24), (12, 100, 300)]):
        truth = formula.boxes(f"truth{index}", count, 448 - low, 320 - low, low, high)
        truth[:, 2] = numpy.minimum(truth[:, 2], F32(448))
        truth[:, 3] = numpy.minimum(truth[:, 3], F32(320))
        add(f"grid {index}", truth, grid[0].numpy(), "candidates: the retinanet anchors of 320 x 448")
    # Whole numbers on the anchors' own lattice, so that ties abound.
    truth = numpy.floor(formula.boxes("lattice", 16, 40, 28, 2, 12)) * F32(8)
    add("grid lattice", truth, grid[0].numpy(), "candidates: the retinanet anchors of 320 x 448")
    return {"about": "foreground: [candidate, ground truth]; between: candidates that neither teach nor are taught",
            "cases": cases}


def adaptive_matching():
    """Algorithm 1 of Zhang et al., 2020, with all anchors of a cell as candidates, written with dense tensors."""
    images = ImageList(torch.zeros(1, 3, 320, 448), [(320, 448)])
    shapes = [(-(-320 // s), -(-448 // s)) for s in (8, 16, 32, 64, 128)]
    grid = _default_anchorgen()(images, [torch.zeros(1, 1, *shape) for shape in shapes])[0].double()
    centers = (grid[:, :2] + grid[:, 2:]) / 2
    cases = {}
    for index, (count, low, high) in enumerate([(1, 60, 61), (6, 8, 60), (20, 10, 200), (40, 4, 24), (12, 100, 300)]):
        truth = tensor(formula.boxes(f"adaptive{index}", count, 448 - low, 320 - low, low, high))
        truth[:, 2].clamp_(max=448)
        truth[:, 3].clamp_(max=320)
        overlaps = box_iou(truth.double(), grid)
        claims = torch.zeros_like(overlaps)
        for row, box in enumerate(truth.double()):
            chosen, first = [], 0
            for height, width in shapes:
                cells = centers[first:first + 9 * height * width:9]
                distance = ((cells - (box[:2] + box[2:]) / 2) ** 2).sum(1)
                # Of equally near cells the first.
                order = torch.sort(distance, stable=True).indices[:9]
                chosen += [first + 9 * int(cell) + anchor for cell in order for anchor in range(9)]
                first += 9 * height * width
            chosen = torch.tensor(chosen)
            values = overlaps[row, chosen]
            threshold = values.mean() + values.std()
            # Single and double precision must agree about every candidate.
            assert (values - threshold).abs().min() > 1e-6
            x, y = centers[chosen].T
            inside = (x > box[0]) & (x < box[2]) & (y > box[1]) & (y < box[3])
            own = chosen[(values >= threshold) & inside]
            if len(own) == 0:
                own = chosen[values.argmax()][None]
            claims[row, own] = overlaps[row, own]
        best, truths = claims.max(0)
        kept = (best > 0).nonzero()[:, 0]
        cases[f"grid {index}"] = {
            "truth": formula.numbers(truth), "foreground": [[int(a), int(truths[a])] for a in kept]}
    return {"about": "foreground: [anchor, ground truth] among the retinanet anchors of 320 x 448", "cases": cases}


# Box coding and losses

def coding():
    result = {"about": "anchors: formula boxes 'coder.anchors', 64 of 300 x 200, 8...120; truth: 'coder.truth', same; "
                       "deltas: 'coder.deltas', [64, 4], 3 * s, the last four anchors' dw and dh are 4, 4.2, 10 and 80",
              "cases": {}}
    anchors = tensor(formula.boxes("coder.anchors", 64, 300, 200, 8, 120))
    truth = tensor(formula.boxes("coder.truth", 64, 300, 200, 8, 120))
    deltas = formula.signed("coder.deltas", 256).reshape(64, 4) * F32(3)
    deltas[-4:, 2:] = numpy.array([4, 4.2, 10, 80], F32)[:, None]
    for name, weights in [("ones", (1.0, 1.0, 1.0, 1.0)), ("roi", (10.0, 10.0, 5.0, 5.0))]:
        coder = BoxCoder(weights)
        encoded = coder.encode_single(truth, anchors)
        result["cases"][name] = {
            "weights": list(weights), "encoded": formula.numbers(encoded),
            "decoded": formula.numbers(coder.decode_single(tensor(deltas), anchors)),
            "decoded_again": formula.numbers(coder.decode_single(encoded, anchors)),
        }
    return result


def losses():
    count, classes = 60, 5
    logits = tensor(formula.signed("focal.logits", count * classes).reshape(count, classes) * F32(6))
    logits[0, :4] = torch.tensor([40.0, -40.0, 100.0, -100.0])
    targets = torch.zeros(count, classes)
    for row in range(0, count, 3):
        targets[row, (row // 3) % classes] = 1
    result = {
        "about": "focal: logits 6 * s of 'focal.logits' [60, 5], row 0 starts 40, -40, 100, -100; target 1 in "
                 "every third row r at column (r / 3) % 5; reduction 'sum', values of a float64 evaluation. Box "
                 "losses: 'loss.a' and 'loss.b', 40 formula boxes of 60 x 40, 8...60; gradients are with respect to a",
        "focal": {}, "boxes": {},
    }

    def graded(function, x):
        x = x.double().requires_grad_(True)
        loss = function(x)
        loss.backward()
        return formula.number(loss.item()), formula.numbers(x.grad.float())

    for alpha, gamma in [(0.25, 2.0), (0.5, 1.5), (-1.0, 2.0), (0.25, 0.0)]:
        value, gradient = graded(
            lambda x: sigmoid_focal_loss(x, targets.double(), alpha=alpha, gamma=gamma, reduction="sum"), logits)
        result["focal"][f"alpha {alpha} gamma {gamma}"] = {
            "alpha": alpha, "gamma": gamma, "loss": value, "gradient": gradient}

    a, b = (tensor(formula.boxes(n, 40, 60, 40, 8, 60)) for n in ("loss.a", "loss.b"))
    functional = torch.nn.functional
    for name, function in [
        ("l1", lambda x: functional.l1_loss(x, b.double(), reduction="sum")),
        ("smooth_l1_beta_1_9", lambda x: functional.smooth_l1_loss(x, b.double(), reduction="sum", beta=1 / 9)),
        ("smooth_l1_beta_20", lambda x: functional.smooth_l1_loss(x, b.double(), reduction="sum", beta=20.0)),
        ("giou", lambda x: generalized_box_iou_loss(x, b.double(), reduction="sum", eps=1e-7)),
        ("diou", lambda x: distance_box_iou_loss(x, b.double(), reduction="sum", eps=1e-7)),
        ("ciou", lambda x: complete_box_iou_loss(x, b.double(), reduction="sum", eps=1e-7)),
    ]:
        value, gradient = graded(function, a)
        result["boxes"][name] = {"loss": value, "gradient": gradient}
    each = generalized_box_iou_loss(a.double(), b.double(), reduction="none", eps=1e-7)
    result["boxes"]["giou_each"] = formula.numbers(each.float())
    result["boxes"]["overlapping"] = int((torch.diagonal(box_iou(a, b)) > 0).sum())
    return result


# Non-maximum suppression and resizing

def suppression():
    result = {
        "about": "boxes: formula '<name>.boxes', count of width x height, low...high; scores: floor(u('<name>.scores') "
                 "* levels) / levels, so equal scores abound; labels: floor(u('<name>.labels') * 5). Kept indices, by "
                 "falling score and then rising index. `iou_margin`: the least distance of a pair's IoU from the "
                 "threshold",
        "cases": {},
    }
    for name, count, extent, levels in [
        ("nms300", 300, (80, 60, 20, 90), 64), ("nms3000", 3000, (300, 200, 20, 120), 1024),
        ("nms1000", 1000, (150, 100, 20, 100), 256), ("nms1001", 1001, (150, 100, 20, 100), 256),
    ]:
        boxes = formula.boxes(f"{name}.boxes", count, *extent)
        scores = numpy.floor(formula.unit(f"{name}.scores", count) * F32(levels)) / F32(levels)
        labels = numpy.floor(formula.unit(f"{name}.labels", count) * F32(5)).astype(numpy.int64)
        boxes, scores, labels = tensor(boxes), tensor(scores), tensor(labels)
        iou = box_iou(boxes.double(), boxes.double())

        def stable(kept):
            # Above 1000 boxes torchvision orders the kept ones by an unstable sort.
            return sorted(kept.tolist(), key=lambda index: (-float(scores[index]), index))

        for threshold in (0.3, 0.5, 0.7):
            result["cases"][f"{name} at {threshold}"] = {
                "name": name, "count": count, "width_height_low_high": list(extent), "levels": levels,
                "threshold": threshold, "iou_margin": formula.number((iou - threshold).abs().min().item()),
                "nms": nms(boxes, scores, threshold).tolist(),
                "batched_nms": stable(batched_nms(boxes, scores, labels, threshold)),
            }
    # An IoU that equals the threshold does not suppress.
    edge = torch.tensor([[0.0, 0, 8, 8], [0, 0, 8, 4], [0, 0, 4, 8], [20, 0, 28, 8], [20, 0, 28, 5]])
    result["edge"] = {
        "boxes": edge.tolist(), "scores": [0.9, 0.8, 0.7, 0.6, 0.5], "threshold": 0.5,
        "nms": nms(edge, torch.tensor([0.9, 0.8, 0.7, 0.6, 0.5]), 0.5).tolist()}
    return result


def resize():
    result = {
        "about": "interpolate(mode='bilinear', align_corners=False, antialias=False) of formula image 'resize0' "
                 "(height 45, width 70) as float32 0...255; [3, height, width]; samples of the planar array",
        "cases": {},
    }
    source = tensor(formula.image("resize0", 45, 70).astype(F32)).permute(2, 0, 1)[None].contiguous()
    for height, width in [
        (45, 70), (90, 140), (22, 35), (23, 31), (64, 64), (45, 200), (7, 70), (1, 1), (100, 3), (135, 210), (320, 448),
    ]:
        out = torch.nn.functional.interpolate(source, size=(height, width), mode="bilinear", align_corners=False)[0]
        result["cases"][f"{height}x{width}"] = {"size": [height, width], **formula.summary(out, 256)}
    # A scale factor: the size is floor(side * scale), and the step is recomputed from the sizes.
    for scale in (0.37, 1.61):
        out = torch.nn.functional.interpolate(
            source, scale_factor=scale, mode="bilinear", align_corners=False, recompute_scale_factor=True)[0]
        result["cases"][f"scale {scale}"] = {
            "scale": scale, "size": list(out.shape[1:]), **formula.summary(out, 256)}
    return result


def main(folder):
    torch.set_num_threads(1)
    content, arrays = transform()
    formula.write_json(f"{folder}/transform.json", content)
    save_file(arrays, f"{folder}/transform.safetensors", metadata=formula.versions())
    formula.write_json(f"{folder}/anchors.json", anchors())
    formula.write_json(f"{folder}/matching.json", matching())
    formula.write_json(f"{folder}/adaptive-matching.json", adaptive_matching())
    formula.write_json(f"{folder}/coding.json", coding())
    formula.write_json(f"{folder}/losses.json", losses())
    formula.write_json(f"{folder}/nms.json", suppression())
    formula.write_json(f"{folder}/resize.json", resize())


if __name__ == "__main__":
    main(sys.argv[1])
