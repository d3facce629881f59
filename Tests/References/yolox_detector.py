"""Outputs, losses, gradients, SGD steps and assignments of YOLOX, from pixeltable-yolox with formula weights.

    python yolox_detector.py ../ModelsTests/Fixtures

Values are those of a float64 evaluation of the float32 weights and images; `float32_error` is how far torch's own
float32 evaluation is from them, relative by Euclidean norm. The script stops if the two disagree on what is assigned.
"""

import copy
import importlib.metadata
import sys

import numpy
import torch
from yolox.models.yolo_head import YoloxHead
from yolox.models.yolo_pafpn import YoloPafpn
from yolox.models.yolox import YoloxModule

import formula

CLASSES = 5
HEIGHT, WIDTH = 128, 160
BOXES = [
    [[12, 20, 60, 75], [70, 8, 150, 120], [100, 90, 130, 118], [3, 80, 30, 127], [60, 60, 68, 70]],
    [[5, 5, 105, 125], [40.5, 30.25, 66.75, 70.5], [20, 100, 90, 122]],
]
LABELS = [[0, 1, 2, 3, 4], [1, 3, 0]]
SHARPNESS = 4
STEPS = {"lr": 3e-8, "momentum": 0.9, "weight_decay": 5e-4, "count": 10}
GRADIENTS = [
    "backbone.backbone.stem.conv.conv.weight", "backbone.backbone.stem.conv.bn.weight",
    "backbone.backbone.dark3.1.conv3.conv.weight", "backbone.backbone.dark5.1.conv2.conv.weight",
    "backbone.C3_p4.m.0.conv1.conv.weight", "backbone.C3_n4.conv3.bn.bias", "head.stems.1.conv.weight",
    "head.cls_preds.0.weight", "head.reg_preds.2.bias", "head.obj_preds.1.weight",
]
STATISTICS = ["backbone.backbone.stem.conv.bn", "head.stems.0.bn"]
SIZES = {"nano": (0.33, 0.25, True), "s": (0.33, 0.5, False)}


def make(size):
    depth, width, depthwise = SIZES[size]
    model = YoloxModule(
        YoloPafpn(depth, width, depthwise=depthwise), YoloxHead(CLASSES, width, depthwise=depthwise))
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eps, module.momentum = 1e-3, 0.03
    formula.fill(model)
    # Cells that predict almost the same would leave it to rounding which of them are given an object.
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("weight") and "_preds." in name:
                parameter *= SHARPNESS
    return model


def images():
    stack = numpy.stack([formula.network_image(f"yolox{i}", HEIGHT, WIDTH) for i in range(len(BOXES))])
    return torch.from_numpy(stack)


def centered(boxes):
    boxes = torch.as_tensor(boxes)
    return torch.cat([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], 1)


def targets(dtype):
    rows = torch.zeros(len(BOXES), 8, 5, dtype=dtype)
    for i, (boxes, labels) in enumerate(zip(BOXES, LABELS)):
        rows[i, : len(boxes), 0] = torch.tensor(labels, dtype=dtype)
        rows[i, : len(boxes), 1:] = centered(torch.tensor(boxes, dtype=dtype))
    return rows


@torch.no_grad()
def inference(size):
    def run(model, x):
        kept = {}
        hooks = [
            getattr(model.head, f"{kind}_preds")[level].register_forward_hook(
                lambda _, __, y, name=f"{kind} {level}": kept.__setitem__(name, y.permute(0, 2, 3, 1).contiguous()))
            for kind in ("cls", "reg", "obj") for level in range(3)
        ]
        model(x)
        for hook in hooks:
            hook.remove()
        return kept

    model = make(size).eval()
    single, double = run(model, images()), run(copy.deepcopy(model).double(), images().double())
    return {
        "parameters": sum(p.numel() for p in model.parameters()),
        "outputs": {k: formula.summary(v) for k, v in double.items()},
        "float32_error": max(formula.relative_error(double[k], single[k]) for k in double),
    }


def losses(model, x):
    loss = model.head(model.backbone(x), targets(x.dtype), x)
    return loss[0], {"box": loss[1], "objectness": loss[2], "classification": loss[3], "l1": loss[4]}, loss[5]


def norm_errors(double, single):
    return {
        n: float(f"{((double[n] - single[n]).norm() / double[n].norm()).item():.1e}") for n in GRADIENTS if n in double}


def training(size):
    def run(dtype):
        model = make(size).to(dtype).train()
        model.head.use_l1 = True
        x = images().to(dtype)
        total, terms, share = losses(model, x)
        total.backward()
        first = {
            "terms": {k: v.detach() for k, v in terms.items()}, "matches_per_object": share,
            "gradients": {n: p.grad.clone() for n, p in model.named_parameters()},
            "buffers": {n: b.clone() for n, b in model.named_buffers()},
        }
        model = make(size).to(dtype).train()
        kernels = [p for p in model.parameters() if p.ndim > 1]
        others = [p for p in model.parameters() if p.ndim == 1]
        optimizer = torch.optim.SGD(others, lr=STEPS["lr"], momentum=STEPS["momentum"], nesterov=True)
        optimizer.add_param_group({"params": kernels, "weight_decay": STEPS["weight_decay"]})
        course = []
        for _ in range(STEPS["count"]):
            optimizer.zero_grad()
            total, _, _ = losses(model, x)
            total.backward()
            optimizer.step()
            course.append(total.item())
        start = dict(make(size).to(dtype).named_parameters())
        return first, course, {n: p.detach() - start[n].detach() for n, p in model.named_parameters()}

    (single, single_course, single_changes), (double, course, changes) = run(torch.float32), run(torch.float64)
    assert single["matches_per_object"] == double["matches_per_object"]
    assert max(abs(a - b) / b for a, b in zip(single_course, course)) < 1e-4, (single_course, course)
    gradients = double["gradients"]
    return {
        "terms": {k: formula.number(v.item()) for k, v in double["terms"].items()},
        "terms_float32_error": {k: formula.relative_error(v, single["terms"][k]) for k, v in double["terms"].items()},
        "matches_per_object": double["matches_per_object"],
        "gradient_norm": formula.number(torch.stack([g.norm() for g in gradients.values()]).norm().item()),
        "gradients": {n: formula.summary(gradients[n]) for n in GRADIENTS if n in gradients},
        "running_mean": {n: formula.summary(double["buffers"][f"{n}.running_mean"]) for n in STATISTICS},
        "running_var": {n: formula.summary(double["buffers"][f"{n}.running_var"]) for n in STATISTICS},
        "steps": {**STEPS, "losses": [formula.number(loss) for loss in course]},
        "changes": {n: formula.summary(changes[n]) for n in GRADIENTS if n in gradients},
        "changes_float32_error": norm_errors(changes, single_changes),
        "float32_error": norm_errors(gradients, single["gradients"]),
    }


def assignment(case, dtype):
    """One of the 500 cases: an image of 96 x 64 pixels, outputs and objects by formula."""
    head = YoloxHead(3, 0.25)
    name = f"simota{case}"
    raw, shifts, strides = [], [], []
    for level, stride in enumerate((8, 16, 32)):
        height, width = 64 // stride, 96 // stride
        numbers = torch.from_numpy(formula.signed(f"{name}.{level}", height * width * 8)).reshape(-1, 8)
        yv, xv = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
        grid = torch.stack([xv, yv], 2).reshape(-1, 2).to(dtype)
        box, logits = numbers[:, :4].to(dtype), 3 * numbers[:, 4:].to(dtype)
        raw.append(torch.cat([(box[:, :2] + grid) * stride, box[:, 2:].exp() * stride, logits], 1))
        shifts.append(grid)
        strides.append(torch.full((height * width,), stride, dtype=dtype))
    raw, shifts, strides = torch.cat(raw), torch.cat(shifts), torch.cat(strides)
    count = 1 + case % 7
    objects = centered(torch.from_numpy(formula.boxes(f"{name}.boxes", count, 96, 64, 6, 60))).to(dtype)
    classes = torch.from_numpy((formula.unit(f"{name}.classes", count) * formula.F32(3)).astype(int))
    _, mask, _, objects_matched, _ = head.get_assignments(
        0, count, objects, classes, raw[:, :4], strides[None], shifts[None, :, 0], shifts[None, :, 1], raw[None, :, 5:],
        raw[None, :, 4:5])
    cells = mask.nonzero()[:, 0].tolist()
    return list(zip(cells, objects_matched.tolist()))


def assignments():
    lines, skipped = [], []
    for case in range(500):
        single, double = assignment(case, torch.float32), assignment(case, torch.float64)
        if single != double:
            skipped.append(case)
        text = "".join(f"{cell}:{object_};" for cell, object_ in double)
        lines.append(f"{len(double)} {formula.fnv1a64(text):016x}")
    return {"cases": lines, "undecided": skipped}


if __name__ == "__main__":
    folder = sys.argv[1]
    version = {"pixeltable-yolox": importlib.metadata.version("pixeltable-yolox")}
    common = {
        "package": version, "classes": CLASSES, "height": HEIGHT, "width": WIDTH, "boxes": BOXES, "labels": LABELS,
        "sharpness": SHARPNESS}
    for size in SIZES:
        formula.write_json(
            f"{folder}/yolox-{size}.json", {**common, "inference": inference(size), "training": training(size)})
    formula.write_json(f"{folder}/simota.json", {"package": version, **assignments()})
