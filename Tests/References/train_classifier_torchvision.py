"""Fine-tunes torchvision's ResNet-18 on the boxes of a COCO dataset, cut out, as the accuracy for `classify train` to match.

Crops are stretched to a square, normalised as for ImageNet, and mirrored every other time. SGD with Nesterov's momentum,
decay of kernels alone, linear warm-up over a tenth of the steps and at most 100, then half a cosine to nothing, gradient norm
clipped at 10; batch normalisation is trained. With --frozen the last layer alone is trained, on what the others compute of
the crops as they stand.

    python train_classifier_torchvision.py --images FOLDER --train train.json --val val.json --weights resnet18.pth \
        --size 64 --epochs 8 [--frozen]

Versions: torch 2.15.0, torchvision 0.29.2, numpy 2.4.6, Pillow 13.0.0.
"""

import argparse
import json
import math
import os
import time

import numpy
import torch
import torchvision
from PIL import Image

MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def crops(annotations, folder, size):
    """All boxes with an area, as a tensor [n, 3, size, size] of normalised pixels, and the names of their classes."""
    with open(annotations) as file:
        document = json.load(file)
    images = {image["id"]: image for image in document["images"]}
    names = {category["id"]: category["name"] for category in document["categories"]}
    pixels, labels, opened = [], [], {}
    for annotation in sorted(document["annotations"], key=lambda a: a["image_id"]):
        left, top, width, height = annotation["bbox"]
        if annotation.get("iscrowd") or width <= 1 or height <= 1:
            continue
        number = annotation["image_id"]
        if number not in opened:
            opened = {number: Image.open(os.path.join(folder, images[number]["file_name"])).convert("RGB")}
        picture = opened[number]
        corners = (
            max(math.floor(left), 0), max(math.floor(top), 0),
            min(math.ceil(left + width), picture.width), min(math.ceil(top + height), picture.height))
        if corners[2] <= corners[0] or corners[3] <= corners[1]:
            continue
        crop = picture.crop(corners).resize((size, size), Image.BILINEAR)
        pixels.append(torch.from_numpy(numpy.array(crop)).permute(2, 0, 1))
        labels.append(names[annotation["category_id"]])
    values = torch.stack(pixels).float() / 255
    mean, deviation = torch.tensor(MEAN).view(3, 1, 1), torch.tensor(DEVIATION).view(3, 1, 1)
    return (values - mean) / deviation, labels


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", required=True)
    parser.add_argument("--train", required=True)
    parser.add_argument("--val", required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--lr", type=float, default=0.0025)
    parser.add_argument("--frozen", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)

    inputs, labels = crops(options.train, options.images, options.size)
    others, other_labels = crops(options.val, options.images, options.size)
    classes = sorted(set(labels))
    targets = torch.tensor([classes.index(label) for label in labels])
    known = [index for index, label in enumerate(other_labels) if label in classes]
    others, wanted = others[known], torch.tensor([classes.index(other_labels[index]) for index in known])
    print(f"{len(inputs)} crops of {len(classes)} classes to train on, {len(others)} to measure on")

    network = torchvision.models.resnet18()
    network.load_state_dict(torch.load(options.weights, map_location="cpu", weights_only=True))
    network.fc = torch.nn.Linear(network.fc.in_features, len(classes))
    began = time.perf_counter()
    trained = network
    if options.frozen:
        trained, network.fc = network.fc, torch.nn.Identity()
        network.eval()
        with torch.no_grad():
            inputs = torch.cat([network(part) for part in inputs.split(options.batch)])
            others = torch.cat([network(part) for part in others.split(options.batch)])
    kernels = [p for p in trained.parameters() if p.dim() > 1]
    rest = [p for p in trained.parameters() if p.dim() <= 1]
    optimizer = torch.optim.SGD(
        [{"params": kernels, "weight_decay": 5e-4}, {"params": rest}], lr=options.lr, momentum=0.9, nesterov=True)
    steps = math.ceil(len(inputs) / options.batch) * options.epochs
    warm_up = min(100, steps // 10)

    def factor(step):
        rise = (step + 1) / warm_up if step < warm_up else 1
        return rise * (1 + math.cos(math.pi * step / steps)) / 2

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    for epoch in range(options.epochs):
        trained.train()
        losses = []
        for rows in torch.randperm(len(inputs)).split(options.batch):
            part = inputs[rows]
            if not options.frozen:
                part = torch.where(torch.rand(len(part), 1, 1, 1) < 0.5, part.flip(3), part)
            loss = torch.nn.functional.cross_entropy(trained(part), targets[rows])
            losses.append(loss.item())
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained.parameters(), 10)
            optimizer.step()
            schedule.step()
        trained.eval()
        with torch.no_grad():
            found = torch.cat([trained(part).argmax(1) for part in others.split(options.batch)])
        accuracy = (found == wanted).float().mean().item()
        print(f"epoch {epoch + 1}: loss {sum(losses) / len(losses):.3f}, accuracy {accuracy:.4f}, {time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
