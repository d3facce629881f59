"""Times Needletail's dataset verbs against pycocotools, globox, supervision and datumaro.

    swift build -c release --product needletail --product needletail-synthesize
    pip install -r Tests/AnnotationsTests/References/requirements.txt
    .build/release/needletail-synthesize annotations large.json --images 118287
    python Tests/AnnotationsTests/References/benchmark_datasets.py .build/release large.json scratch/ [task ...]

Each program runs in a process of its own, in turn, and is charged its wall time, its reading included, and its peak
memory. The tools that read YOLO look at every image for its size; they get empty pictures of the right size, made
once, so that all of them read the same. Peers that cannot do a task at all are left out of it.
"""
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import time

LOAD = {
    "pycocotools": "from pycocotools.coco import COCO; COCO(SOURCE)",
    "globox": "import globox; globox.AnnotationSet.from_coco(SOURCE)",
    "orjson": "import orjson; orjson.loads(open(SOURCE, 'rb').read())",
}
TO_YOLO = {
    "globox": """
import globox
a = globox.AnnotationSet.from_coco(SOURCE)
a.save_yolo_v5(TARGET, label_to_id={n: i for i, n in enumerate(sorted(a._labels()))})""",
    "supervision": """
import supervision
d = supervision.DetectionDataset.from_coco(images_directory_path=IMAGES, annotations_path=SOURCE)
d.as_yolo(annotations_directory_path=TARGET)""",
    "datumaro": """
import datumaro
d = datumaro.Dataset.import_from(SOURCE, 'coco_instances')
d.export(TARGET, 'yolo')""",
}
TO_VOC = {
    "globox": """
import globox
a = globox.AnnotationSet.from_coco(SOURCE)
a.save_pascal_voc(TARGET)""",
    "supervision": """
import supervision
d = supervision.DetectionDataset.from_coco(images_directory_path=IMAGES, annotations_path=SOURCE)
d.as_pascal_voc(annotations_directory_path=TARGET)""",
    "datumaro": """
import datumaro
d = datumaro.Dataset.import_from(SOURCE, 'coco_instances')
d.export(TARGET, 'voc_detection')""",
}
FROM_YOLO = {
    "globox": """
import globox
a = globox.AnnotationSet.from_yolo_v5(YOLO + '/labels/train', YOLO + '/images/train')
a.save_coco(TARGET + '.json', auto_ids=True)""",
    "supervision": """
import supervision
d = supervision.DetectionDataset.from_yolo(images_directory_path=YOLO + '/images/train',
    annotations_directory_path=YOLO + '/labels/train', data_yaml_path=YOLO + '/dataset.yaml')
d.as_coco(annotations_path=TARGET + '.json')""",
}


def run(command):
    """Wall seconds and peak megabytes of a command; None when it fails."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        print(f"    failed: {errors.decode(errors='replace').strip().splitlines()[-1:]}", flush=True)
        return None
    return seconds, usage.ru_maxrss / 1024


def clear(target):
    shutil.rmtree(target, ignore_errors=True)
    for path in target.parent.glob(target.name + "*"):
        path.unlink() if path.is_file() else shutil.rmtree(path)


def make_pictures(source, yolo):
    """One empty PNG for each size, linked under the name of every image."""
    from PIL import Image

    folder = yolo / "images/train"
    if folder.exists():
        return
    folder.mkdir(parents=True)
    for image in json.load(open(source))["images"]:
        size = (image["width"], image["height"])
        shared = yolo / f"{size[0]}x{size[1]}.jpg"
        if not shared.exists():
            Image.new("L", size).save(shared)
        os.symlink(shared.resolve(), folder / image["file_name"])


def main():
    binaries, source, scratch = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3]).resolve()
    wanted = sys.argv[4:] or ["load", "yolo", "voc", "from-yolo"]
    scratch.mkdir(parents=True, exist_ok=True)
    target, yolo = scratch / "target", scratch / "yolo"
    needletail = str(binaries / "needletail")
    if any(task != "load" for task in wanted):
        make_pictures(source, yolo)
    if not (yolo / "labels").exists() and "from-yolo" in wanted:
        subprocess.run([needletail, "convert", source, str(target), "--to", "yolo", "--no-sidecar", "--quiet"],
                       check=True, stderr=subprocess.DEVNULL)
        shutil.move(target / "labels", yolo / "labels")
        shutil.move(target / "dataset.yaml", yolo / "dataset.yaml")
    tasks = {
        "load": ([needletail, "check", source, "--no-pixels", "--only", "duplicate-image-id"], LOAD),
        "yolo": ([needletail, "convert", source, str(target), "--to", "yolo"], TO_YOLO),
        "voc": ([needletail, "convert", source, str(target), "--to", "voc"], TO_VOC),
        "from-yolo": ([needletail, "convert", str(yolo), str(target) + ".json"], FROM_YOLO),
    }
    names = f"SOURCE, TARGET, IMAGES, YOLO = {source!r}, {str(target)!r}, {str(yolo / 'images/train')!r}, {str(yolo)!r}\n"
    results = {}
    for task in wanted:
        command, peers = tasks[task]
        print(task, flush=True)
        for name, program in [("needletail", command)] + [(n, [sys.executable, "-c", names + p]) for n, p in peers.items()]:
            clear(target)
            measured = run(program)
            if measured is None:
                continue
            results.setdefault(task, {})[name] = {"seconds": measured[0], "megabytes": measured[1]}
            print(f"    {name:12} {measured[0]:8.2f} s {measured[1]:8.0f} MB", flush=True)
        clear(target)
        ours = results[task]["needletail"]["seconds"]
        for name, figures in results[task].items():
            if name != "needletail":
                print(f"    {name}: {figures['seconds'] / ours:.1f}x our time", flush=True)
    print(json.dumps(results))


main()
