"""Converts a Pascal VOC detection dataset (Annotations, ImageSets/Main, JPEGImages) to COCO JSON.

VOC boxes count pixels from 1 and include the last one, so x = xmin - 1, y = ymin - 1,
width = xmax - xmin + 1, height = ymax - ymin + 1, clamped to the image. Boxes with a width or a height of at most one
pixel are dropped and reported. Categories are numbered from 1 in alphabetical order over all the listed images.

    python voc_to_coco.py VOC_FOLDER OUT_FOLDER --sets train val
"""

import argparse
import json
import os
import xml.etree.ElementTree as ElementTree


def read(folder, name):
    root = ElementTree.parse(os.path.join(folder, "Annotations", name + ".xml")).getroot()
    size = root.find("size")
    width, height = int(size.findtext("width")), int(size.findtext("height"))
    objects = []
    for element in root.iter("object"):
        box = element.find("bndbox")
        corners = [int(float(box.findtext(key))) for key in ("xmin", "ymin", "xmax", "ymax")]
        objects.append((element.findtext("name"), corners))
    return width, height, objects


def convert(folder, sets):
    listed = {}
    for set_name in sets:
        with open(os.path.join(folder, "ImageSets", "Main", set_name + ".txt")) as file:
            listed[set_name] = [(name, *read(folder, name)) for name in file.read().split()]
    names = sorted({object_[0] for images in listed.values() for image in images for object_ in image[3]})
    category_ids = {name: index + 1 for index, name in enumerate(names)}
    for set_name, images in listed.items():
        coco = {
            "info": {"description": "Converted from Pascal VOC"},
            "images": [],
            "annotations": [],
            "categories": [{"id": i, "name": n, "supercategory": ""} for n, i in category_ids.items()],
        }
        skipped = []
        for image_id, (name, width, height, objects) in enumerate(images, 1):
            coco["images"].append({"id": image_id, "file_name": name + ".jpg", "width": width, "height": height})
            for category, (xmin, ymin, xmax, ymax) in objects:
                x1, y1 = min(max(xmin - 1, 0), width), min(max(ymin - 1, 0), height)
                x2, y2 = min(max(xmax, 0), width), min(max(ymax, 0), height)
                if x2 - x1 <= 1 or y2 - y1 <= 1:
                    skipped.append(f"{name} {category} [{xmin}, {ymin}, {xmax}, {ymax}]")
                    continue
                coco["annotations"].append({
                    "id": len(coco["annotations"]) + 1,
                    "image_id": image_id,
                    "category_id": category_ids[category],
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "area": (x2 - x1) * (y2 - y1),
                    "iscrowd": 0,
                })
        yield set_name, coco, skipped


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("voc", help="folder that holds Annotations, ImageSets and JPEGImages")
    parser.add_argument("out")
    parser.add_argument("--sets", nargs="+", default=["train", "val"])
    arguments = parser.parse_args()
    os.makedirs(arguments.out, exist_ok=True)
    for set_name, coco, skipped in convert(arguments.voc, arguments.sets):
        with open(os.path.join(arguments.out, set_name + ".json"), "w") as file:
            json.dump(coco, file)
        print(f"{set_name}: {len(coco['images'])} images, {len(coco['annotations'])} boxes, {len(skipped)} skipped")
        for line in skipped:
            print("  skipped", line)


if __name__ == "__main__":
    main()
