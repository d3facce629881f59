"""Writes bccd_digest.json: an independent conversion of the BCCD dataset (Pascal VOC) to COCO boxes, summed up.

Only the standard library is used. Each image gives [file name, width, height, boxes,
sum x, sum y, sum w, sum h, sum over objects of position (from 1) * category id * (x + 2y + 3w + 5h)],
the last one to notice boxes that are swapped. Coordinates: x = xmin - 1, w = xmax - xmin + 1.

usage: python3 make_bccd_digest.py path/to/BCCD > bccd_digest.json
"""
import json
import platform
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

root = Path(sys.argv[1])
documents = [ElementTree.parse(path).getroot() for path in sorted((root / "Annotations").glob("*.xml"))]
names = sorted({o.findtext("name") for d in documents for o in d.iter("object")})
counts = dict.fromkeys(names, 0)
images = []
for document in documents:
    sums = [0, 0, 0, 0, 0]
    objects = list(document.iter("object"))
    for position, o in enumerate(objects, 1):
        x1, y1, x2, y2 = (int(o.findtext("bndbox/" + k)) for k in ("xmin", "ymin", "xmax", "ymax"))
        x, y, w, h = x1 - 1, y1 - 1, x2 - x1 + 1, y2 - y1 + 1
        category = names.index(o.findtext("name")) + 1
        counts[o.findtext("name")] += 1
        for k, v in enumerate((x, y, w, h, position * category * (x + 2 * y + 3 * w + 5 * h))):
            sums[k] += v
    size = [int(document.findtext("size/" + k)) for k in ("width", "height")]
    images.append([document.findtext("filename"), *size, len(objects), *sums])
splits = {p.stem: len(p.read_text().split()) for p in sorted((root / "ImageSets/Main").glob("*.txt"))}
head = {"python": platform.python_version(), "categories": counts, "splits": splits}
print("{" + json.dumps(head)[1:-1] + ', "images": [')
print(",\n".join(json.dumps(i) for i in images))
print("]}")
