"""Writes a RetinaNet ResNet-50 FPN checkpoint as torchvision would, with pictures and torchvision's detections in them.

    python make_retinanet_checkpoint.py OUT

OUT/retinanet_resnet50_fpn.pth   zip-format state dict, 91 classes, torchvision's names, formula weights (130 MB)
OUT/image0.png, image1.png       formula images
OUT/detections.json              for every case the boxes (xyxy, pixels of the picture), scores and labels

A case is a value of min_size and an eps of the frozen batch normalisation: 1e-5 as the layer is made, 0 as torchvision
sets it after loading its own published COCO weights.
"""

import json
import os
import sys

import torch
from PIL import Image
from torchvision.models.detection import RetinaNet
from torchvision.models.detection._utils import overwrite_eps
from torchvision.models.detection.backbone_utils import _resnet_fpn_extractor
from torchvision.models.resnet import resnet50
from torchvision.ops.feature_pyramid_network import LastLevelP6P7
from torchvision.ops.misc import FrozenBatchNorm2d
from torchvision.transforms.functional import to_tensor

import formula

IMAGES = [("image0", 300, 400), ("image1", 333, 250)]
# Puts some tens of detections above the threshold of 0.05.
CLASSIFICATION_BIAS = -3.8


def main(out):
    os.makedirs(out, exist_ok=True)
    torch.manual_seed(0)
    body = resnet50(weights=None, norm_layer=FrozenBatchNorm2d)
    backbone = _resnet_fpn_extractor(body, 3, returned_layers=[2, 3, 4], extra_blocks=LastLevelP6P7(256, 256))
    model = formula.fill(RetinaNet(backbone, 91), CLASSIFICATION_BIAS).eval()
    assert sum(p.numel() for p in model.parameters()) + sum(b.numel() for b in model.buffers()) > 34_000_000
    torch.save(model.state_dict(), f"{out}/retinanet_resnet50_fpn.pth")
    state = torch.load(f"{out}/retinanet_resnet50_fpn.pth", weights_only=True)
    model.load_state_dict(state)

    for name, height, width in IMAGES:
        Image.fromarray(formula.image(name, height, width)).save(f"{out}/{name}.png")
    pictures = [to_tensor(Image.open(f"{out}/{name}.png")) for name, _, _ in IMAGES]
    cases = []
    for min_size in (800, 320):
        for eps in (1e-5, 0.0):
            overwrite_eps(model, eps)
            model.transform.min_size = (min_size,)
            case = {"min_size": min_size, "max_size": 1333, "batch_norm_eps": eps, "images": {}}
            for (name, _, _), picture in zip(IMAGES, pictures):
                with torch.no_grad():
                    found = model([picture])[0]
                case["images"][name + ".png"] = {k: formula.numbers(v) for k, v in found.items()}
                scores = found["scores"]
                gap = (scores[:-1] - scores[1:]).min().item() if len(scores) > 1 else None
                print(min_size, eps, name, len(scores), scores[:1].tolist(), "least score gap", gap)
            cases.append(case)
    with open(f"{out}/detections.json", "w") as file:
        json.dump({"versions": formula.versions(), "classification_bias": CLASSIFICATION_BIAS, "cases": cases}, file)


if __name__ == "__main__":
    main(sys.argv[1])
