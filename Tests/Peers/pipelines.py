"""From a folder's JPEG files to detections, in a process of its own: `python pipelines.py PEER IMAGES FOLDER SECONDS`.

RetinaNet on ResNet-18 with random weights and 91 classes, the shorter side at 320 pixels, two threads. FOLDER holds the
network's ONNX form. Prints the median of a pass over all files, in milliseconds an image.

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


def onnxruntime_pass(files, folder):
    import cv2
    import onnxruntime
    import torch
    from torchvision.ops import batched_nms

    cv2.setNumThreads(2)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(f"{folder}/retinanet-resnet18.onnx", options)

    def run():
        for file in files:
            image = cv2.cvtColor(cv2.imread(file), cv2.COLOR_BGR2RGB)
            scale = 320 / min(image.shape[:2])
            small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
            padded = numpy.zeros((1, 3, 320, 448), numpy.float32)
            normal = (small.astype(numpy.float32) / 255 - MEAN) / DEVIATION
            padded[0, :, : small.shape[0], : small.shape[1]] = normal.transpose(2, 0, 1)
            logits, offsets = session.run(None, {"image": padded})
            scores = 1 / (1 + numpy.exp(-logits[0]))
            anchors, labels = numpy.nonzero(scores > 0.05)
            boxes = offsets[0, anchors]
            batched_nms(
                torch.from_numpy(boxes), torch.from_numpy(scores[anchors, labels]), torch.from_numpy(labels), 0.5)

    return run


PEERS = {"torchvision": torchvision_pass, "ONNX Runtime": onnxruntime_pass}

if __name__ == "__main__":
    peer, images, folder, seconds = sys.argv[1:]
    paths = sorted(glob.glob(images + "/*.jpg"))
    print(median(PEERS[peer](paths, folder), float(seconds), warm_ups=1, least=3) / len(paths))
