"""What a script with ONNX Runtime does to one photograph: `python one_photograph_onnx.py FOLDER PHOTOGRAPH PICTURE`.

Loads YOLOX-Nano from its ONNX form in FOLDER, detects at 416 pixels, and writes the photograph with boxes as PNG.
"""

import sys

import cv2

from pipelines import yolox_function

folder, photograph, picture = sys.argv[1:]
image, boxes, scores, labels = yolox_function(folder)(photograph)
for (x, y, width, height), score, label in zip(boxes, scores, labels):
    if score > 0.5:
        cv2.rectangle(image, (int(x), int(y)), (int(x + width), int(y + height)), (0, 0, 255), 2)
        cv2.putText(image, str(label), (int(x), int(y)), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 255))
cv2.imwrite(picture, image)
