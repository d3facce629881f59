"""Writes what the measurements read into FOLDER: photographs, ONNX files, and a YOLOX as its authors save one."""

import os
import sys

import cv2
import numpy
import torch

import models

folder = sys.argv[1]
random = numpy.random.default_rng(0)
for number in range(12):
    # Soft shapes under the grain of a sensor: the bytes of a photograph, about 90 KB at this quality.
    coarse = random.integers(0, 256, (12, 16, 3), dtype=numpy.uint8)
    picture = cv2.resize(coarse, (640, 480), interpolation=cv2.INTER_CUBIC).astype(numpy.int16)
    picture += random.normal(0, 8, picture.shape).astype(numpy.int16)
    path = os.path.join(folder, "images", f"{number:02}.jpg")
    cv2.imwrite(path, picture.clip(0, 255).astype(numpy.uint8), [cv2.IMWRITE_JPEG_QUALITY, 90])
for name in models.INPUTS:
    models.onnx_file(name, folder)
torch.save({"model": models.network("yolox-nano").state_dict()}, os.path.join(folder, "yolox-nano.pth"))
