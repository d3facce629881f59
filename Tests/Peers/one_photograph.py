"""What a script with torchvision does to one photograph: `python one_photograph.py STATE PHOTOGRAPH PICTURE`.

Loads a RetinaNet on ResNet-18 with three classes, detects at 320 pixels, and writes the photograph with boxes as PNG.
STATE is a state dict, made when it is not there yet.
"""

import os
import sys

import torch
from torchvision.io import ImageReadMode, decode_image, write_png
from torchvision.utils import draw_bounding_boxes

import models

state, photograph, picture = sys.argv[1:]
torch.set_num_threads(2)
if not os.path.exists(state):
    torch.save(models.detector(4).state_dict(), state)
model = models.detector(4).eval()
model.load_state_dict(torch.load(state, weights_only=True))
image = decode_image(photograph, ImageReadMode.RGB)
with torch.inference_mode():
    found = model([image.float() / 255])[0]
keep = found["scores"] > 0.5
write_png(draw_bounding_boxes(image, found["boxes"][keep]), picture)
