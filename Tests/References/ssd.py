"""Outputs, boxes, matches, losses, gradients, SGD steps and detections of SSD, from torchvision with formula weights.

    python ssd.py ../ModelsTests/Fixtures

Values are those of a float64 evaluation of the float32 weights and images; `float32_error` is how far torch's own
float32 evaluation is from them: relative by Euclidean norm for gradients, absolute for boxes and scores. The script stops
if the two disagree on anything discrete: matches, chosen negatives, kept detections, their order or labels. torchvision has
no SSD512: it is its SSD with the extra layers and boxes of the paper's authors.
"""

import copy
import sys
from functools import partial

import torch
from torch import nn
from torchvision.models import vgg16
from torchvision.models.detection import _utils as utils
from torchvision.models.detection import ssd300_vgg16, ssdlite320_mobilenet_v3_large
from torchvision.models.detection.anchor_utils import DefaultBoxGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.ssd import SSD, _vgg_extractor
from torchvision.ops import box_iou
from torchvision.ops.misc import FrozenBatchNorm2d

import formula

CLASSES = 5
SIZES = [(130, 170), (150, 110)]
BOXES = [
    [[12.3, 20.7, 60.1, 75.4], [70.2, 8.6, 160.9, 120.3], [100.4, 90.8, 130.7, 118.2], [3.1, 80.3, 30.6, 127.7],
     [30.2, 32.5, 43.4, 42.1]],
    [[5.3, 5.9, 104.6, 144.2], [40.5, 30.25, 66.75, 70.5], [20.9, 100.2, 89.3, 121.6], [60.4, 20.2, 69.1, 33.3]],
]
LABELS = [[1, 2, 3, 4, 2], [2, 4, 1, 3]]
STEPS = {"lr": 1e-3, "momentum": 0.9, "weight_decay": 5e-4, "count": 5}
# An object within several of SSDLite's boxes, of which none is small, would leave it to rounding which one it claims.
OBJECTS = {"ssd300-vgg16": 5, "ssd512-vgg16": 5, "ssdlite320-mobilenet-v3-large": 3}
# Detections of an image: among more, some have scores within rounding of one another.
KEPT = 40
SHARPNESS = {"ssd300-vgg16": 3, "ssd512-vgg16": 3, "ssdlite320-mobilenet-v3-large": 3}
GRADIENTS = {
    "ssd300-vgg16": [
        "backbone.scale_weight", "backbone.features.0.weight", "backbone.features.21.bias", "backbone.extra.0.5.weight",
        "backbone.extra.0.7.1.weight", "backbone.extra.0.7.3.bias", "backbone.extra.1.2.weight",
        "backbone.extra.4.0.weight", "head.classification_head.module_list.0.weight",
        "head.classification_head.module_list.3.bias", "head.regression_head.module_list.1.weight",
    ],
    "ssdlite320-mobilenet-v3-large": [
        "backbone.features.0.0.0.weight", "backbone.features.0.5.block.2.fc1.weight", "backbone.features.0.13.0.weight",
        "backbone.features.0.13.1.bias", "backbone.features.1.0.1.0.weight", "backbone.features.1.0.2.fc2.bias",
        "backbone.features.1.3.0.weight", "backbone.extra.0.1.0.weight", "backbone.extra.1.2.1.weight",
        "head.classification_head.module_list.0.0.0.weight", "head.classification_head.module_list.1.1.bias",
        "head.regression_head.module_list.2.1.weight",
    ],
}
STATISTICS = ["backbone.features.0.0.1", "backbone.features.1.0.3.1", "head.regression_head.module_list.0.0.1"]


def ssd512():
    """The layers and boxes of the paper's SSD512: of the last maps each is half as large as the one before."""
    backbone = _vgg_extractor(vgg16(weights=None), True, 5)
    for block in (3, 4):
        backbone.extra[block][2] = nn.Conv2d(128, 256, kernel_size=3, stride=2, padding=1)
    backbone.extra[5][2] = nn.Conv2d(128, 256, kernel_size=4, padding=1)
    boxes = DefaultBoxGenerator(
        [[2], [2, 3], [2, 3], [2, 3], [2, 3], [2], [2]], scales=[0.04, 0.1, 0.26, 0.42, 0.58, 0.74, 0.9, 1.06],
        steps=[8, 16, 32, 64, 128, 256, 512])
    return SSD(
        backbone, boxes, (512, 512), CLASSES, image_mean=[0.48235, 0.45882, 0.40784], image_std=[1 / 255] * 3)


def make(name, frozen=False):
    none = {"weights": None, "weights_backbone": None, "num_classes": CLASSES, "trainable_backbone_layers": None}
    if name == "ssd300-vgg16":
        model = ssd300_vgg16(**none)
    elif name == "ssd512-vgg16":
        model = ssd512()
    else:
        norm = partial(FrozenBatchNorm2d, eps=1e-3) if frozen else None
        model = ssdlite320_mobilenet_v3_large(**none, norm_layer=norm)
    formula.fill(model)
    # Boxes that are almost alike would leave it to rounding which of them are kept.
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if "classification_head" in key and parameter.ndim > 1:
                parameter *= SHARPNESS[name]
    return model


class Trace:
    """Keeps the intermediate values of the last forward pass."""

    def __init__(self, model):
        self.model = model
        self.matches = []
        model.backbone.register_forward_hook(lambda _, __, y: setattr(self, "maps", list(y.values())))
        model.head.register_forward_hook(lambda _, __, y: setattr(self, "head", y))
        model.transform.register_forward_hook(lambda _, __, y: setattr(self, "batch", y[0]))
        model.anchor_generator.register_forward_hook(lambda _, __, y: setattr(self, "boxes", y[0]))
        matcher = model.proposal_matcher

        def match(quality):
            result = matcher(quality)
            self.matches.append(result)
            return result

        model.proposal_matcher = match

    def counts(self):
        per_cell = self.model.anchor_generator.num_anchors_per_location()
        return [level.shape[2] * level.shape[3] * count for level, count in zip(self.maps, per_cell)]


def objects(name):
    return [b[: OBJECTS[name]] for b in BOXES], [l[: OBJECTS[name]] for l in LABELS]


def inputs(name, names, dtype, empty=False):
    images = [torch.from_numpy(formula.network_image(n, *size)).to(dtype) for n, size in zip(names, SIZES)]
    targets = [
        {"boxes": torch.tensor(b, dtype=torch.float32).to(dtype), "labels": torch.tensor(l)}
        for b, l in zip(*objects(name))
    ]
    if empty:
        targets[1] = {"boxes": torch.zeros(0, 4, dtype=dtype), "labels": torch.zeros(0, dtype=torch.int64)}
    return images, targets


def names_of(model):
    """Names and shapes of all parameters and statistics, in a form that does not depend on their order."""
    entries = [
        f"{name} {list(value.shape)};" for name, value in model.state_dict().items() if "num_batches" not in name]
    return {"count": len(entries), "hash": f"{formula.fnv1a64(''.join(sorted(entries))):016x}"}


@torch.no_grad()
def inference(name, images):
    def run(dtype):
        model = make(name).to(dtype).eval()
        model.detections_per_img = KEPT
        trace = Trace(model)
        return trace, model(inputs(name, images, dtype)[0])

    (trace, double), (other, single) = run(torch.float64), run(torch.float32)
    outputs, error = {}, 0
    for key in ("cls_logits", "bbox_regression"):
        parts = list(zip(trace.head[key].split(trace.counts(), dim=1), other.head[key].split(trace.counts(), dim=1)))
        outputs[key] = [formula.summary(a) for a, _ in parts]
        error = max([error] + [formula.relative_error(a, b) for a, b in parts])
    detections = []
    for index, (a, b) in enumerate(zip(double, single)):
        assert torch.equal(a["labels"], b["labels"]), "labels differ"
        assert (a["boxes"] - b["boxes"]).abs().max() < 0.1, "the order differs"
        assert (a["scores"][:-1] - a["scores"][1:]).min() > 2e-6, "scores are too close"
        probabilities = trace.head["cls_logits"][index].softmax(-1)[:, 1:]
        detections.append({
            "count": len(a["scores"]), "boxes": formula.numbers(a["boxes"]), "scores": formula.numbers(a["scores"]),
            "labels": a["labels"].tolist(),
            "candidates_per_class": (probabilities > trace.model.score_thresh).sum(0).tolist(),
            "float32_error": {
                "boxes": float(f"{(a['boxes'] - b['boxes']).abs().max().item():.1e}"),
                "scores": float(f"{(a['scores'] - b['scores']).abs().max().item():.1e}"),
            },
        })
        print("  detections", {k: v for k, v in detections[-1].items() if k not in ("boxes", "scores", "labels")},
              a["labels"].bincount().tolist(), a["scores"][0].item(), a["scores"][-1].item())
    return {
        "parameters": sum(p.numel() for p in trace.model.parameters()), "names": names_of(trace.model),
        "boxes": formula.summary(other.boxes), "box_counts": trace.counts(), "outputs": outputs,
        "float32_error": error, "detections": detections,
    }


def chosen_negatives(trace, targets):
    """The places of the boxes without an object whose classes count, by the loss's own rule."""
    chosen = []
    for logits, matches in zip(trace.head["cls_logits"], trace.matches):
        loss = -logits.log_softmax(-1)[:, 0]
        loss[matches >= 0] = -float("inf")
        count = 3 * int((matches >= 0).sum())
        order = loss.sort(descending=True)
        chosen.append(sorted(order.indices[:count].tolist()))
        if count:
            gap = (order.values[count - 1] - order.values[count]).item()
            assert gap > 1e-6, gap
    return chosen


def one_step(name, images, dtype, empty):
    model = make(name).to(dtype).train()
    trace = Trace(model)
    x, targets = inputs(name, images, dtype, empty)
    losses = model(x, targets)
    sum(losses.values()).backward()
    return (
        trace, {k: v.item() for k, v in losses.items()}, {n: p.grad for n, p in model.named_parameters()},
        dict(model.named_buffers()))


def training(name, images, empty):
    double, losses, gradients, buffers = one_step(name, images, torch.float64, empty)
    single, single_losses, single_gradients, _ = one_step(name, images, torch.float32, empty)
    assert all(torch.equal(a, b) for a, b in zip(double.matches, single.matches)), "matches differ"
    if not empty:
        assert chosen_negatives(double, None) == chosen_negatives(single, None), "negatives differ"
    norm = torch.stack([g.norm() for g in gradients.values()]).norm().item()
    result = {
        "losses": {k: formula.number(v) for k, v in losses.items()}, "gradient_norm": formula.number(norm),
        "matches": [[[int(i), int(m[i])] for i in (m >= 0).nonzero()[:, 0]] for m in double.matches],
        "float32_error": {
            "losses": max(abs(losses[k] - single_losses[k]) / abs(losses[k]) for k in losses),
            "gradient_norm": abs(torch.stack([g.norm() for g in single_gradients.values()]).norm().item() - norm) / norm,
            "gradients": {
                n: float(f"{((gradients[n] - single_gradients[n]).norm() / gradients[n].norm()).item():.1e}")
                for n in GRADIENTS[name]
            },
        },
    }
    if not empty:
        result["gradients"] = {n: formula.summary(gradients[n]) for n in GRADIENTS[name]}
        result["statistics"] = {
            f"{n}.{kind}": formula.summary(buffers[f"{n}.{kind}"])
            for n in STATISTICS for kind in ("running_mean", "running_var") if f"{n}.{kind}" in buffers
        }
    print("  training", result["losses"], norm, result["float32_error"])
    return result


def steps(name, images):
    """Without the statistics of batches: on the last maps those of two images are of two numbers."""

    def run(dtype):
        model = make(name, frozen=True).to(dtype).train()
        start = {n: p.detach().clone() for n, p in model.named_parameters()}
        optimizer = torch.optim.SGD(
            model.parameters(), lr=STEPS["lr"], momentum=STEPS["momentum"], weight_decay=STEPS["weight_decay"])
        history = []
        for _ in range(STEPS["count"]):
            losses = model(*inputs(name, images, dtype))
            optimizer.zero_grad()
            sum(losses.values()).backward()
            history.append([losses["classification"].item(), losses["bbox_regression"].item()])
            optimizer.step()
        return history, {n: p.detach() - start[n] for n, p in model.named_parameters()}

    (history, changes), (single_history, single_changes) = run(torch.float64), run(torch.float32)
    error = {
        "losses": [formula.relative_error(torch.tensor(a), torch.tensor(b)) for a, b in zip(history, single_history)],
        "changes": {
            n: float(f"{((changes[n] - single_changes[n]).norm() / changes[n].norm()).item():.1e}")
            for n in GRADIENTS[name] if n in changes
        },
    }
    print("  steps", history, error)
    return {
        **STEPS, "losses": [[formula.number(v) for v in pair] for pair in history],
        "changes": {n: formula.summary(changes[n]) for n in GRADIENTS[name] if n in changes}, "float32_error": error,
    }


@torch.no_grad()
def matching():
    """300 cases of objects by formula among the boxes of SSDLite."""
    generator = DefaultBoxGenerator([[2, 3]] * 6, min_ratio=0.2, max_ratio=0.95)
    maps = [torch.zeros(1, 1, side, side) for side in (20, 10, 5, 3, 2, 1)]
    boxes = generator(ImageList(torch.zeros(1, 3, 320, 320), [(320, 320)]), maps)[0]
    matcher = utils.SSDMatcher(0.5)
    lines = []
    for case in range(300):
        count = 1 + case % 9
        objects = torch.from_numpy(formula.boxes(f"ssd{case}", count, 280, 280, 4, 40 + case % 7 * 40))
        matched = matcher(box_iou(objects, boxes))
        found = [(i, int(matched[i])) for i in (matched >= 0).nonzero()[:, 0].tolist()]
        text = "".join(f"{box}:{object_};" for box, object_ in found)
        lines.append(f"{len(found)} {formula.fnv1a64(text):016x}")
    return lines


def main(folder):
    torch.set_num_threads(1)
    for name, images in [
        ("ssd300-vgg16", ["image0", "image1"]), ("ssd512-vgg16", ["image2", "image3"]),
        ("ssdlite320-mobilenet-v3-large", ["image2", "image3"]),
    ]:
        print(name)
        boxes, labels = objects(name)
        content = {
            "classes": CLASSES, "sharpness": SHARPNESS[name], "kept": KEPT,
            "images": [[n, *size] for n, size in zip(images, SIZES)], "boxes": boxes, "labels": labels,
            "inference": inference(name, images),
        }
        if name in GRADIENTS:
            content["training"] = training(name, images, False)
            content["training_second_image_empty"] = training(name, images, True)
        if name == "ssdlite320-mobilenet-v3-large":
            content["steps"] = steps(name, images)
        formula.write_json(f"{folder}/{name}.json", content)
    formula.write_json(f"{folder}/multibox-matching.json", {"cases": matching()})


if __name__ == "__main__":
    main(sys.argv[1])
