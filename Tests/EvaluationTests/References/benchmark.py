"""Times `needletail evaluate` beside pycocotools and faster-coco-eval on a data set of COCO's size.

    swift build -c release --product needletail
    pip install pycocotools faster-coco-eval numpy
    python benchmark.py --needletail .build/release/needletail

5,000 images, 35,000 annotations of 80 categories and 500,000 detections are drawn from a seed and written as JSON to
a temporary folder. The programs then run in turn, each in a process of its own, several rounds; the best of each
counts. Wall time is of the whole process, with the start of the interpreter; "measuring" is without start and
reading. The twelve numbers of all must agree, to the last bit for pycocotools, to 1e-9 for the other.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time


def write_case(folder, image_count, seed):
    import numpy

    random = numpy.random.default_rng(seed)
    truth_count, found_count = 7 * image_count, 100 * image_count
    images = numpy.repeat(numpy.arange(image_count), 7)
    categories = 1 + (random.random(truth_count) * random.random(truth_count) * 80).astype(int)
    boxes = numpy.column_stack(
        [
            random.random(truth_count) * 500,
            random.random(truth_count) * 400,
            4 + random.random(truth_count) * random.random(truth_count) * 300,
            4 + random.random(truth_count) * random.random(truth_count) * 300,
        ]
    ).round(2)
    crowds = random.random(truth_count) < 0.01
    truth = {
        "images": [
            {"id": i + 1, "file_name": f"{i + 1:012}.jpg", "width": 640, "height": 480} for i in range(image_count)
        ],
        "categories": [{"id": k, "name": f"class {k}"} for k in range(1, 81)],
        "annotations": [
            {
                "id": i + 1,
                "image_id": int(images[i]) + 1,
                "category_id": int(categories[i]),
                "bbox": boxes[i].tolist(),
                "area": round(float(boxes[i, 2] * boxes[i, 3] * 0.7), 2),
                "iscrowd": int(crowds[i]),
            }
            for i in range(truth_count)
        ],
    }
    # Two in five detections lie near an object, the others anywhere.
    image = numpy.repeat(numpy.arange(image_count), 100)
    source = image * 7 + random.integers(0, 7, found_count)
    near = random.random(found_count) < 0.4
    jitter = (random.random((found_count, 4)) - 0.5) * 0.3
    sides = boxes[source][:, [2, 3, 2, 3]]
    anywhere = random.random((found_count, 4)) * numpy.array([500, 400, 200, 200])
    found_boxes = numpy.where(near[:, None], boxes[source] + jitter * sides, anywhere).round(2)
    found_categories = numpy.where(near, categories[source], random.integers(1, 81, found_count))
    scores = numpy.where(near, random.random(found_count), random.random(found_count) * random.random(found_count))
    found = [
        {
            "image_id": int(image[i]) + 1,
            "category_id": int(found_categories[i]),
            "bbox": found_boxes[i].tolist(),
            "score": round(float(scores[i]), 5),
        }
        for i in range(found_count)
    ]
    for name, content in (("truth.json", truth), ("found.json", found)):
        with open(os.path.join(folder, name), "w") as file:
            json.dump(content, file)


def run_peer(name, truth, found):
    """Evaluates as the peer's own documentation shows it, and prints times and numbers as JSON."""
    import contextlib

    with contextlib.redirect_stdout(sys.stderr):
        if name == "pycocotools":
            from pycocotools.coco import COCO
            from pycocotools.cocoeval import COCOeval as Evaluation
        else:
            from faster_coco_eval import COCO
            from faster_coco_eval import COCOeval_faster as Evaluation
        start = time.perf_counter()
        truth = COCO(truth)
        found = truth.loadRes(found)
        read = time.perf_counter()
        evaluation = Evaluation(truth, found, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
        end = time.perf_counter()
    print(json.dumps({"reading": read - start, "measuring": end - read, "stats": [float(x) for x in evaluation.stats]}))


def measure(command):
    """Wall time, processor time and peak memory of one process, with what it printed."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        text = output.read().decode()
        notes = errors.read().decode()
        if process.returncode != 0:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{notes}")
    scale = 1 if platform.system() == "Darwin" else 1024
    return {
        "wall": wall,
        "processor": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss * scale,
        "text": text,
        "notes": notes,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--needletail", default=".build/release/needletail", help="the program")
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=2017)
    parser.add_argument("--json", help="write all measurements here")
    parser.add_argument("--without-peers", action="store_true", help="run needletail alone")
    parser.add_argument("--peer", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--write", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        return run_peer(*arguments.peer)
    if arguments.write:
        return write_case(arguments.write, arguments.images, arguments.seed)

    with tempfile.TemporaryDirectory() as folder:
        # In a process of its own: the peak memory of a child is at least what its parent held at its start.
        size = ["--images", str(arguments.images), "--seed", str(arguments.seed)]
        subprocess.run([sys.executable, __file__, "--write", folder, *size], check=True)
        truth, found = os.path.join(folder, "truth.json"), os.path.join(folder, "found.json")
        evaluate = [arguments.needletail, "evaluate", truth, found, "--json", "--quiet"]
        commands = {
            "needletail --brief": evaluate + ["--brief", "--times"],
            "needletail": evaluate + ["--times"],
            "pycocotools": [sys.executable, __file__, "--peer", "pycocotools", truth, found],
            "faster-coco-eval": [sys.executable, __file__, "--peer", "faster_coco_eval", truth, found],
        }
        if arguments.without_peers:
            commands = {name: command for name, command in commands.items() if name.startswith("needletail")}
        runs = {name: [] for name in commands}
        for _ in range(arguments.rounds):
            for name, command in commands.items():
                run = measure(command)
                document = json.loads(run.pop("text"))
                if name.startswith("needletail"):
                    times = dict(part.split(" ")[:2] for part in run["notes"].strip().split("\n")[-1].split(", "))
                    run["measuring"] = float(times["measuring"])
                    run["reading"] = float(times["reading"])
                else:
                    run["measuring"] = document["measuring"]
                    run["reading"] = document["reading"]
                run.pop("notes")
                run["stats"] = document["stats"]
                runs[name].append(run)

    reference = runs["needletail"][0]["stats"]
    for name, (first, *_) in runs.items():
        tolerance = 1e-9 if name == "faster-coco-eval" else 0
        assert all(abs(a - b) <= tolerance for a, b in zip(first["stats"], reference)), f"{name}: other numbers"

    def best(name, key):
        return min(run[key] for run in runs[name])

    print(f"{arguments.images} images, best of {arguments.rounds}, {os.cpu_count()} processors, {platform.machine()}")
    print(f"{'':20} {'wall':>9} {'processor':>11} {'reading':>9} {'measuring':>11} {'peak memory':>13} {'wall ratio':>11}")
    for name in commands:
        wall, processor, memory = best(name, "wall"), best(name, "processor"), best(name, "memory")
        print(
            f"{name:20} {wall:7.2f} s {processor:9.2f} s {best(name, 'reading'):7.2f} s {best(name, 'measuring'):9.2f} s "
            f"{memory / 1e6:10.0f} MB {wall / best('needletail --brief', 'wall'):10.1f}x"
        )
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(runs, file, indent=1)


if __name__ == "__main__":
    main()
