"""A ResNet-18 fine-tuned by torch on the boxes of a detection dataset, with the recipe of `needletail classify train --crops`.

    needletail classify train BCCD --crops --weights resnet18.pth --size 64 --output run
    python classification.py BCCD run --weights resnet18.pth --size 64

Both measure on the same boxes: those of the run's validation.csv. Pictures are stretched to the input, mirrored every other
time; SGD with Nesterov's momentum, weight decay on kernels alone, half a cosine after a warm-up; `--frozen` trains the last
layer alone, with the running statistics of normalisation.
"""

import argparse
import csv
import json
import math
import os
import time
import xml.etree.ElementTree as tree

import numpy
import torch
import torchvision
from PIL import Image


def voc(folder):
    """The boxes of a Pascal VOC folder: `(file, number, path, box, class)`."""
    annotations = os.path.join(folder, "Annotations")
    for name in sorted(os.listdir(annotations)):
        root = tree.parse(os.path.join(annotations, name)).getroot()
        path = os.path.join(folder, "JPEGImages", os.path.splitext(name)[0] + ".jpg")
        size = [int(root.find("size").find(side).text) for side in ("width", "height")]
        boxes = []
        for item in root.iter("object"):
            x1, y1, x2, y2 = (float(item.find("bndbox").find(side).text) for side in ("xmin", "ymin", "xmax", "ymax"))
            boxes.append((item.find("name").text, (x1 - 1, y1 - 1, x2, y2)))
        yield from usable(os.path.basename(path), path, size, boxes)


def coco(file):
    """The boxes of a COCO file with its images beside it."""
    content = json.load(open(file))
    names = {item["id"]: item["name"] for item in content["categories"]}
    boxes = {}
    for item in content["annotations"]:
        if not item.get("iscrowd"):
            x, y, width, height = item["bbox"]
            boxes.setdefault(item["image_id"], []).append((names[item["category_id"]], (x, y, x + width, y + height)))
    for image in content["images"]:
        path = os.path.join(os.path.dirname(file), "images", image["file_name"])
        yield from usable(image["file_name"], path, (image["width"], image["height"]), boxes.get(image["id"], []))


def usable(name, path, size, boxes):
    number = 0
    for label, (x1, y1, x2, y2) in boxes:
        x1, y1, x2, y2 = max(x1, 0), max(y1, 0), min(x2, size[0]), min(y2, size[1])
        if x2 - x1 > 1 and y2 - y1 > 1:
            number += 1
            yield f"{name} box {number}", path, (math.floor(x1), math.floor(y1), math.ceil(x2), math.ceil(y2)), label


def load(items, size, classes):
    mean = numpy.array([0.485, 0.456, 0.406], numpy.float32)
    deviation = numpy.array([0.229, 0.224, 0.225], numpy.float32)
    pixels = numpy.empty((len(items), 3, size, size), numpy.float32)
    photographs = {}
    for row, (_, path, box, _) in enumerate(items):
        if path not in photographs:
            photographs = {path: Image.open(path).convert("RGB")}
        crop = photographs[path].crop(box).resize((size, size), Image.BILINEAR)
        pixels[row] = ((numpy.asarray(crop, numpy.float32) / 255 - mean) / deviation).transpose(2, 0, 1)
    return torch.from_numpy(pixels), torch.tensor([classes.index(item[3]) for item in items])


def measure(model, pixels, labels, count):
    model.eval()
    with torch.no_grad():
        predicted = torch.cat([model(part).argmax(1) for part in pixels.split(64)])
    recalls = [(predicted[labels == k] == k).float().mean().item() for k in range(count) if (labels == k).any()]
    f1 = []
    for k in range(count):
        right, there, said = ((predicted == k) & (labels == k)).sum(), (labels == k).sum(), (predicted == k).sum()
        if there + said > 0:
            f1.append((2 * right / (there + said)).item())
    return (predicted == labels).float().mean().item(), sum(recalls) / len(recalls), sum(f1) / len(f1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset")
    parser.add_argument("run")
    parser.add_argument("--weights", required=True)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=0.0025)
    parser.add_argument("--frozen", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)

    items = list(voc(options.dataset) if os.path.isdir(options.dataset) else coco(options.dataset))
    with open(os.path.join(options.run, "validation.csv")) as file:
        held_out = {row["file"] for row in csv.DictReader(file)}
    classes = sorted({item[3] for item in items if item[0] not in held_out})
    train = [item for item in items if item[0] not in held_out]
    listed = os.path.join(options.dataset, "ImageSets", "Main", "train.txt")
    if os.path.exists(listed):
        names = {f"{line.split()[0]}.jpg" for line in open(listed) if line.strip()}
        train = [item for item in train if os.path.basename(item[1]) in names]
    test = [item for item in items if item[0] in held_out and item[3] in classes]
    pixels, labels = load(train, options.size, classes)
    test_pixels, test_labels = load(test, options.size, classes)

    model = torchvision.models.resnet18()
    model.load_state_dict(torch.load(options.weights, weights_only=True))
    model.fc = torch.nn.Linear(512, len(classes))
    if options.frozen:
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(name.startswith("fc."))
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.SGD(
        [{"params": [p for p in trained if p.ndim > 1], "weight_decay": 5e-4}, {"params": [p for p in trained if p.ndim == 1]}],
        lr=options.rate, momentum=0.9, nesterov=True)
    steps = math.ceil(len(train) / options.batch) * options.epochs
    warm_up = min(100, steps // 10)

    def factor(step):
        rise = 0.001 + (1 - 0.001) * step / warm_up if step < warm_up else 1
        return rise * (1 + math.cos(math.pi * step / steps)) / 2

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    print(f"torch {torch.__version__}: {len(train)} boxes of {len(classes)} classes to train on, {len(test)} to measure on")
    for epoch in range(options.epochs):
        start = time.time()
        model.train(not options.frozen)
        for rows in torch.randperm(len(train)).split(options.batch):
            batch = pixels[rows]
            mirrored = torch.rand(len(rows)) < 0.5
            batch[mirrored] = batch[mirrored].flip(3)
            loss = torch.nn.functional.cross_entropy(model(batch), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        seconds = time.time() - start
        accuracy, balanced, f1 = measure(model, test_pixels, test_labels, len(classes))
        print(f"epoch {epoch + 1}: accuracy {accuracy:.4f}, balanced {balanced:.4f}, F1 {f1:.4f}, {seconds:.1f} s")


if __name__ == "__main__":
    main()
