"""Losses, gradients, SGD steps and detections of RetinaNet (v1 and v2), from torchvision with formula weights.

    python retinanet.py ../ModelsTests/Fixtures

Values are those of a float64 evaluation of the float32 weights and images; `float32_error` is how far torch's own
float32 evaluation is from them: relative for losses, relative by Euclidean norm for gradients and parameters (a unit
that is within rounding of zero may switch on or off and moves single elements by more), absolute for boxes and scores.
The script stops if the two disagree on anything discrete: matches, kept detections, their order or labels.
"""

import copy
import sys
from functools import partial

import torch
from torch import nn
from torchvision.models import resnet
from torchvision.models.detection import RetinaNet
from torchvision.models.detection.backbone_utils import _resnet_fpn_extractor
from torchvision.models.detection.retinanet import RetinaNetHead, _default_anchorgen
from torchvision.ops import box_iou
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
STEPS = {"lr": 0.001, "momentum": 0.9, "weight_decay": 1e-4, "count": 5}


def make(version, body_name, bias):
    body = getattr(resnet, body_name)(weights=None, norm_layer=FrozenBatchNorm2d)
    channels = 2048 if body_name == "resnet50" else 512
    if version == 1:
        backbone = _resnet_fpn_extractor(body, 3, returned_layers=[2, 3, 4], extra_blocks=LastLevelP6P7(256, 256))
        model = RetinaNet(backbone, CLASSES, min_size=MIN_SIZE)
    else:
        backbone = _resnet_fpn_extractor(body, 3, returned_layers=[2, 3, 4], extra_blocks=LastLevelP6P7(channels, 256))
        anchors = _default_anchorgen()
        head = RetinaNetHead(
            backbone.out_channels, anchors.num_anchors_per_location()[0], CLASSES,
            norm_layer=partial(nn.GroupNorm, 32))
        head.regression_head._loss_type = "giou"
        model = RetinaNet(backbone, CLASSES, min_size=MIN_SIZE, anchor_generator=anchors, head=head)
    return formula.fill(model, bias)


class Trace:
    """Keeps the intermediate values of the last forward pass."""

    def __init__(self, model):
        self.model = model
        self.matches = []
        model.backbone.body.register_forward_hook(lambda _, __, y: setattr(self, "body", list(y.values())))
        model.backbone.register_forward_hook(lambda _, __, y: setattr(self, "pyramid", list(y.values())))
        model.head.register_forward_hook(lambda _, __, y: setattr(self, "head", y))
        model.transform.register_forward_hook(lambda _, __, y: setattr(self, "batch", y[0]))
        model.anchor_generator.register_forward_hook(lambda _, __, y: setattr(self, "anchors", y[0]))
        matcher = model.proposal_matcher

        def match(quality):
            result = matcher(quality)
            self.matches.append(result)
            return result

        model.proposal_matcher = match

    def counts(self):
        return [level.shape[2] * level.shape[3] * 9 for level in self.pyramid]

    def report(self):
        result = {
            "batch_shape": list(self.batch.tensors.shape),
            "image_sizes": [list(size) for size in self.batch.image_sizes],
            "batch": formula.summary(self.batch.tensors),
            "body": [formula.summary(level) for level in self.body],
            "pyramid": [formula.summary(level) for level in self.pyramid],
        }
        for name, value in self.head.items():
            result[name] = [formula.summary(level) for level in value.split(self.counts(), dim=1)]
        return result


def inputs(names, dtype, empty=False):
    images = [torch.from_numpy(formula.network_image(n, *size)).to(dtype) for n, size in zip(names, SIZES)]
    targets = [
        {"boxes": torch.tensor(b, dtype=torch.float32).to(dtype), "labels": torch.tensor(l)}
        for b, l in zip(BOXES, LABELS)
    ]
    if empty:
        targets[1] = {"boxes": torch.zeros(0, 4, dtype=dtype), "labels": torch.zeros(0, dtype=torch.int64)}
    return images, targets


def trained(model):
    return {name: p for name, p in model.named_parameters() if p.requires_grad}


def shown(model):
    """The names of the parameters whose gradients are stored."""
    names = [f"backbone.body.{n}.weight" for n in ("layer2.0.conv1", "layer2.0.downsample.0", "layer4.1.conv2")]
    return names + [name for name in trained(model) if not name.startswith("backbone.body.")]


def with_error(double, single):
    """A summary with the relative error, by Euclidean norm, of the float32 evaluation."""
    error = ((single.double() - double).norm() / double.norm()).item()
    return {**formula.summary(double), "float32_error": float(f"{error:.1e}")}


def one_step(model, names, dtype, empty):
    model = copy.deepcopy(model).to(dtype).train()
    trace = Trace(model)
    losses = model(*inputs(names, dtype, empty))
    sum(losses.values()).backward()
    gradients = {name: p.grad for name, p in trained(model).items()}
    norm = torch.linalg.vector_norm(torch.stack([g.double().norm() for g in gradients.values()]))
    return trace, {name: loss.item() for name, loss in losses.items()}, gradients, norm.item()


def training(model, names, empty):
    double, losses, gradients, norm = one_step(model, names, torch.float64, empty)
    single, single_losses, single_gradients, single_norm = one_step(model, names, torch.float32, empty)
    assert all(torch.equal(a, b) for a, b in zip(double.matches, single.matches)), "matches differ"
    result = {"losses": {k: formula.number(v) for k, v in losses.items()}, "gradient_norm": formula.number(norm)}
    error = {
        "losses": max(abs(losses[k] - single_losses[k]) / abs(losses[k]) for k in losses),
        "gradient_norm": abs(norm - single_norm) / norm,
    }
    result["foreground_per_level"] = []
    result["foreground"] = []
    result["between_count"] = []
    for matched in double.matches:
        result["foreground_per_level"].append([int((part >= 0).sum()) for part in matched.split(double.counts())])
        result["foreground"].append([[int(i), int(matched[i])] for i in (matched >= 0).nonzero()[:, 0]])
        result["between_count"].append(int((matched == -2).sum()))
    if not empty:
        result["trainable"] = list(gradients)
        result["gradients"] = {name: with_error(gradients[name], single_gradients[name]) for name in shown(model)}
        result = {**double.report(), **result}
    else:
        few = ["backbone.fpn.layer_blocks.0.0.weight", "head.classification_head.cls_logits.bias",
               "head.regression_head.bbox_reg.bias"]
        result["gradients"] = {name: with_error(gradients[name], single_gradients[name]) for name in few}
    result["float32_error"] = {k: float(f"{v:.1e}") for k, v in error.items()}
    return result


def steps(model, names):
    def run(dtype):
        trained_model = copy.deepcopy(model).to(dtype).train()
        optimizer = torch.optim.SGD(
            trained(trained_model).values(),
            lr=STEPS["lr"], momentum=STEPS["momentum"], weight_decay=STEPS["weight_decay"])
        history = []
        for _ in range(STEPS["count"] + 1):
            losses = trained_model(*inputs(names, dtype))
            optimizer.zero_grad()
            sum(losses.values()).backward()
            history.append([losses["classification"].item(), losses["bbox_regression"].item()])
            if len(history) <= STEPS["count"]:
                optimizer.step()
        return history, trained(trained_model)

    history, parameters = run(torch.float64)
    single_history, single_parameters = run(torch.float32)
    return {
        **STEPS,
        "losses": [[formula.number(v) for v in pair] for pair in history],
        "parameters": {name: with_error(parameters[name], single_parameters[name]) for name in shown(model)},
        "float32_error": {
            "losses": [formula.relative_error(torch.tensor(a), torch.tensor(b))
                       for a, b in zip(history, single_history)],
        },
    }


@torch.no_grad()
def detections(model, names):
    def run(dtype):
        evaluated = copy.deepcopy(model).to(dtype).eval()
        trace = Trace(evaluated)
        return trace, evaluated(inputs(names, dtype)[0])

    trace, double = run(torch.float64)
    _, single = run(torch.float32)
    images = []
    for index, (a, b) in enumerate(zip(double, single)):
        assert torch.equal(a["labels"], b["labels"]), (a["labels"], b["labels"])
        scores = a["scores"]
        probabilities = trace.head["cls_logits"][index].sigmoid()
        images.append({
            "count": len(scores),
            "candidates_per_level": [int((p > 0.05).sum()) for p in probabilities.split(trace.counts())],
            "boxes": formula.numbers(a["boxes"]), "scores": formula.numbers(scores), "labels": a["labels"].tolist(),
            "least_score_gap": float(f"{(scores[:-1] - scores[1:]).min().item():.1e}"),
            "least_threshold_gap": float(f"{(probabilities - 0.05).abs().min().item():.1e}"),
            "float32_error": {
                "boxes": float(f"{(a['boxes'] - b['boxes']).abs().max().item():.1e}"),
                "scores": float(f"{(a['scores'] - b['scores']).abs().max().item():.1e}"),
            },
        })
        print("  detections", {k: v for k, v in images[-1].items() if k not in ("boxes", "scores", "labels")},
              "labels", a["labels"].bincount().tolist(), "scores", scores[0].item(), scores[-1].item())
    return {"score_thresh": 0.05, "nms_thresh": 0.5, "detections_per_img": 300, "topk_candidates": 1000,
            "images": images}


def main(folder):
    torch.set_num_threads(1)
    # The bias and the images are chosen so that some tens of detections pass
    # the threshold and no two scores are within rounding of each other or of the threshold.
    for version, body, bias, names in [
        (1, "resnet18", -3.8, ["image0", "image1"]), (2, "resnet18", -4.8, ["image0", "image1"]),
        (1, "resnet50", -3.5, ["image8", "image9"]),
    ]:
        name = f"retinanet-v{version}-{body}"
        model = make(version, body, bias)
        print(name, sum(p.numel() for p in model.parameters()))
        content = {
            "about": "formula images [name, height, width]; FrozenBatchNorm2d eps 1e-5, 3 trainable stages; both images "
                     "in one batch; foreground: [anchor, ground truth] per image; steps.losses: classification and "
                     "box loss before each step and after the last",
            "classification_bias": bias, "classes": CLASSES, "min_size": MIN_SIZE, "max_size": 1333,
            "images": [[n, *size] for n, size in zip(names, SIZES)], "boxes": BOXES, "labels": LABELS,
            "training": training(model, names, False),
            "training_second_image_empty": training(model, names, True),
            "steps": steps(model, names), "detection": detections(model, names),
        }
        for key in ("training", "training_second_image_empty"):
            part = content[key]
            print(" ", part["losses"], part["gradient_norm"], part["foreground_per_level"], part["float32_error"],
                  max(g["float32_error"] for g in part["gradients"].values()))
        print(" ", content["steps"]["losses"], content["steps"]["float32_error"],
              max(p["float32_error"] for p in content["steps"]["parameters"].values()))
        print("  logits", [(p["mean"], p["std"]) for p in content["training"]["cls_logits"]],
              "deltas", [(p["mean"], p["std"]) for p in content["training"]["bbox_regression"]])
        formula.write_json(f"{folder}/{name}.json", content)


if __name__ == "__main__":
    main(sys.argv[1])
