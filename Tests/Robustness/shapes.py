"""Parts of the dataset in datasets/shapes, for programs that try to break what reads them."""

import json
import pathlib
import shutil

PACKAGE = pathlib.Path(__file__).resolve().parents[2]
SOURCE = PACKAGE / "datasets/shapes"


def excerpt(folder, split, count, images="images"):
    """Writes the first images with boxes of a split to `folder`, and returns the dataset."""
    dataset = json.loads((SOURCE / f"{split}.json").read_text())
    used = {annotation["image_id"] for annotation in dataset["annotations"]}
    dataset["images"] = [image for image in dataset["images"] if image["id"] in used][:count]
    kept = {image["id"] for image in dataset["images"]}
    dataset["annotations"] = [a for a in dataset["annotations"] if a["image_id"] in kept]
    (folder / images).mkdir(parents=True, exist_ok=True)
    for image in dataset["images"]:
        shutil.copy(SOURCE / "images" / image["file_name"], folder / images)
    (folder / f"{split}.json").write_text(json.dumps(dataset))
    return dataset


def content(folder):
    """The bytes of all files, by their names."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
