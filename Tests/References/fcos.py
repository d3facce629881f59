"""Outputs, matches, losses, gradients, SGD steps and detections of FCOS, from torchvision with formula weights; and losses
of boxes and classes that detectors share.

    python fcos.py ../ModelsTests/Fixtures

Values are those of a float64 evaluation of the float32 weights and images; `float32_error` is how far torch's own
float32 evaluation is from them: relative by Euclidean norm for gradients, absolute for boxes and scores. The script stops
if the two disagree on anything discrete: matches, kept detections, their order or labels.
"""

import sys

import torch
import torch.nn.functional as F
from torchvision.models import resnet
from torchvision.models.detection import FCOS, fcos_resnet50_fpn
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import _resnet_fpn_extractor
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import complete_box_iou_loss, distance_box_iou_loss, generalized_box_iou_loss
from torchvision.ops.feature_pyramid_network import LastLevelP6P7
from torchvision.ops.misc import FrozenBatchNorm2d

import formula

CLASSES = 5
MIN_SIZE = 128
SIZES = [(130, 170), (150, 110)]
BOXES = [
    [[12, 20, 60, 75], [70, 8, 160, 120], [100, 90, 130, 118], [3, 80, 30, 128]],
    [[5, 5, 105, 145], [40.5, 30.25, 66.75, 70.5], [20, 100, 90, 122]],
]
LABELS = [[1, 2, 3, 4], [2, 4, 1]]
STEPS = {"lr": 1e-3, "momentum": 0.9, "weight_decay": 1e-4, "count": 5}
BIAS = -1.5
GRADIENTS = [
    "backbone.body.layer2.0.conv1.weight", "backbone.body.layer4.1.conv2.weight",
    "backbone.fpn.inner_blocks.0.0.weight", "backbone.fpn.extra_blocks.p6.weight",
    "head.classification_head.conv.0.weight", "head.classification_head.conv.4.weight",
    "head.classification_head.cls_logits.weight", "head.classification_head.cls_logits.bias",
    "head.regression_head.conv.9.bias", "head.regression_head.bbox_reg.weight",
    "head.regression_head.bbox_ctrness.weight", "head.regression_head.bbox_ctrness.bias",
]


def make():
    body = resnet.resnet18(weights=None, norm_layer=FrozenBatchNorm2d)
    backbone = _resnet_fpn_extractor(body, 3, returned_layers=[2, 3, 4], extra_blocks=LastLevelP6P7(256, 256))
    return formula.fill(FCOS(backbone, CLASSES, min_size=MIN_SIZE), BIAS)


def inputs(dtype, empty=False):
    images = [torch.from_numpy(formula.network_image(f"image{i}", *size)).to(dtype) for i, size in enumerate(SIZES)]
    targets = [
        {"boxes": torch.tensor(b, dtype=torch.float32).to(dtype), "labels": torch.tensor(l)}
        for b, l in zip(BOXES, LABELS)
    ]
    if empty:
        targets[1] = {"boxes": torch.zeros(0, 4, dtype=dtype), "labels": torch.zeros(0, dtype=torch.int64)}
    return images, targets


class Trace:
    """Keeps the head's outputs and the matches of the last forward pass."""

    def __init__(self, model):
        self.matches = []
        model.backbone.register_forward_hook(
            lambda _, __, y: setattr(self, "counts", [v.shape[2] * v.shape[3] for v in y.values()]))
        model.head.register_forward_hook(lambda _, __, y: setattr(self, "head", y))
        compute = model.head.compute_loss

        def loss(targets, outputs, anchors, matches):
            self.matches = matches
            return compute(targets, outputs, anchors, matches)

        model.head.compute_loss = loss


@torch.no_grad()
def inference():
    def run(dtype):
        model = make().to(dtype).eval()
        trace = Trace(model)
        return trace, model(inputs(dtype)[0])

    (trace, double), (other, single) = run(torch.float64), run(torch.float32)
    outputs, error = {}, 0
    for key in ("cls_logits", "bbox_regression", "bbox_ctrness"):
        parts = list(zip(trace.head[key].split(trace.counts, dim=1), other.head[key].split(trace.counts, dim=1)))
        outputs[key] = [formula.summary(a) for a, _ in parts]
        error = max([error] + [formula.relative_error(a, b) for a, b in parts])
    detections = []
    for a, b in zip(double, single):
        assert torch.equal(a["labels"], b["labels"]), "labels differ"
        assert (a["boxes"] - b["boxes"]).abs().max() < 0.1, "the order differs"
        detections.append({
            "count": len(a["scores"]), "boxes": formula.numbers(a["boxes"]), "scores": formula.numbers(a["scores"]),
            "labels": a["labels"].tolist(),
            "float32_error": {
                "boxes": float(f"{(a['boxes'] - b['boxes']).abs().max().item():.1e}"),
                "scores": float(f"{(a['scores'] - b['scores']).abs().max().item():.1e}"),
            },
        })
        print("  detections", detections[-1]["count"], a["labels"].bincount().tolist(), a["scores"][0].item(),
              a["scores"][-1].item(), detections[-1]["float32_error"])
    return {"outputs": outputs, "float32_error": error, "detections": detections}


def one_step(dtype, empty):
    model = make().to(dtype).train()
    trace = Trace(model)
    losses = model(*inputs(dtype, empty))
    sum(losses.values()).backward()
    return (
        trace, {k: v.item() for k, v in losses.items()},
        {n: p.grad for n, p in model.named_parameters() if p.requires_grad})


def training(empty):
    double, losses, gradients = one_step(torch.float64, empty)
    single, single_losses, single_gradients = one_step(torch.float32, empty)
    assert all(torch.equal(a, b) for a, b in zip(double.matches, single.matches)), "matches differ"
    norm = torch.stack([g.norm() for g in gradients.values()]).norm().item()
    result = {
        "losses": {k: formula.number(v) for k, v in losses.items()}, "gradient_norm": formula.number(norm),
        "matches": [[[int(i), int(m[i])] for i in (m >= 0).nonzero()[:, 0]] for m in double.matches],
        "float32_error": {
            "losses": max(abs(losses[k] - single_losses[k]) / abs(losses[k]) for k in losses),
            "gradients": {
                n: float(f"{((gradients[n] - single_gradients[n]).norm() / gradients[n].norm()).item():.1e}")
                for n in GRADIENTS
            },
        },
    }
    if not empty:
        result["gradients"] = {n: formula.summary(gradients[n]) for n in GRADIENTS}
    print("  training", result["losses"], norm, [len(m) for m in result["matches"]], result["float32_error"])
    return result


def steps():
    def run(dtype):
        model = make().to(dtype).train()
        trained = {n: p for n, p in model.named_parameters() if p.requires_grad}
        start = {n: p.detach().clone() for n, p in trained.items()}
        optimizer = torch.optim.SGD(
            trained.values(), lr=STEPS["lr"], momentum=STEPS["momentum"], weight_decay=STEPS["weight_decay"])
        history = []
        for _ in range(STEPS["count"]):
            losses = model(*inputs(dtype))
            optimizer.zero_grad()
            sum(losses.values()).backward()
            history.append([losses[k].item() for k in ("classification", "bbox_regression", "bbox_ctrness")])
            optimizer.step()
        return history, {n: p.detach() - start[n] for n, p in trained.items()}

    (history, changes), (single_history, single_changes) = run(torch.float64), run(torch.float32)
    error = {
        "losses": [formula.relative_error(torch.tensor(a), torch.tensor(b)) for a, b in zip(history, single_history)],
        "changes": {
            n: float(f"{((changes[n] - single_changes[n]).norm() / changes[n].norm()).item():.1e}") for n in GRADIENTS
        },
    }
    print("  steps", history, error)
    return {
        **STEPS, "losses": [[formula.number(v) for v in row] for row in history],
        "changes": {n: formula.summary(changes[n]) for n in GRADIENTS}, "float32_error": error,
    }


@torch.no_grad()
def matching():
    """300 cases of objects by formula on the maps of an image of 320 x 256 pixels."""
    model = make()
    height, width = 256, 320
    generator = AnchorGenerator(((8,), (16,), (32,), (64,), (128,)), ((1.0,),) * 5)
    maps = [torch.zeros(1, 1, -(-height // s), -(-width // s)) for s in (8, 16, 32, 64, 128)]
    anchors = generator(ImageList(torch.zeros(1, 3, height, width), [(height, width)]), maps)
    counts = [m.shape[2] * m.shape[3] for m in maps]
    trace = Trace(model)
    total = sum(counts)
    outputs = {
        "cls_logits": torch.zeros(1, total, CLASSES), "bbox_regression": torch.ones(1, total, 4),
        "bbox_ctrness": torch.zeros(1, total, 1)}
    lines = []
    for case in range(300):
        count = 1 + case % 9
        objects = torch.from_numpy(formula.boxes(f"fcos{case}", count, 280, 220, 4, 60 + case % 7 * 40))
        model.compute_loss([{"boxes": objects, "labels": torch.ones(count, dtype=torch.int64)}], outputs, anchors, counts)
        matched = trace.matches[0]
        found = [(i, int(matched[i])) for i in (matched >= 0).nonzero()[:, 0].tolist()]
        text = "".join(f"{place}:{object_};" for place, object_ in found)
        lines.append(f"{len(found)} {formula.fnv1a64(text):016x}")
    return lines


def box_losses():
    """Losses and their gradients by the corners of the first of two boxes, by formula."""
    count = 200
    objects = torch.from_numpy(formula.boxes("losses.objects", count, 60, 60, 6, 40)).double()
    result = {"count": count}
    for name, loss in [
        ("giou", generalized_box_iou_loss), ("diou", distance_box_iou_loss), ("ciou", complete_box_iou_loss)]:
        boxes = torch.from_numpy(formula.boxes("losses.boxes", count, 60, 60, 6, 40)).double().requires_grad_()
        values = loss(boxes, objects)
        values.sum().backward()
        result[name] = {"values": formula.numbers(values), "gradients": formula.numbers(boxes.grad)}
    offsets = torch.from_numpy(3 * formula.signed("losses.offsets", 4 * count)).double().reshape(-1, 4).requires_grad_()
    wanted = torch.from_numpy(formula.signed("losses.wanted", 4 * count)).double().reshape(-1, 4)
    values = F.smooth_l1_loss(offsets, wanted, reduction="none").sum(1)
    values.sum().backward()
    result["smooth-l1"] = {"values": formula.numbers(values), "gradients": formula.numbers(offsets.grad)}
    return result


def class_losses():
    """The quality focal loss of Li et al., 2020, equation 6, with a beta of 2, and its gradient by the logit."""
    count = 200
    logits = torch.from_numpy(8 * formula.signed("losses.logits", count)).double().requires_grad_()
    targets = torch.from_numpy(formula.unit("losses.targets", count)).double()
    targets[::3] = 0
    entropy = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    values = (targets - logits.sigmoid()).abs() ** 2 * entropy
    values.sum().backward()
    return {"count": count, "values": formula.numbers(values), "gradients": formula.numbers(logits.grad)}


def main(folder):
    torch.set_num_threads(1)
    named = fcos_resnet50_fpn(weights=None, weights_backbone=None, num_classes=91)
    entries = sorted(
        f"{name} {list(value.shape)};" for name, value in named.state_dict().items() if "num_batches" not in name)
    formula.write_json(f"{folder}/fcos-resnet18.json", {
        "classes": CLASSES, "min_size": MIN_SIZE, "classification_bias": BIAS,
        "images": [[f"image{i}", *size] for i, size in enumerate(SIZES)], "boxes": BOXES, "labels": LABELS,
        "resnet50_names": {"count": len(entries), "hash": f"{formula.fnv1a64(''.join(entries)):016x}"},
        "inference": inference(), "training": training(False), "training_second_image_empty": training(True),
        "steps": steps(),
    })
    formula.write_json(f"{folder}/center-sampling.json", {"cases": matching()})
    formula.write_json(f"{folder}/shared-losses.json", {"boxes": box_losses(), "quality_focal": class_losses()})


if __name__ == "__main__":
    main(sys.argv[1])
