"""The networks that are timed, as torchvision and YOLOX's package have them, and their ONNX form. Weights are random but
fixed."""

import os

import torch
from torchvision.models import resnet18, resnet50
from torchvision.models.detection import RetinaNet, ssd300_vgg16, ssdlite320_mobilenet_v3_large
from torchvision.models.detection.backbone_utils import _resnet_fpn_extractor
from torchvision.ops.feature_pyramid_network import LastLevelP6P7
from torchvision.ops.misc import FrozenBatchNorm2d
from yolox.models.yolo_head import YoloxHead
from yolox.models.yolo_pafpn import YoloPafpn
from yolox.models.yolox import YoloxModule

import classifiers

#: name: the input's shape
INPUTS = {
    "resnet18": (1, 3, 224, 224),
    "resnet50": (1, 3, 224, 224),
    "retinanet-resnet18": (1, 3, 320, 448),
    "ssd300-vgg16": (1, 3, 300, 300),
    "ssdlite320-mobilenet-v3-large": (1, 3, 320, 320),
    "yolox-nano": (1, 3, 416, 416),
    "yolox-s": (1, 3, 640, 640),
}
#: name: width, and whether filters run on each channel alone
YOLOX = {"yolox-nano": (0.25, True), "yolox-s": (0.5, False)}
SSD = {"ssd300-vgg16": ssd300_vgg16, "ssdlite320-mobilenet-v3-large": ssdlite320_mobilenet_v3_large}
INPUTS |= classifiers.INPUTS


def detector(classes, **options):
    """RetinaNet on ResNet-18 with the pyramid P3 to P7, as torchvision builds it on ResNet-50."""
    body = resnet18(weights=None, norm_layer=FrozenBatchNorm2d)
    backbone = _resnet_fpn_extractor(body, 3, returned_layers=[2, 3, 4], extra_blocks=LastLevelP6P7(256, 256))
    return RetinaNet(backbone, classes, min_size=320, **options)


class DetectorNetwork(torch.nn.Module):
    """The part of a detector that is a network: from the input tensor to logits and box offsets of all anchors."""

    def __init__(self, model):
        super().__init__()
        self.backbone, self.head = model.backbone, model.head

    def forward(self, image):
        outputs = self.head(list(self.backbone(image).values()))
        return outputs["cls_logits"], outputs["bbox_regression"]


def yolox(name, classes):
    width, depthwise = YOLOX[name]
    model = YoloxModule(
        YoloPafpn(0.33, width, depthwise=depthwise), YoloxHead(classes, width, depthwise=depthwise))
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eps, module.momentum = 1e-3, 0.03
    model.head.initialize_biases(1e-2)
    # What the published export does: boxes are made outside of the network.
    model.head.decode_in_inference = False
    return model


def network(name):
    torch.manual_seed(0)
    if name in classifiers.INPUTS:
        return classifiers.network(name).eval()
    if name == "retinanet-resnet18":
        return DetectorNetwork(detector(91)).eval()
    if name in SSD:
        return DetectorNetwork(SSD[name](weights=None, weights_backbone=None, num_classes=91)).eval()
    if name in YOLOX:
        return yolox(name, 80).eval()
    return {"resnet18": resnet18, "resnet50": resnet50}[name](weights=None).eval()


def onnx_file(name, folder):
    """The path of the network's ONNX form, which is made when it is not there yet."""
    path = os.path.join(folder, name + ".onnx")
    if not os.path.exists(path):
        example = torch.zeros(INPUTS[name])
        torch.onnx.export(network(name), (example,), path, input_names=["image"], opset_version=17, dynamo=False)
    return path
