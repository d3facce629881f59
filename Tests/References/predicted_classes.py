"""Whether `needletail classify predict` says of photographs what torch says, with the same published weights.

    needletail classify predict resnet18.pth photos/ --top 5 --json > predicted.json
    python predicted_classes.py predicted.json

The network is known by the name of the weight file (`resnet18…`, `efficientnet-lite0…`, `mobilenetV1X0.25…`). Photographs
become its input by the definition in `InputTransform`: the middle of them, shrunk by a whole factor, then resized bilinearly
to 224 pixels. EfficientNet-Lite0 needs the package efficientnet_lite_pytorch 0.1.0.
"""

import json
import os
import sys

import numpy
import torch
import torchvision
from PIL import Image


def network_input(path):
    pixels = numpy.asarray(Image.open(path).convert("RGB"))
    height, width = pixels.shape[:2]
    side = min(height, width) * 224 // 256
    top, left = (height - side) // 2, (width - side) // 2
    pixels = pixels[top:top + side, left:left + side].astype(numpy.uint32)
    factor = side // 224
    if factor > 1:
        count = side // factor
        pixels = pixels[:count * factor, :count * factor].reshape(count, factor, count, factor, 3).sum((1, 3))
        pixels = (pixels + factor * factor // 2) // (factor * factor)
    image = torch.from_numpy(pixels.astype(numpy.float32)).permute(2, 0, 1)[None] / 255
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    image = (image - mean[:, None, None]) / deviation[:, None, None]
    return torch.nn.functional.interpolate(image, (224, 224), mode="bilinear", align_corners=False)


class MobileNetV1(torch.nn.Module):
    """As the RetinaFace repositories have it, with leaky ReLU."""

    def __init__(self, width):
        super().__init__()
        layers = torch.nn

        def convolution(inputs, outputs, stride):
            return layers.Sequential(
                layers.Conv2d(inputs, outputs, 3, stride, 1, bias=False), layers.BatchNorm2d(outputs),
                layers.LeakyReLU(0.1, inplace=True))

        def separable(inputs, outputs, stride):
            return layers.Sequential(
                layers.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False), layers.BatchNorm2d(inputs),
                layers.LeakyReLU(0.1, inplace=True), layers.Conv2d(inputs, outputs, 1, bias=False),
                layers.BatchNorm2d(outputs), layers.LeakyReLU(0.1, inplace=True))

        w = [int(width * count) for count in (32, 64, 128, 256, 512, 1024)]
        self.stage1 = layers.Sequential(
            convolution(3, w[0], 2), separable(w[0], w[1], 1), separable(w[1], w[2], 2), separable(w[2], w[2], 1),
            separable(w[2], w[3], 2), separable(w[3], w[3], 1))
        self.stage2 = layers.Sequential(
            separable(w[3], w[4], 2), *[separable(w[4], w[4], 1) for _ in range(5)])
        self.stage3 = layers.Sequential(separable(w[4], w[5], 2), separable(w[5], w[5], 1))
        self.avg = layers.AdaptiveAvgPool2d((1, 1))
        self.fc = layers.Linear(w[5], 1000)

    def forward(self, x):
        return self.fc(self.avg(self.stage3(self.stage2(self.stage1(x)))).flatten(1))


def model(path):
    name = os.path.basename(path)
    weights = torch.load(path, map_location="cpu", weights_only=True)
    if name.startswith("resnet18"):
        network = torchvision.models.resnet18()
    elif name.startswith("efficientnet-lite0"):
        from efficientnet_lite_pytorch import EfficientNet

        network = EfficientNet.from_name("efficientnet-lite0")
    else:
        network = MobileNetV1(0.25)
        weights = {key.removeprefix("module."): value for key, value in weights["state_dict"].items()}
    network.load_state_dict(weights)
    return network.eval()


def main(path):
    with open(path) as file:
        predicted = json.load(file)
    network = model(predicted["classifier"])
    first = five = 0
    greatest = 0.0
    for picture in predicted["pictures"]:
        with torch.no_grad():
            probabilities = network(network_input(picture["file"])).softmax(1)[0]
        order = probabilities.argsort(descending=True)[:len(picture["classes"])].tolist()
        own = [int(item["name"]) for item in picture["classes"]]
        first += own[0] == order[0]
        five += own == order
        greatest = max(
            greatest, *(abs(item["probability"] - probabilities[int(item["name"])].item()) for item in picture["classes"]))
    count = len(predicted["pictures"])
    print(f"{predicted['classifier']}: {first} of {count} photographs have torch's class, {five} its first {len(own)} in order; "
          f"probabilities differ by {greatest:.1e} at most")


if __name__ == "__main__":
    main(sys.argv[1])
