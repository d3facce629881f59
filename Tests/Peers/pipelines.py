"""From a folder's JPEG files to detections, in a process of its own: `python pipelines.py PEER DETECTOR IMAGES FOLDER SECONDS`.

retinanet-resnet18 with 91 classes, the shorter side at 320 pixels, or yolox-nano with 80, in a square of 416; random weights,
two threads. FOLDER holds the network's ONNX form. Prints the median of a pass over all files, in milliseconds an image.

The pipeline with ONNX Runtime is what its users write: OpenCV reads and resizes, NumPy normalises and picks scores.
"""

import glob
import sys

import numpy

from timing import median

MEAN = numpy.array([0.485, 0.456, 0.406], numpy.float32)
DEVIATION = numpy.array([0.229, 0.224, 0.225], numpy.float32)


def torchvision_pass(files, folder):
    import torch
    from torchvision.io import ImageReadMode, decode_image

    import models

    torch.set_num_threads(2)
    torch.manual_seed(0)
    model = models.detector(91).eval()

    def run():
        with torch.inference_mode():
            for file in files:
                model([decode_image(file, ImageReadMode.RGB).float() / 255])

    return run


def session(name, folder):
    import cv2
    import onnxruntime

    cv2.setNumThreads(2)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    return onnxruntime.InferenceSession(f"{folder}/{name}.onnx", options)


def yolox_function(folder):
    """A function from a file to its picture with boxes, scores and labels, as YOLOX's own demonstration does it."""
    import cv2

    network = session("yolox-nano", folder)
    sides = [(416 // stride, stride) for stride in (8, 16, 32)]
    grid = numpy.concatenate([
        numpy.stack(numpy.meshgrid(numpy.arange(side), numpy.arange(side)), 2).reshape(-1, 2) for side, _ in sides])
    strides = numpy.concatenate([numpy.full((side * side, 1), stride) for side, stride in sides])

    def detect(file):
        image = cv2.imread(file)
        scale = min(416 / side for side in image.shape[:2])
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        padded = numpy.full((416, 416, 3), 114, numpy.uint8)
        padded[: small.shape[0], : small.shape[1]] = small
        outputs = network.run(None, {"image": padded.transpose(2, 0, 1)[None].astype(numpy.float32)})[0][0]
        all_scores = outputs[:, 4:5] * outputs[:, 5:]
        labels = all_scores.argmax(1)
        scores = all_scores[numpy.arange(len(labels)), labels]
        keep = scores > 0.01
        centers = (outputs[keep, :2] + grid[keep]) * strides[keep]
        sizes = numpy.exp(outputs[keep, 2:4]) * strides[keep]
        boxes = numpy.concatenate([centers - sizes / 2, sizes], 1) / scale
        kept = cv2.dnn.NMSBoxesBatched(boxes.tolist(), scores[keep].tolist(), labels[keep].tolist(), 0.01, 0.65)
        kept = numpy.asarray(kept, int)
        return image, boxes[kept], scores[keep][kept], labels[keep][kept]

    return detect


def yolox_pass(files, folder):
    detect = yolox_function(folder)

    def run():
        for file in files:
            detect(file)

    return run


def onnxruntime_pass(files, folder):
    import cv2
    import torch
    from torchvision.ops import batched_nms

    network = session("retinanet-resnet18", folder)

    def run():
        for file in files:
            image = cv2.cvtColor(cv2.imread(file), cv2.COLOR_BGR2RGB)
            scale = 320 / min(image.shape[:2])
            small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
            padded = numpy.zeros((1, 3, 320, 448), numpy.float32)
            normal = (small.astype(numpy.float32) / 255 - MEAN) / DEVIATION
            padded[0, :, : small.shape[0], : small.shape[1]] = normal.transpose(2, 0, 1)
            logits, offsets = network.run(None, {"image": padded})
            scores = 1 / (1 + numpy.exp(-logits[0]))
            anchors, labels = numpy.nonzero(scores > 0.05)
            boxes = offsets[0, anchors]
            batched_nms(
                torch.from_numpy(boxes), torch.from_numpy(scores[anchors, labels]), torch.from_numpy(labels), 0.5)

    return run


PEERS = {
    ("torchvision", "retinanet-resnet18"): torchvision_pass, ("ONNX Runtime", "retinanet-resnet18"): onnxruntime_pass,
    ("ONNX Runtime", "yolox-nano"): yolox_pass,
}

if __name__ == "__main__":
    peer, detector, images, folder, seconds = sys.argv[1:]
    paths = sorted(glob.glob(images + "/*.jpg"))
    print(median(PEERS[peer, detector](paths, folder), float(seconds), warm_ups=1, least=3) / len(paths))
