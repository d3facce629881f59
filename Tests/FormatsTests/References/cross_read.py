"""Checks that other tools read what Needletail writes as the same boxes, and the reverse.

    pip install -r Tests/FormatsTests/References/requirements.txt
    python Tests/FormatsTests/References/cross_read.py .build/release/needletail dataset.json images/

The dataset is a COCO file with its images. Boxes are compared image by image as sets of (class name, x, y, x2, y2),
rounded to a hundredth of a pixel unless a format or tool rounds more coarsely, which is said.
"""
import collections
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

NEEDLETAIL, SOURCE, IMAGES = sys.argv[1], sys.argv[2], str(pathlib.Path(sys.argv[3]).resolve())
SCRATCH = pathlib.Path(tempfile.mkdtemp())
FAILURES = []


def convert(source, target, *options):
    subprocess.run([NEEDLETAIL, "convert", str(source), str(target), "--quiet", "--no-sidecar", *options],
                   check=True, stdout=subprocess.DEVNULL)
    return target


def coco_boxes(path):
    data = json.load(open(path))
    names = {c["id"]: c["name"] for c in data["categories"]}
    images = {i["id"]: pathlib.PurePath(i["file_name"]).stem for i in data["images"]}
    boxes = {stem: [] for stem in images.values()}
    for a in data["annotations"]:
        x, y, w, h = a["bbox"]
        boxes[images[a["image_id"]]].append((names[a["category_id"]], x, y, x + w, y + h))
    return boxes


def compare(what, found, expected, tolerance=0.01, rename=lambda name: name):
    """Every box of each image has its partner within the tolerance."""
    problems, greatest = [], 0.0
    for stem, boxes in expected.items():
        rest = list(found.get(stem, []))
        for name, *corners in boxes:
            fits = [b for b in rest if b[0] == rename(name)
                    and max(abs(p - q) for p, q in zip(b[1:], corners)) <= tolerance]
            if not fits:
                problems.append(f"{stem}: {name} {corners}")
                continue
            best = min(fits, key=lambda b: max(abs(p - q) for p, q in zip(b[1:], corners)))
            greatest = max(greatest, *(abs(p - q) for p, q in zip(best[1:], corners)))
            rest.remove(best)
        problems += [f"{stem}: {b} is new" for b in rest]
    total = sum(map(len, expected.values()))
    print(f"{'ok  ' if not problems else 'FAIL'} {what}: {total} boxes, greatest difference {greatest:.2g} px"
          + (f"; {len(problems)} wrong, as {problems[0]}" if problems else ""), flush=True)
    if problems:
        FAILURES.append(what)


def attempt(what, body):
    try:
        body()
    except Exception as error:  # A tool that does not run is a failure, not the end.
        print(f"FAIL {what}: {type(error).__name__}: {error}", flush=True)
        FAILURES.append(what)


TRUTH = coco_boxes(SOURCE)


# Others read what we write.

def read_with_pycocotools():
    from pycocotools.coco import COCO
    path = convert(convert(SOURCE, SCRATCH / "p-voc", "--to", "voc"), SCRATCH / "p.json", "--images", IMAGES)
    coco = COCO(str(path))
    boxes = collections.defaultdict(list)
    for a in coco.loadAnns(coco.getAnnIds()):
        stem = pathlib.PurePath(coco.imgs[a["image_id"]]["file_name"]).stem
        x, y, w, h = a["bbox"]
        boxes[stem].append((coco.cats[a["category_id"]]["name"], x, y, x + w, y + h))
    compare("pycocotools reads our COCO (from our VOC)", boxes, TRUTH)


def supervision_boxes(dataset):
    boxes = {}
    for path, _, detections in dataset:
        boxes[pathlib.PurePath(path).stem] = [
            (dataset.classes[c], *map(float, b)) for b, c in zip(detections.xyxy, detections.class_id)]
    return boxes


def read_with_supervision():
    import supervision
    yolo = convert(SOURCE, SCRATCH / "s-yolo", "--to", "yolo", "--images", IMAGES, "--copy-images")
    compare("supervision reads our YOLO", supervision_boxes(supervision.DetectionDataset.from_yolo(
        str(yolo / "images/train"), str(yolo / "labels/train"), str(yolo / "dataset.yaml"))), TRUTH)
    coco = convert(yolo, SCRATCH / "s.json")
    compare("supervision reads our COCO (from our YOLO)", supervision_boxes(
        supervision.DetectionDataset.from_coco(IMAGES, str(coco))), TRUTH)
    voc = convert(SOURCE, SCRATCH / "s-voc", "--to", "voc", "--images", IMAGES)
    compare("supervision reads our VOC", supervision_boxes(
        supervision.DetectionDataset.from_pascal_voc(IMAGES, str(voc / "Annotations"))), TRUTH, 1.01)


def globox_boxes(annotations):
    return {pathlib.PurePath(a.image_id).stem: [(b.label, b.xmin, b.ymin, b.xmax, b.ymax) for b in a.boxes]
            for a in annotations}


def read_with_globox():
    import globox
    coco = convert(convert(SOURCE, SCRATCH / "g.csv", "--to", "csv"), SCRATCH / "g.json")
    compare("globox reads our COCO (from our CSV)", globox_boxes(globox.AnnotationSet.from_coco(str(coco))), TRUTH)
    voc = convert(SOURCE, SCRATCH / "g-voc", "--to", "voc", "--voc-origin", "zero")
    compare("globox reads our VOC (zero; it reads whole numbers)", globox_boxes(
        globox.AnnotationSet.from_pascal_voc(str(voc / "Annotations"))), TRUTH, 1.01)
    yolo = convert(SOURCE, SCRATCH / "g-yolo", "--to", "yolo")
    names = {str(i): c["name"] for i, c in enumerate(json.load(open(SOURCE))["categories"])}
    found = globox_boxes(globox.AnnotationSet.from_yolo_v5(str(yolo / "labels/train"), image_folder=IMAGES))
    compare("globox reads our YOLO", {s: [(names[str(b[0])], *b[1:]) for b in bs] for s, bs in found.items()}, TRUTH)
    me = convert(SOURCE, SCRATCH / "g-me", "--to", "labelme")
    found = globox_boxes(globox.AnnotationSet.from_labelme(str(me)))
    polygons = {pathlib.PurePath(i["file_name"]).stem for i in json.load(open(SOURCE))["images"]}
    compare("globox reads our LabelMe (images alone)", {s: [] for s in found}, {s: [] for s in polygons})
    cvat = convert(SOURCE, SCRATCH / "g-cvat.xml", "--to", "cvat")
    compare("globox reads our CVAT (images alone)", {s: [] for s in globox_boxes(
        globox.AnnotationSet.from_cvat(str(cvat)))}, {s: [] for s in polygons})


def datumaro_boxes(dataset):
    import datumaro
    labels = dataset.categories()[datumaro.AnnotationType.label]
    return {pathlib.PurePath(item.id).name: [
        (labels[a.label].name, *a.points) for a in item.annotations if a.type == datumaro.AnnotationType.bbox]
        for item in dataset}


def read_with_datumaro():
    import datumaro
    voc = convert(SOURCE, SCRATCH / "d-voc", "--to", "voc", "--images", IMAGES, "--voc-origin", "zero", "--copy-images")
    compare("datumaro reads our VOC (zero)", datumaro_boxes(
        datumaro.Dataset.import_from(str(voc), "voc_detection")), TRUTH)
    dark = convert(SOURCE, SCRATCH / "d-darknet", "--to", "darknet", "--images", IMAGES, "--copy-images")
    compare("datumaro reads our Darknet lists", datumaro_boxes(
        datumaro.Dataset.import_from(str(dark), "yolo")), TRUTH)
    kitti = convert(SOURCE, SCRATCH / "d-kitti", "--to", "kitti", "--images", IMAGES, "--copy-images")
    split = SCRATCH / "d-kitti-split" / "train"
    split.parent.mkdir()
    shutil.move(kitti, split)
    compare("datumaro reads our KITTI", datumaro_boxes(
        datumaro.Dataset.import_from(str(split.parent), "kitti_detection")), TRUTH,
        rename=lambda name: name.replace(" ", "_"))
    plain = convert(SOURCE, SCRATCH / "d-plain.csv", "--to", "csv")
    dm = convert(plain, SCRATCH / "d-datumaro", "--to", "datumaro", "--images", IMAGES, "--copy-images")
    compare("datumaro reads our Datumaro's boxes", datumaro_boxes(
        datumaro.Dataset.import_from(str(dm), "datumaro")), TRUTH)
    vott = convert(plain, SCRATCH / "d-vott/vott-json-export/train-export.json", "--to", "vott")
    compare("datumaro reads our VoTT", datumaro_boxes(
        datumaro.Dataset.import_from(str(vott.parent.parent), "vott_json")), TRUTH)


def read_sequences_with_datumaro():
    """MOT: a sequence for each size of images, frames in the order of the numbers that their names are."""
    import datumaro
    mot = convert(SOURCE, SCRATCH / "d-mot", "--to", "mot", "--images", IMAGES, "--copy-images")
    groups = {}
    for image in json.load(open(SOURCE))["images"]:
        groups.setdefault((image["width"], image["height"]), []).append(pathlib.PurePath(image["file_name"]).stem)
    found = {}
    for number, stems in enumerate(groups.values()):
        stems = sorted(stems, key=int) if all(s.isdigit() for s in stems) else stems
        folder = mot / ("sequence" if number == 0 else f"sequence-{number + 1}")
        for frame, boxes in datumaro_boxes(datumaro.Dataset.import_from(str(folder), "mot_seq")).items():
            found[stems[int(frame) - 1]] = boxes
    compare("datumaro reads our MOT", found, TRUTH)


def numbered(boxes):
    """By the numbers that names are, which frames are called by."""
    return {str(int(stem)): found for stem, found in boxes.items()}


def faces():
    """The source as WIDER FACE can hold it: all of one class, and images in a folder, without which datumaro sees no path."""
    plain = convert(convert(SOURCE, SCRATCH / "w-plain.csv", "--to", "csv"), SCRATCH / "w-plain.json", "--images", IMAGES)
    data = json.load(open(plain))
    for image in data["images"]:
        image["file_name"] = "0--all/" + pathlib.PurePath(image["file_name"]).name
    data["categories"] = [{"id": 1, "name": "face"}]
    for annotation in data["annotations"]:
        annotation["category_id"] = 1
    folder = SCRATCH / "w-faces"
    (folder / "images").mkdir(parents=True)
    (folder / "images/0--all").symlink_to(IMAGES)
    json.dump(data, open(folder / "faces.json", "w"))
    return folder / "faces.json", folder / "images", {
        stem: [("face", *box[1:]) for box in boxes] for stem, boxes in TRUTH.items()}


def wider_face():
    import datumaro
    source, images, truth = faces()
    ours = convert(source, SCRATCH / "w/wider_face_split/wider_face_train_bbx_gt.txt", "--to", "widerface")
    compare("datumaro reads our WIDER FACE (names in folders)", datumaro_boxes(
        datumaro.Dataset.import_from(str(ours.parent.parent), "wider_face")), truth)
    # Panlabel's dialect begins with the number of images, as the published lists do not; without it it reads nothing.
    counted = images / "counted.txt"  # It wants the images beside it.
    counted.write_text(f"{len(truth)}\n{ours.read_text()}")
    compare("panlabel reads our WIDER FACE (the number of images put before it)", coco_boxes(panlabel(
        counted, "wider-face", SCRATCH / "w-theirs.json", "coco")), truth)
    theirs = panlabel(source, "coco", SCRATCH / "w-panlabel.txt", "wider-face")
    compare("we read panlabel's WIDER FACE", coco_boxes(convert(
        theirs, SCRATCH / "w-panlabel.json", "--images", images)), truth, 0.02)


def masks(path):
    """Of a COCO file the mask of every object by image, class and identifier, as pycocotools fills it."""
    from pycocotools.coco import COCO
    coco = COCO(str(path))
    found = {}
    for a in coco.loadAnns(coco.getAnnIds()):
        if a.get("segmentation"):
            stem = pathlib.PurePath(coco.imgs[a["image_id"]]["file_name"]).stem
            found.setdefault((stem, coco.cats[a["category_id"]]["name"]), []).append(coco.annToMask(a).astype(bool))
    return found


def compare_masks(what, found, expected, least):
    """Each mask has a partner that overlaps it by so much; both are joined class by class and image by image."""
    worst, problems = 1.0, []
    for key, list_of in expected.items():
        one = sum(m.astype(int) for m in list_of) > 0
        other = sum(m.astype(int) for m in found.get(key, [one * 0])) > 0
        overlap = (one & other).sum() / max((one | other).sum(), 1)
        worst = min(worst, overlap)
        if overlap < least:
            problems.append(f"{key}: {overlap:.3f}")
    count = sum(map(len, expected.values()))
    print(f"{'ok  ' if not problems else 'FAIL'} {what}: {count} masks, least overlap {worst:.4f}"
          + (f"; {len(problems)} wrong, as {problems[0]}" if problems else ""), flush=True)
    if problems:
        FAILURES.append(what)


def datumaro_masks(dataset):
    import datumaro
    import numpy
    from pycocotools import mask
    labels = dataset.categories()[datumaro.AnnotationType.label]
    found = {}
    for item in dataset:
        for a in item.annotations:
            stem, label = pathlib.PurePath(item.id).name, getattr(a, "label", None)
            if a.type == datumaro.AnnotationType.polygon:
                height, width = item.media.size
                rle = mask.merge(mask.frPyObjects([list(a.points)], height, width))
                found.setdefault((stem, labels[label].name), []).append(mask.decode(rle).astype(bool))
            elif a.type == datumaro.AnnotationType.mask:
                found.setdefault((stem, labels[label].name), []).append(numpy.asarray(a.image).astype(bool))
    return found


def read_outlines_with_datumaro():
    import datumaro
    truth = masks(SOURCE)
    dm = convert(SOURCE, SCRATCH / "dm", "--to", "datumaro", "--images", IMAGES, "--copy-images")
    compare_masks("datumaro reads our Datumaro's polygons and masks", datumaro_masks(
        datumaro.Dataset.import_from(str(dm), "datumaro")), truth, 0.97)  # It rounds points to two decimals.
    # Without what another object lies on, which panoptic segments cannot hold.
    panoptic = convert(SOURCE, SCRATCH / "dp", "--to", "panoptic", "--images", IMAGES, "--copy-images")
    theirs = datumaro.Dataset.import_from(str(panoptic), "coco_panoptic")
    ours = masks(convert(panoptic, SCRATCH / "dp.json", "--images", IMAGES))
    compare_masks("datumaro reads our COCO panoptic as we do", datumaro_masks(theirs), ours, 1)
    # And what it writes.
    theirs.export(str(SCRATCH / "dp2"), "coco_panoptic", save_media=True)
    compare_masks("we read datumaro's COCO panoptic", masks(convert(
        SCRATCH / "dp2", SCRATCH / "dp2.json", "--from", "panoptic")), ours, 1)
    datumaro.Dataset.import_from(str(dm), "datumaro").export(str(SCRATCH / "dm2"), "datumaro", save_media=True)
    compare_masks("we read datumaro's polygons and masks", masks(convert(
        SCRATCH / "dm2", SCRATCH / "dm2.json", "--images", IMAGES)), truth, 0.97)


# Our name of a format, panlabel's, and where in what we write it looks.
PANLABEL = [
    ("bdd100k", "bdd100k", ""), ("datumaro", "datumaro", "annotations/train.json"), ("huggingface", "hf", "train"),
    ("keras-yolo3", "yolo-keras", "train.txt"), ("sagemaker", "sagemaker", ""), ("tfrecord", "tfrecord", "train.tfrecord"),
    ("vott", "vott-json", ""), ("cvat", "cvat", ""), ("createml", "create-ml", ""), ("labelme", "labelme", ""),
    # It does not read a size of -1, which is what VIA writes where a file's size is not known.
    ("via", "via", None), ("retinanet", "retinanet", ""), ("labelstudio", "label-studio", ""), ("labelbox", "labelbox", ""),
    # It keeps the points of Supervisely's shapes one object deeper than Supervisely does, and reads them only there.
    ("supervisely", "supervisely", None), ("via", "via-csv", None), ("csv", "vott-csv", None),
]
ENDINGS = {"bdd100k": ".json", "sagemaker": ".manifest", "vott": ".json", "cvat": ".xml", "createml": ".json", "via": ".json",
           "retinanet": ".csv", "labelstudio": ".json", "csv": ".csv", "labelbox": ".ndjson"}


def panlabel(source, source_format, target, target_format):
    subprocess.run(["panlabel", "convert", "-f", source_format, "-t", target_format, "-i", str(source), "-o", str(target),
                    "--allow-lossy"], check=True, capture_output=True)
    return target


def read_with_panlabel():
    # Boxes alone: it writes an outline as its extent.
    plain = convert(convert(SOURCE, SCRATCH / "p-plain.csv", "--to", "csv"), SCRATCH / "p-plain.json", "--images", IMAGES)
    for ours, theirs, place in PANLABEL:
        if place is None:
            continue

        def check():
            # Where a format is one file, the images lie beside it.
            folder = SCRATCH / f"p-{theirs}"
            if ours in ENDINGS:
                folder.mkdir()
                for image in pathlib.Path(IMAGES).iterdir():
                    (folder / image.name).symlink_to(image)
            options = [] if ours in ENDINGS else ["--copy-images"]
            made = convert(plain, folder / f"annotations{ENDINGS[ours]}" if ours in ENDINGS else folder, "--to", ours,
                           "--images", IMAGES, *options)
            compare(f"panlabel reads our {ours}", coco_boxes(panlabel(
                made / place if place else made, theirs, SCRATCH / f"p-{theirs}.coco.json", "coco")), TRUTH)
        attempt(f"panlabel reads our {ours}", check)


def read_panlabel():
    plain = convert(convert(SOURCE, SCRATCH / "q-plain.csv", "--to", "csv"), SCRATCH / "q-plain.json", "--images", IMAGES)
    for ours, theirs, _ in PANLABEL:
        def check():
            ending = {"vott-csv": ".csv", "via-csv": ".csv", "labelbox": ".json", "tfrecord": ".tfrecord",
                      "yolo-keras": ".txt", "datumaro": ".json"}.get(theirs, ENDINGS.get(ours, ""))
            made = panlabel(plain, "coco", SCRATCH / f"q-{theirs}{ending}", theirs)
            compare(f"we read panlabel's {theirs}", coco_boxes(convert(
                made, SCRATCH / f"q-{theirs}.coco.json", "--images", IMAGES)),
                    TRUTH, 0.02)
        attempt(f"we read panlabel's {theirs}", check)


def read_with_ultralytics():
    from ultralytics.data.dataset import YOLODataset
    from ultralytics.data.utils import check_det_dataset
    yolo = convert(SOURCE, SCRATCH / "u-yolo", "--to", "yolo", "--images", IMAGES, "--copy-images")
    data = check_det_dataset(str(yolo / "dataset.yaml"), autodownload=False)
    dataset = YOLODataset(img_path=data["train"], data=data, task="detect", augment=False)
    boxes = {}
    for label in dataset.get_labels():
        h, w = label["shape"]
        boxes[pathlib.PurePath(label["im_file"]).stem] = [
            (data["names"][int(c)], (x - bw / 2) * w, (y - bh / 2) * h, (x + bw / 2) * w, (y + bh / 2) * h)
            for (c,), (x, y, bw, bh) in zip(label["cls"].astype(float), label["bboxes"].astype(float))]
    compare("ultralytics' loader reads our YOLO", boxes, TRUTH)


# We read what others write.

def read_globox():
    import globox
    annotations = globox.AnnotationSet.from_coco(SOURCE)
    annotations.save_coco(SCRATCH / "from-globox.json", auto_ids=True)
    compare("we read globox's COCO", coco_boxes(convert(SCRATCH / "from-globox.json", SCRATCH / "o1.json")), TRUTH)
    (SCRATCH / "gv").mkdir()
    annotations.save_pascal_voc(SCRATCH / "gv")
    compare("we read globox's VOC (zero)", coco_boxes(convert(
        SCRATCH / "gv", SCRATCH / "o2.json", "--voc-origin", "zero", "--images", IMAGES)), TRUTH)
    annotations.save_cvat(SCRATCH / "gcvat.xml")
    compare("we read globox's CVAT", coco_boxes(convert(SCRATCH / "gcvat.xml", SCRATCH / "o4.json")), TRUTH)


def read_supervision():
    import supervision
    # Without the masks, which it would write in place of boxes.
    yolo = convert(SOURCE, SCRATCH / "plain", "--to", "yolo", "--images", IMAGES, "--copy-images")
    dataset = supervision.DetectionDataset.from_yolo(
        str(yolo / "images/train"), str(yolo / "labels/train"), str(yolo / "dataset.yaml"))
    dataset.as_yolo(str(SCRATCH / "sy/images"), str(SCRATCH / "sy/labels"), str(SCRATCH / "sy/data.yaml"))
    (SCRATCH / "sy/data.yaml").write_text("train: images\n" + (SCRATCH / "sy/data.yaml").read_text())
    # Five decimals of up to 640 pixels.
    compare("we read supervision's YOLO", coco_boxes(convert(SCRATCH / "sy", SCRATCH / "o5.json")), TRUTH, 0.02)
    dataset.as_pascal_voc(annotations_directory_path=str(SCRATCH / "sv/Annotations"))
    compare("we read supervision's VOC (whole numbers)", coco_boxes(convert(
        SCRATCH / "sv", SCRATCH / "o6.json", "--images", IMAGES)), TRUTH, 1.01)
    dataset.as_coco(annotations_path=str(SCRATCH / "sc.json"))
    compare("we read supervision's COCO", coco_boxes(convert(SCRATCH / "sc.json", SCRATCH / "o7.json")), TRUTH)


def read_datumaro():
    import datumaro
    coco = SCRATCH / "dc/annotations"
    coco.mkdir(parents=True)
    (SCRATCH / "dc/images").mkdir()
    (SCRATCH / "dc/images/train").symlink_to(IMAGES)
    # Boxes alone: it writes polygons and masks in their place where there are some.
    convert(convert(SOURCE, SCRATCH / "db.csv", "--to", "csv"), coco / "instances_train.json")
    dataset = datumaro.Dataset.import_from(str(SCRATCH / "dc"), "coco_instances")
    for format, options in [("voc_detection", ["--voc-origin", "zero"]), ("yolo", []), ("cvat", []), ("kitti_detection", []),
                            ("datumaro", [])]:
        folder = SCRATCH / f"from-datumaro-{format}"

        def check():
            dataset.export(str(folder), format)
            images = ["--images", IMAGES]
            # It writes two decimals.
            compare(f"we read datumaro's {format}", coco_boxes(convert(
                folder, SCRATCH / f"{format}.json", *images, *options)), TRUTH, 0.02)
        attempt(f"we read datumaro's {format}", check)
    # It names frames by the numbers that the names of images are, and images without a class of WIDER FACE by a folder.
    dataset.export(str(SCRATCH / "from-datumaro-mot"), "mot_seq_gt", save_media=True)
    compare("we read datumaro's mot_seq_gt", numbered(coco_boxes(convert(
        SCRATCH / "from-datumaro-mot", SCRATCH / "mot.json"))), numbered(TRUTH), 0.02)
    dataset.export(str(SCRATCH / "from-datumaro-faces"), "wider_face", save_media=True)
    compare("we read datumaro's wider_face (classes behind the boxes)", coco_boxes(convert(
        SCRATCH / "from-datumaro-faces/wider_face_split/wider_face_train_bbx_gt.txt", SCRATCH / "faces.json",
        "--images", SCRATCH / "from-datumaro-faces/WIDER_train/images")), TRUTH, 0.02)


ONLY = sys.argv[4:]
for body in [read_with_pycocotools, read_with_supervision, read_with_globox, read_with_datumaro, read_sequences_with_datumaro,
             read_outlines_with_datumaro, wider_face, read_with_ultralytics,
             read_with_panlabel, read_globox, read_supervision, read_datumaro, read_panlabel]:
    if not ONLY or body.__name__ in ONLY:
        attempt(body.__name__, body)
shutil.rmtree(SCRATCH)
sys.exit(f"{len(FAILURES)} failed" if FAILURES else 0)
