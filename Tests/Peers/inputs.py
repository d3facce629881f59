"""From a JPEG file's bytes to a network's input on one thread: `python inputs.py PEER FILE SECONDS`.

The input is float32, normalised, its shorter side 320 pixels, bilinear without antialiasing. Prints milliseconds.
"""

import sys

import numpy

from timing import median

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def opencv(data):
    import cv2

    cv2.setNumThreads(1)
    buffer = numpy.frombuffer(data, numpy.uint8)
    scale = 1 / (255 * numpy.array(DEVIATION, numpy.float32))
    shift = numpy.array(MEAN, numpy.float32) / numpy.array(DEVIATION, numpy.float32)

    def run():
        image = cv2.imdecode(buffer, cv2.IMREAD_COLOR_RGB)
        factor = 320 / min(image.shape[:2])
        small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)
        return small * scale - shift

    return run


def torchvision(data):
    import torch
    from torchvision.io import ImageReadMode, decode_jpeg
    from torchvision.transforms.v2.functional import normalize, resize

    torch.set_num_threads(1)
    buffer = torch.frombuffer(bytearray(data), dtype=torch.uint8)

    def run():
        with torch.inference_mode():
            small = resize(decode_jpeg(buffer, ImageReadMode.RGB), [320], antialias=False)
            return normalize(small.float() / 255, MEAN, DEVIATION)

    return run


PEERS = {"OpenCV": opencv, "torchvision": torchvision}

if __name__ == "__main__":
    peer, file, seconds = sys.argv[1:]
    with open(file, "rb") as source:
        print(median(PEERS[peer](source.read()), float(seconds)))
