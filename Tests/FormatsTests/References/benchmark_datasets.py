"""Times Needletail's dataset verbs against pycocotools, globox, supervision and datumaro.

    swift build -c release --product needletail --product needletail-synthesize
    pip install -r Tests/FormatsTests/References/requirements.txt
    .build/release/needletail-synthesize annotations large.json --images 118287
    python Tests/FormatsTests/References/benchmark_datasets.py .build/release large.json scratch/ [task ...]

Each program runs in a process of its own, in turn, and is charged its wall time, its reading included, the time of all
its threads on the processors, which says more where others use the machine, and its peak memory. One that takes longer than ten minutes (--limit gives other seconds) is stopped, and that is said. The tools that
read YOLO look at every image for its size; they get empty pictures of the right size, made once, so that all of them read
the same. Peers that cannot do a task at all are left out of it. What they write is removed at the end.

Tasks are load, yolo, voc and from-yolo; all of them unless some are named. --repeat 3 times each of them three times and
takes the medians.
"""
import argparse
import json
import multiprocessing
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import threading
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


def run(command, limit):
    """Wall seconds, processor seconds and peak megabytes of a command; a text when it fails or takes longer than `limit` seconds."""
    # What was written before must not be charged to this one.
    os.sync()
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    alarm = threading.Timer(limit, process.kill)
    alarm.start()
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    alarm.cancel()
    if os.WIFSIGNALED(status) and seconds >= limit:
        return f"not finished after {limit:.0f} s, with {usage.ru_maxrss / 1024:.0f} MB"
    # Status 3 says that a check found something.
    if os.waitstatus_to_exitcode(status) not in (0, 3):
        return f"failed: {errors.decode(errors='replace').strip().splitlines()[-1:]}"
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def remove(target):
    for path in (target, target + ".json", target + ".needletail"):
        shutil.rmtree(path, ignore_errors=True) if os.path.isdir(path) else pathlib.Path(path).unlink(missing_ok=True)


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
    names = ["load", "yolo", "voc", "from-yolo"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries", type=pathlib.Path, help="the folder of the programs")
    parser.add_argument("source", help="a COCO file")
    parser.add_argument("scratch", type=pathlib.Path, help="a folder for what is written, on the disk to be measured")
    parser.add_argument("tasks", nargs="*", help=", ".join(names))
    parser.add_argument("--limit", type=float, default=600, help="seconds after which a program is stopped")
    parser.add_argument("--repeat", type=int, default=1, help="how often each task is timed")
    arguments = parser.parse_args()
    binaries, source, scratch = arguments.binaries, arguments.source, arguments.scratch.resolve()
    wanted = arguments.tasks or names
    if unknown := set(wanted) - set(names):
        parser.error(f"no such task: {', '.join(sorted(unknown))}")
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
    targets = []
    for task in wanted:
        command, peers = tasks[task]
        print(task, flush=True)
        figures = {}
        for round in range(arguments.repeat):
            for name in ["needletail", *peers]:
                target = str(scratch / f"{task}-{name}-{round}")
                targets.append(target)
                # Left by a run that was broken off.
                remove(target)
                places = [source, target, str(yolo / "images/train"), str(yolo), str(scratch / "coco")]
                names = f"SOURCE, TARGET, IMAGES, YOLO, COCO = {places!r}\n"
                code = [sys.executable, "-c", names + peers[name]] if name in peers else command(target)
                measured = run(code, arguments.limit)
                if isinstance(measured, str):
                    print(f"    {name:12} {measured}", flush=True)
                    continue
                figures.setdefault(name, []).append(measured)
                print(f"    {name:12} {measured[0]:8.2f} s {measured[1]:8.2f} s of processors {measured[2]:8.0f} MB", flush=True)
        results[task] = {
            name: {"seconds": statistics.median(run[0] for run in runs),
                   "processor_seconds": statistics.median(run[1] for run in runs),
                   "megabytes": max(run[2] for run in runs), "runs": len(runs)}
            for name, runs in figures.items()}
        ours = results[task].get("needletail", {"seconds": float("nan")})["seconds"]
        for name, figure in results[task].items():
            if name != "needletail":
                print(f"    {name}: {figure['seconds'] / ours:.1f}x our time", flush=True)
    print(json.dumps(results))
    for target in targets:
        remove(target)


if __name__ == "__main__":
    main()
