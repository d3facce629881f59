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
import multiprocessing
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
d = datumaro.Dataset.import_from(COCO, 'coco_instances')
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
d = datumaro.Dataset.import_from(COCO, 'coco_instances')
d.export(TARGET, 'voc_detection')""",
}
FROM_YOLO = {
    "globox": """
import globox
a = globox.AnnotationSet.from_yolo_v5(YOLO + '/labels/train', image_folder=YOLO + '/images/train')
a.save_coco(TARGET + '.json', auto_ids=True)""",
    "supervision": """
import supervision
d = supervision.DetectionDataset.from_yolo(images_directory_path=YOLO + '/images/train',
    annotations_directory_path=YOLO + '/labels/train', data_yaml_path=YOLO + '/dataset.yaml')
d.as_coco(annotations_path=TARGET + '.json')""",
}


def run(command):
    """Wall seconds and peak megabytes of a command; None when it fails."""
    # What was written before must not be charged to this one.
    os.sync()
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    # Status 3 says that a check found something.
    if os.waitstatus_to_exitcode(status) not in (0, 3):
        print(f"    failed: {errors.decode(errors='replace').strip().splitlines()[-1:]}", flush=True)
        return None
    return seconds, usage.ru_maxrss / 1024


def make_pictures(source, yolo):
    """One empty picture for each size, linked under the name of every image."""
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
        os.link(shared, folder / image["file_name"])


def main():
    binaries, source, scratch = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3]).resolve()
    wanted = sys.argv[4:] or ["load", "yolo", "voc", "from-yolo"]
    scratch.mkdir(parents=True, exist_ok=True)
    yolo = scratch / "yolo"
    needletail = str(binaries / "needletail")
    if any(task != "load" for task in wanted):
        # In a process of its own: a child's peak memory begins with that of its parent.
        process = multiprocessing.Process(target=make_pictures, args=(source, yolo))
        process.start()
        process.join()
        layout = scratch / "coco/annotations"
        layout.mkdir(parents=True, exist_ok=True)
        if not (layout / "instances_train.json").exists():
            os.symlink(os.path.abspath(source), layout / "instances_train.json")
            (scratch / "coco/images").mkdir(exist_ok=True)
            os.symlink(yolo / "images/train", scratch / "coco/images/train")
    if not (yolo / "labels").exists() and "from-yolo" in wanted:
        made = scratch / "made"
        subprocess.run([needletail, "convert", source, made, "--to", "yolo", "--no-sidecar", "--quiet"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shutil.move(made / "labels", yolo / "labels")
        shutil.move(made / "dataset.yaml", yolo / "dataset.yaml")
    # A place of its own for each result: file systems are slow in making files where others were just removed.
    tasks = {
        "load": (lambda target: [needletail, "check", source, "--no-pixels"], LOAD),
        "yolo": (lambda target: [needletail, "convert", source, target, "--to", "yolo"], TO_YOLO),
        "voc": (lambda target: [needletail, "convert", source, target, "--to", "voc"], TO_VOC),
        "from-yolo": (lambda target: [needletail, "convert", str(yolo), target + ".json"], FROM_YOLO),
    }
    results = {}
    for task in wanted:
        command, peers = tasks[task]
        print(task, flush=True)
        for name in ["needletail", *peers]:
            target = str(scratch / f"{task}-{name}")
            places = [source, target, str(yolo / "images/train"), str(yolo), str(scratch / "coco")]
            names = f"SOURCE, TARGET, IMAGES, YOLO, COCO = {places!r}\n"
            measured = run(command(target) if name == "needletail" else [sys.executable, "-c", names + peers[name]])
            if measured is None:
                continue
            results.setdefault(task, {})[name] = {"seconds": measured[0], "megabytes": measured[1]}
            print(f"    {name:12} {measured[0]:8.2f} s {measured[1]:8.0f} MB", flush=True)
        ours = results.get(task, {}).get("needletail", {"seconds": float("nan")})["seconds"]
        for name, figures in results.get(task, {}).items():
            if name != "needletail":
                print(f"    {name}: {figures['seconds'] / ours:.1f}x our time", flush=True)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
