"""A training step of a detector, in a process of its own: `python training.py DETECTOR SECONDS`.

DETECTOR is torchvision's retinanet-resnet18 or retinanet-resnet18-frozen, batch 4, photographs of 640x480 at 320 pixels,
or yolox-nano, batch 8 at 416x416. Prints the median of a step in milliseconds, forward to optimiser, and the greatest
memory of the process in MiB.
"""

import resource
import sys

import torch

import models
from timing import median


def boxes():
    corner = torch.rand(14, 2) * torch.tensor([520.0, 360.0])
    return torch.cat([corner, corner + 40 + torch.rand(14, 2) * 70], dim=1)


def retinanet(is_frozen):
    model = models.detector(4).train()
    if is_frozen:
        for parameter in model.backbone.body.parameters():
            parameter.requires_grad_(False)
    images = [torch.rand(3, 480, 640) for _ in range(4)]
    targets = [{"boxes": boxes(), "labels": torch.arange(14) % 3 + 1} for _ in range(4)]
    return model, lambda: sum(model(images, targets).values())


def yolox():
    model = models.yolox("yolox-nano", 3).train()
    images = torch.rand(8, 3, 416, 416) * 255
    targets = torch.zeros(8, 14, 5)
    for target in targets:
        corners = boxes() * 416 / 640
        target[:, 0] = torch.arange(14) % 3
        target[:, 1:] = torch.cat([(corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]], dim=1)
    return model, lambda: model.head(model.backbone(images), targets, images)[0]


def step_function(name):
    torch.manual_seed(7)
    model, loss = yolox() if name == "yolox-nano" else retinanet(name.endswith("frozen"))
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(parameters, lr=1e-5, momentum=0.9, weight_decay=1e-4)

    def step():
        losses = loss()
        optimizer.zero_grad()
        losses.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 10)
        optimizer.step()

    return step


if __name__ == "__main__":
    torch.set_num_threads(2)
    time = median(step_function(sys.argv[1]), float(sys.argv[2]), warm_ups=1, least=3)
    print(time, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
