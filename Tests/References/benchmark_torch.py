"""Times in torch and torchvision what `needletail-bench networks` and `training` time, and prints both side by side.

    python benchmark_torch.py NEEDLETAIL_BENCH [--rounds 3] [--seconds 2]

NEEDLETAIL_BENCH is the program. Both sides use two threads and run alternately; figures are medians in milliseconds.
torch's networks run in channels-last memory format where that is the faster of the two. Measure with nothing else
running.
"""

import argparse
import json
import statistics
import subprocess
import time

import torch
from torchvision.models import resnet18, resnet50
from torchvision.models.detection import RetinaNet
from torchvision.models.detection.backbone_utils import _resnet_fpn_extractor
from torchvision.ops.feature_pyramid_network import LastLevelP6P7
from torchvision.ops.misc import FrozenBatchNorm2d

import formula


def detector(classes):
    body = resnet18(weights=None, norm_layer=FrozenBatchNorm2d)
    backbone = _resnet_fpn_extractor(body, 3, returned_layers=[2, 3, 4], extra_blocks=LastLevelP6P7(256, 256))
    return RetinaNet(backbone, classes, min_size=320)


def median(work, seconds):
    for _ in range(2):
        work()
    times = []
    end = time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def inference(name, seconds):
    if name == "retinanet-resnet18":
        model = detector(91).eval()
        image = torch.randn(1, 3, 320, 448)

        def forward(model, image):
            features = list(model.backbone(image).values())
            return model.head(features)
    else:
        model = {"resnet18": resnet18, "resnet50": resnet50}[name](weights=None).eval()
        image = torch.randn(1, 3, 224, 224)

        def forward(model, image):
            return model(image)

    best = float("inf")
    with torch.inference_mode():
        for layout in (torch.contiguous_format, torch.channels_last):
            model = model.to(memory_format=layout)
            picture = image.to(memory_format=layout)
            best = min(best, median(lambda: forward(model, picture), seconds))
    return best


def training(frozen, seconds):
    model = detector(4).train()
    if frozen:
        for parameter in model.backbone.body.parameters():
            parameter.requires_grad_(False)
    images = [torch.rand(3, 480, 640) for _ in range(4)]
    targets = []
    for k in range(4):
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

    return median(step, seconds)


def ours(program, suite, name, seconds):
    command = [program, suite, "--only", name, "--threads", "2", "--seconds", str(seconds), "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)[0]["medianMilliseconds"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2)
    options = parser.parse_args()
    torch.set_num_threads(2)
    work = [("networks", name, lambda s, name=name: inference(name, s)) for name in
            ("resnet18", "resnet50", "retinanet-resnet18")]
    work += [("training", "retinanet-resnet18", lambda s: training(False, s)),
             ("training", "retinanet-resnet18-frozen", lambda s: training(True, s))]
    print(json.dumps(formula.versions()))
    for suite, name, peer in work:
        pairs = [(ours(options.program, suite, name, options.seconds), peer(options.seconds))
                 for _ in range(options.rounds)]
        mine, theirs = (statistics.median(column) for column in zip(*pairs))
        ratio = statistics.median(b / a for a, b in pairs)
        print(f"{suite:9} {name:26} ours {mine:8.1f} ms   torch {theirs:8.1f} ms   {ratio:.2f}x", flush=True)


if __name__ == "__main__":
    main()
