"""torchvision's non-maximum suppression of COUNT boxes: `python nms.py COUNT SECONDS`. Prints milliseconds."""

import sys

import torch
from torchvision.ops import nms

from timing import median

count, seconds = int(sys.argv[1]), float(sys.argv[2])
torch.set_num_threads(2)
torch.manual_seed(11)
side = 1000 * (count / 1000) ** 0.5
corner = torch.rand(count, 2) * side
boxes = torch.cat([corner, corner + 20 + torch.rand(count, 2) * 100], dim=1)
scores = torch.rand(count)
print(median(lambda: nms(boxes, scores, 0.5), seconds, warm_ups=1, least=3))
