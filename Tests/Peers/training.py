"""A training step of torchvision's RetinaNet, in a process of its own: `python training.py LAYERS SECONDS`.

LAYERS is the number of trained layers of the backbone, 3 or 0. Prints the median of a step in milliseconds and the
greatest memory of the process in MiB. Batch 4, photographs of 640x480 at 320 pixels, forward to optimiser.
"""

import resource
import sys

import torch

import models
from timing import median


def step_function(layers):
    model = models.detector(4).train()
    if layers == 0:
        for parameter in model.backbone.body.parameters():
            parameter.requires_grad_(False)
    torch.manual_seed(7)
    images = [torch.rand(3, 480, 640) for _ in range(4)]
    targets = []
    for _ in range(4):
        corner = torch.rand(14, 2) * torch.tensor([520.0, 360.0])
        boxes = torch.cat([corner, corner + 40 + torch.rand(14, 2) * 70], dim=1)
        targets.append({"boxes": boxes, "labels": torch.arange(14) % 3 + 1})
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(parameters, lr=1e-5, momentum=0.9, weight_decay=1e-4)

    def step():
        losses = sum(model(images, targets).values())
        optimizer.zero_grad()
        losses.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 10)
        optimizer.step()

    return step


if __name__ == "__main__":
    torch.set_num_threads(2)
    time = median(step_function(int(sys.argv[1])), float(sys.argv[2]), warm_ups=1, least=3)
    print(time, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
