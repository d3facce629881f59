"""ResNet features, logits, gradients and running statistics, from torchvision with formula weights.

    python networks.py ../ModelsTests/Fixtures

Values are those of a float64 evaluation of the float32 weights and input; `float32_error` is how far torch's own
float32 evaluation is from them, relative to the largest magnitude of the array.
"""

import copy
import sys

import numpy
import torch
from torchvision.models import resnet

import formula

TRAINED = [
    "conv1.weight", "bn1.weight", "bn1.bias", "layer1.0.conv1.weight", "layer2.0.downsample.0.weight",
    "layer2.0.downsample.1.weight", "layer3.1.bn2.bias", "layer4.1.conv2.weight", "fc.weight", "fc.bias",
]
STATISTICS = ["bn1", "layer1.0.bn1", "layer2.0.downsample.1", "layer3.1.bn2", "layer4.1.bn2"]


def model_input(name, shape):
    return torch.from_numpy(formula.signed(name, int(numpy.prod(shape))).reshape(shape) * formula.F32(2))


@torch.no_grad()
def inference(name, x):
    model = formula.fill(getattr(resnet, name)(weights=None)).eval()

    def run(model, x):
        stages = {}
        hooks = [
            getattr(model, stage).register_forward_hook(lambda _, __, y, stage=stage: stages.__setitem__(stage, y))
            for stage in ("maxpool", "layer1", "layer2", "layer3", "layer4")
        ]
        stages["logits"] = model(x)
        for hook in hooks:
            hook.remove()
        return stages

    single = run(model, x)
    double = run(model.double(), x.double())
    result = {"parameters": sum(p.numel() for p in model.parameters())}
    for stage, value in double.items():
        result[stage] = formula.numbers(value[0]) if stage == "logits" else formula.summary(value)
    result["float32_error"] = {k: formula.relative_error(v, single[k]) for k, v in double.items()}
    return result


def training(x, labels):
    model = formula.fill(resnet.resnet18(weights=None)).train()

    def run(model, x):
        logits = model(x)
        loss = torch.nn.functional.cross_entropy(logits, labels)
        loss.backward()
        arrays = {"logits": logits, "loss": loss}
        for name, parameter in model.named_parameters():
            arrays[f"gradient {name}"] = parameter.grad
        for name, buffer in model.named_buffers():
            arrays[f"buffer {name}"] = buffer
        return arrays

    single = run(copy.deepcopy(model), x)
    double = run(model.double(), x.double())
    gradients = [double[f"gradient {n}"] for n, _ in model.named_parameters()]
    return {
        "labels": labels.tolist(),
        "loss": formula.number(double["loss"].item()),
        "logits": formula.summary(double["logits"]),
        "gradient_norm": formula.number(torch.stack([g.norm() for g in gradients]).norm().item()),
        "gradients": {n: formula.summary(double[f"gradient {n}"]) for n in TRAINED},
        "running_mean": {n: formula.summary(double[f"buffer {n}.running_mean"]) for n in STATISTICS},
        "running_var": {n: formula.summary(double[f"buffer {n}.running_var"]) for n in STATISTICS},
        "num_batches_tracked": int(double["buffer bn1.num_batches_tracked"]),
        "float32_error": {
            k: formula.relative_error(double[k], single[k])
            for k in ["loss", "logits"] + [f"gradient {n}" for n in TRAINED]
        },
    }


def main(folder):
    torch.set_num_threads(1)
    x = model_input("input", (1, 3, 64, 96))
    names = ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"]
    formula.write_json(f"{folder}/formula.json", formula.check_values())
    formula.write_json(f"{folder}/networks.json", {
        "about": "input: name 'input', [1, 3, 64, 96], 2 * s; evaluation mode; logits [1000], the rest summaries",
        "inference": {name: inference(name, x) for name in names},
    })
    x = model_input("batch", (4, 3, 64, 64))
    formula.write_json(f"{folder}/networks-training.json", {
        "about": "resnet18, training mode, BatchNorm2d momentum 0.1; input: name 'batch', [4, 3, 64, 64], 2 * s; mean "
                 "cross-entropy; running statistics after the forward pass; gradient_norm over all parameters",
        "training": training(x, torch.tensor([3, 141, 592, 653])),
    })


if __name__ == "__main__":
    main(sys.argv[1])
