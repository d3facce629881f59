"""Fine-tunes torchvision's RetinaNet (ResNet body, FPN, v1 head) on a COCO dataset, as the accuracy to match.

FrozenBatchNorm2d (eps 1e-5), the three upper stages of the body trainable, P6 from P5, focal loss and L1. SGD with
momentum, linear warm-up from lr/1000, gradient norm clipped, horizontal flip with probability one half, learning rate
times 0.1 at 2/3 and at 9/10 of the epochs (rounded to whole epochs), last batch of an epoch kept even when smaller.
After each epoch the validation images are detected and scored by pycocotools, and a line is added to OUT/curve.csv.
With --test other images are scored too, once, by the network of the last epoch.

    python voc_to_coco.py VOC_FOLDER WORK
    python train_torchvision.py --images VOC_FOLDER/JPEGImages --train WORK/train.json --val WORK/val.json \
        --weights resnet18.pth --out WORK/seed0 --seed 0
"""

import argparse
import contextlib
import csv
import io
import json
import os
import time

import numpy
import PIL
import pycocotools
import torch
import torchvision
from PIL import Image
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from torchvision.models import resnet
from torchvision.models.detection import RetinaNet
from torchvision.models.detection.backbone_utils import _resnet_fpn_extractor
from torchvision.ops.feature_pyramid_network import LastLevelP6P7
from torchvision.ops.misc import FrozenBatchNorm2d


class Dataset:
    """The images and boxes of a COCO file; decoded images stay in memory as bytes."""

    def __init__(self, annotations, images):
        with contextlib.redirect_stdout(io.StringIO()):
            self.coco = COCO(annotations)
        self.folder = images
        self.categories = sorted(self.coco.cats)
        self.labels = {category: index + 1 for index, category in enumerate(self.categories)}
        self.ids = sorted(self.coco.imgs)
        self.decoded = {}

    def image(self, image_id):
        if image_id not in self.decoded:
            path = os.path.join(self.folder, self.coco.imgs[image_id]["file_name"])
            with Image.open(path) as image:
                self.decoded[image_id] = torch.from_numpy(numpy.array(image.convert("RGB"))).permute(2, 0, 1)
        return self.decoded[image_id].float() / 255

    def target(self, image_id):
        info = self.coco.imgs[image_id]
        boxes, labels = [], []
        for annotation in self.coco.imgToAnns[image_id]:
            if annotation.get("iscrowd"):
                continue
            x, y, width, height = annotation["bbox"]
            x1, y1 = max(x, 0), max(y, 0)
            x2, y2 = min(x + width, info["width"]), min(y + height, info["height"])
            if x2 > x1 and y2 > y1:
                boxes.append([x1, y1, x2, y2])
                labels.append(self.labels[annotation["category_id"]])
        return {
            "boxes": torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4),
            "labels": torch.tensor(labels, dtype=torch.int64),
        }


def make_model(arguments, classes):
    body = getattr(resnet, arguments.body)(weights=None, norm_layer=FrozenBatchNorm2d)
    state = torch.load(arguments.weights, map_location="cpu", weights_only=True)
    state.pop("fc.weight", None)
    state.pop("fc.bias", None)
    missing, unexpected = body.load_state_dict(state, strict=False)
    assert sorted(missing) == ["fc.bias", "fc.weight"] and not unexpected, (missing, unexpected)
    backbone = _resnet_fpn_extractor(
        body, arguments.trainable_layers, returned_layers=[2, 3, 4], extra_blocks=LastLevelP6P7(256, 256))
    return RetinaNet(backbone, classes + 1, min_size=arguments.min_size, max_size=arguments.max_size)


def flip(image, target):
    boxes = target["boxes"].clone()
    boxes[:, [0, 2]] = image.shape[-1] - target["boxes"][:, [2, 0]]
    return image.flip(-1), {**target, "boxes": boxes}


def learning_rate(arguments, iteration, epoch):
    rate = arguments.lr
    for part in (2 / 3, 9 / 10):
        if epoch >= round(arguments.epochs * part):
            rate *= 0.1
    if iteration < arguments.warmup:
        start = 1 / 1000
        rate *= start + (1 - start) * iteration / arguments.warmup
    return rate


def train_epoch(model, data, optimizer, generator, arguments, epoch, iteration):
    model.train()
    order = torch.randperm(len(data.ids), generator=generator).tolist()
    totals = numpy.zeros(3)
    batches = 0
    start = time.perf_counter()
    for first in range(0, len(order), arguments.batch):
        images, targets = [], []
        for index in order[first:first + arguments.batch]:
            image, target = data.image(data.ids[index]), data.target(data.ids[index])
            if torch.rand((), generator=generator) < 0.5:
                image, target = flip(image, target)
            images.append(image)
            targets.append(target)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(arguments, iteration, epoch)
        losses = model(images, targets)
        loss = sum(losses.values())
        if not torch.isfinite(loss):
            raise SystemExit(f"the loss is {loss.item()} at iteration {iteration}")
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], arguments.clip)
        optimizer.step()
        totals += [loss.item(), losses["classification"].item(), losses["bbox_regression"].item()]
        batches += 1
        iteration += 1
        if iteration % 20 == 0:
            print(f"  iteration {iteration} loss {loss.item():.4f}", flush=True)
    return totals / batches, time.perf_counter() - start, iteration


@torch.inference_mode()
def detect(model, data):
    model.eval()
    results = []
    seconds = 0.0
    for image_id in data.ids:
        image = data.image(image_id)
        start = time.perf_counter()
        detections = model([image])[0]
        seconds += time.perf_counter() - start
        boxes = detections["boxes"].double()
        boxes[:, 2:] -= boxes[:, :2]
        for box, score, label in zip(boxes.tolist(), detections["scores"].tolist(), detections["labels"].tolist()):
            if 1 <= label <= len(data.categories):
                results.append({
                    "image_id": image_id, "category_id": data.categories[label - 1], "bbox": box, "score": score})
    return results, seconds / len(data.ids)


def score(data, results):
    if not results:
        return [0.0] * 3, {}
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(data.coco, data.coco.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    by_class = {}
    for index, category in enumerate(data.categories):
        precision = evaluation.eval["precision"][:, :, index, 0, 2]
        precision = precision[precision > -1]
        by_class[data.coco.cats[category]["name"]] = float(precision.mean()) if precision.size else None
    return [float(value) for value in evaluation.stats[:3]], by_class


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", required=True)
    parser.add_argument("--train", required=True)
    parser.add_argument("--val", required=True)
    parser.add_argument("--val-images", help="default: the same folder as --images")
    parser.add_argument("--test", help="annotations of images in the folder of --val, scored after the last epoch")
    parser.add_argument("--validate-from", type=int, default=1, metavar="EPOCH", help="skip validation before it")
    parser.add_argument("--weights", required=True, help="classification weights of the body, torchvision's names")
    parser.add_argument("--out", required=True)
    parser.add_argument("--body", default="resnet18")
    parser.add_argument("--trainable-layers", type=int, default=3)
    parser.add_argument("--min-size", type=int, default=320)
    parser.add_argument("--max-size", type=int, default=1333)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--lr", type=float, default=0.005)
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--weight-decay", type=float, default=1e-4)
    parser.add_argument("--warmup", type=int, default=200)
    parser.add_argument("--clip", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    os.makedirs(arguments.out, exist_ok=True)
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    generator = torch.Generator().manual_seed(arguments.seed)

    train = Dataset(arguments.train, arguments.images)
    val = Dataset(arguments.val, arguments.val_images or arguments.images)
    model = make_model(arguments, len(train.categories))
    optimizer = torch.optim.SGD(
        [p for p in model.parameters() if p.requires_grad],
        lr=arguments.lr, momentum=arguments.momentum, weight_decay=arguments.weight_decay)
    versions = {
        "torch": torch.__version__, "torchvision": torchvision.__version__, "numpy": numpy.__version__,
        "pillow": PIL.__version__, "pycocotools": getattr(pycocotools, "__version__", "2.0.11"),
    }
    # File names only, so that the record does not depend on where the data was.
    recipe = {k: os.path.basename(v) if isinstance(v, str) else v for k, v in vars(arguments).items()}
    record = {"versions": versions, "recipe": recipe, "epochs": []}

    columns = ["epoch", "loss", "AP", "AP50", "AP75", "train_seconds", "detect_seconds_per_image",
               "loss_classification", "loss_box", "learning_rate"]
    with open(os.path.join(arguments.out, "curve.csv"), "w", newline="") as file:
        csv.writer(file).writerow(columns)
    iteration = 0
    for epoch in range(arguments.epochs):
        losses, seconds, iteration = train_epoch(model, train, optimizer, generator, arguments, epoch, iteration)
        if epoch + 1 < arguments.validate_from:
            print(f"epoch {epoch + 1}: loss {losses[0]:.4f} in {seconds:.1f} s", flush=True)
            continue
        results, per_image = detect(model, val)
        (ap, ap50, ap75), by_class = score(val, results)
        rate = learning_rate(arguments, iteration, epoch)
        row = [epoch + 1, *(f"{v:.5f}" for v in (losses[0], ap, ap50, ap75)), f"{seconds:.1f}", f"{per_image:.4f}",
               f"{losses[1]:.5f}", f"{losses[2]:.5f}", f"{rate:g}"]
        with open(os.path.join(arguments.out, "curve.csv"), "a", newline="") as file:
            csv.writer(file).writerow(row)
        record["epochs"].append({**dict(zip(columns, map(float, row))), "AP_by_class": by_class})
        with open(os.path.join(arguments.out, "record.json"), "w") as file:
            json.dump(record, file, indent=1)
        print(f"epoch {epoch + 1}: loss {losses[0]:.4f} AP {ap:.4f} AP50 {ap50:.4f} AP75 {ap75:.4f} {by_class}", flush=True)
    if arguments.test:
        test = Dataset(arguments.test, arguments.val_images or arguments.images)
        (ap, ap50, ap75), by_class = score(test, detect(model, test)[0])
        record["test"] = {"AP": ap, "AP50": ap50, "AP75": ap75, "AP_by_class": by_class}
        with open(os.path.join(arguments.out, "record.json"), "w") as file:
            json.dump(record, file, indent=1)
        print(f"test: AP {ap:.4f} AP50 {ap50:.4f} AP75 {ap75:.4f} {by_class}", flush=True)
    torch.save(model.state_dict(), os.path.join(arguments.out, "final.pth"))
    with open(os.path.join(arguments.out, "detections.json"), "w") as file:
        json.dump(results, file)


if __name__ == "__main__":
    main()
