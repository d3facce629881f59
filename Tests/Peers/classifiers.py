"""Classifiers that are timed, as torchvision has them, and a training step of one, in a process of its own:
`python classifiers.py NETWORK SECONDS`.

Prints the median of a step in milliseconds: LeNet-5 with a batch of 64 pictures of 28x28 pixels, or 1000 classes, 224 pixels
and a batch of 16; forward, loss, backward, clipping, optimiser.
"""

import sys

import torch
import torchvision
from torch import nn

from timing import median

#: Of a batch of one.
INPUTS = {
    name: (1, 3, 224, 224)
    for name in ("vgg16", "alexnet", "mobilenet-v2", "mobilenet-v3-large", "efficientnet-lite0")
}


class Bottleneck(nn.Module):
    """EfficientNet-Lite's block: expansion, depthwise convolution, projection."""

    def __init__(self, inputs, outputs, kernel, stride, expansion):
        super().__init__()
        width = inputs * expansion
        layers = [] if expansion == 1 else [nn.Conv2d(inputs, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU6()]
        layers += [
            nn.Conv2d(width, width, kernel, stride, kernel // 2, groups=width, bias=False), nn.BatchNorm2d(width),
            nn.ReLU6(), nn.Conv2d(width, outputs, 1, bias=False), nn.BatchNorm2d(outputs)]
        self.layers, self.adds = nn.Sequential(*layers), stride == 1 and inputs == outputs

    def forward(self, image):
        return image + self.layers(image) if self.adds else self.layers(image)


def efficientnet_lite0():
    layers, channels = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()], 32
    for kernel, count, stride, expansion, outputs in (
            (3, 1, 1, 1, 16), (3, 2, 2, 6, 24), (5, 2, 2, 6, 40), (3, 3, 2, 6, 80), (5, 3, 1, 6, 112),
            (5, 4, 2, 6, 192), (3, 1, 1, 6, 320)):
        for index in range(count):
            layers.append(Bottleneck(channels, outputs, kernel, stride if index == 0 else 1, expansion))
            channels = outputs
    layers += [nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6(), nn.AdaptiveAvgPool2d(1),
               nn.Flatten(), nn.Dropout(0.2), nn.Linear(1280, 1000)]
    return nn.Sequential(*layers)


def lenet5():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))


def network(name):
    makers = {
        "lenet5": lenet5, "efficientnet-lite0": efficientnet_lite0, "alexnet": torchvision.models.alexnet,
        "vgg11": torchvision.models.vgg11, "vgg16": torchvision.models.vgg16,
        "mobilenet-v2": torchvision.models.mobilenet_v2, "mobilenet-v3-large": torchvision.models.mobilenet_v3_large,
    }
    return makers[name]()


def step_function(name, is_channels_last):
    torch.manual_seed(7)
    layout = torch.channels_last if is_channels_last else torch.contiguous_format
    model = network(name).train().to(memory_format=layout)
    shape, classes = ((64, 1, 28, 28), 10) if name == "lenet5" else ((16, 3, 224, 224), 1000)
    images, labels = torch.randn(shape).to(memory_format=layout), torch.arange(shape[0]) % classes
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-5, momentum=0.9, weight_decay=5e-4, nesterov=True)

    def step():
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 10)
        optimizer.step()

    return step


if __name__ == "__main__":
    torch.set_num_threads(2)
    print(min(
        median(step_function(sys.argv[1], is_channels_last), float(sys.argv[2]) / 2, warm_ups=2, least=3)
        for is_channels_last in (False, True)))
