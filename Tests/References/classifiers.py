"""Networks of layers one behind the other, from torchvision with formula weights; EfficientNet-Lite0 from the package
efficientnet_lite_pytorch.

    python classifiers.py ../ModelsTests/Fixtures

Values are those of a float64 evaluation. `maps` are those of the strides 4, 8, 16 and 32, `logits` of the whole network.
"""

import copy
import sys

import torch
import torchvision.models
from efficientnet_lite_pytorch import EfficientNet

import formula
from networks import model_input

# Where the maps of the strides 4, 8, 16 and 32 are made, as modules of `features`.
MAPS = {
    "mobilenet-v2": [3, 6, 13, 18],
    "mobilenet-v3-small": [1, 3, 8, 12],
    "mobilenet-v3-large": [3, 6, 12, 16],
    "vgg11": [9, 14, 19, 20],
    "vgg16-bn": [22, 32, 42, 43],
    "alexnet": [1, 4, 11, 12],
}


def build(name):
    if name == "efficientnet-lite0":
        return EfficientNet.from_name(name)
    return getattr(torchvision.models, name.replace("-", "_"))(weights=None)


def shapes(name):
    return {k: list(v.shape) for k, v in build(name).state_dict().items() if not k.endswith("num_batches_tracked")}


@torch.no_grad()
def inference(name, x, has_logits):
    model = formula.fill(build(name)).eval()

    def run(model, x):
        result = {}
        if name in MAPS:
            value = x
            for index, module in enumerate(model.features):
                value = module(value)
                if index in MAPS[name]:
                    result[f"map {MAPS[name].index(index)}"] = value
        else:
            result["map 3"] = model.extract_features(x)
        if has_logits:
            result["logits"] = model(x)
        return result

    single = run(copy.deepcopy(model), x)
    double = run(model.double(), x.double())
    return {
        **{k: formula.summary(v) for k, v in double.items()},
        "float32_error": {k: formula.relative_error(v, single[k]) for k, v in double.items()},
    }


TRAINED = [
    "features.0.0.weight", "features.1.block.1.fc1.weight", "features.1.block.1.fc2.bias", "features.4.block.1.0.weight",
    "features.9.block.0.1.weight", "features.12.1.bias",
]


def training(x):
    """The features of MobileNetV3 small with batch statistics; the loss is the sum of the last map times 'loss'."""
    model = formula.fill(build("mobilenet-v3-small")).train()

    def run(model, x):
        last = model.features(x)
        weights = model_input("loss", tuple(last.shape)).to(x.dtype)
        (last * weights).sum().backward()
        arrays = {"map": last}
        for name in TRAINED:
            arrays[name] = model.get_parameter(name).grad
        for name, buffer in model.named_buffers():
            arrays[name] = buffer
        return arrays

    single = run(copy.deepcopy(model), x)
    double = run(model.double(), x.double())
    kept = ["map"] + TRAINED + ["features.0.1.running_mean", "features.12.1.running_var"]
    return {
        **{k: formula.summary(double[k]) for k in kept},
        "float32_error": {k: formula.relative_error(double[k], single[k]) for k in kept},
    }


def main(folder):
    torch.set_num_threads(1)
    x = model_input("input", (1, 3, 64, 96))
    small = ["mobilenet-v2", "mobilenet-v3-small", "mobilenet-v3-large", "efficientnet-lite0"]
    large = ["vgg11", "vgg16-bn", "alexnet"]
    every = small + ["vgg11", "vgg13", "vgg16", "vgg19", "vgg11-bn", "vgg13-bn", "vgg16-bn", "vgg19-bn", "alexnet"]
    formula.write_json(f"{folder}/classifiers.json", {
        "about": "input: name 'input', [1, 3, 64, 96], 2 * s; evaluation mode; shapes of all parameters and statistics",
        "inference": {name: inference(name, x, name != "vgg16-bn") for name in small + large},
        "shapes": {name: shapes(name) for name in every},
        "training": {"mobilenet-v3-small": training(model_input("batch", (4, 3, 64, 64)))},
    })


if __name__ == "__main__":
    main(sys.argv[1])
