"""Lets every system call of a verb fail in turn, and looks at what is there afterwards.

    swift build -c release --product needletail
    swift build -c release --product FaultInjection
    python3 Tests/Robustness/faults.py .build/release/needletail .build/release/libFaultInjection.so

Each verb runs once undisturbed, and its calls are counted. Then it runs again for every call, which fails with each of the
errors that this call knows. Afterwards the exit status and the messages have to say so, or all has to be as in the
undisturbed run; what is written has to be whole or absent, what is read untouched, and nothing half made may be left but the
journal of a detection, which has to go on from it to the files of the undisturbed run. A call that a signal interrupts (EINTR)
may not be noticed at all. Linux only; needs nothing but Python's own library.
"""

import argparse
import collections
import errno
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from shapes import PACKAGE, content, excerpt

ERRORS = {
    "open": "EINTR EIO EMFILE ENOMEM ENOSPC", "read": "EINTR EIO", "write": "EINTR EIO ENOSPC", "stat": "EINTR EIO ENOMEM",
    "rename": "EINTR EIO ENOSPC", "fsync": "EINTR EIO ENOSPC", "mmap": "ENOMEM", "close": "EINTR EIO ENOSPC",
    "mkdir": "EINTR EIO ENOSPC", "unlink": "EINTR EIO", "opendir": "EINTR EIO EMFILE ENOMEM", "getdents": "EINTR EIO",
    "truncate": "EINTR EIO ENOSPC", "link": "EINTR EIO ENOSPC",
}

# What a verb reads is in `in`, what it writes goes to `out`.
TRAINING = [
    "--model", "retinanet-v2-resnet10-quarter", "--size", "64", "--batch", "2", "--epochs", "1", "--threads", "1",
]
CLASSIFICATION = [
    "--layers", "input 16 channels=3; conv 4 kernel=3 stride=2; relu; linear 6", "--batch", "4", "--epochs", "1", "--threads",
    "1",
]
VERBS = {
    "convert": ["convert", "in/train.json", "out/yolo", "--to", "yolo", "--images", "in/images", "--copy-images"],
    "convert (file)": ["convert", "in/voc", "out/c.csv", "--to", "csv"],
    "check --fix": ["check", "in/faulty.json", "--images", "in/images", "--fix", "out/fixed.json"],
    "split": ["split", "in/train.json", "out/parts", "--images", "in/images"],
    "detect": ["detect", "in/model.safetensors", "in/images", "--output", "out/found", "--threads", "1"],
    "draw": ["draw", "in/train.json", "--images", "in/images", "--output", "out/drawn"],
    "evaluate": ["evaluate", "in/train.json", "in/results.json", "--json"],
    "train": ["train", "in/train.json", "--images", "in/images", "--validation", "in/train.json", "--output", "out/run"]
    + TRAINING,
    "classify train": ["classify", "train", "in/train.json", "--images", "in/images", "--crops", "--validation",
                       "in/train.json", "--output", "out/run"] + CLASSIFICATION,
    "classify predict": ["classify", "predict", "in/classifier.safetensors", "in/images", "--csv", "out/c.csv", "--sheet",
                         "out/s.png", "--threads", "1"],
    "export": ["export", "in/model.safetensors", "out/m.onnx"],
}
JOURNAL = "found/.detections.journal.part"
# What differs from one undisturbed run to the next: times.
CHANGING = {"report.html", "log.jsonl", "results.csv", "curves.png", "configuration.json"}


def lasting(name, data):
    """What of a file is the same in every run: a state says how long the epochs took."""
    return data[8 + int.from_bytes(data[:8], "little") :] if name.endswith("state.safetensors") else data


def prepare(folder, program):
    dataset = excerpt(folder / "in", "train", 3)
    results = [
        {"image_id": a["image_id"], "category_id": a["category_id"], "bbox": a["bbox"], "score": 0.5}
        for a in dataset["annotations"]
    ]
    (folder / "in/results.json").write_text(json.dumps(results))
    # Two times the same box, and one that sticks out.
    dataset["annotations"].append({**dataset["annotations"][0], "id": 100_001})
    dataset["annotations"].append({**dataset["annotations"][0], "id": 100_002, "bbox": [-5, -5, 40, 40], "area": 1600})
    (folder / "in/faulty.json").write_text(json.dumps(dataset))
    shutil.copy(PACKAGE / "pretrained/yolox-nano-shapes.safetensors", folder / "in/model.safetensors")
    subprocess.run(
        [program, "classify", "train", "in/train.json", "--images", "in/images", "--crops", "--output", "run", "--quiet",
         *CLASSIFICATION],
        cwd=folder, check=True, capture_output=True)
    shutil.move(folder / "run/last.safetensors", folder / "in/classifier.safetensors")
    shutil.rmtree(folder / "run")
    subprocess.run(
        [program, "convert", "in/train.json", "in/voc", "--to", "voc", "--images", "in/images", "--copy-images"],
        cwd=folder, check=True, capture_output=True)


def is_whole(name, data):
    """Whether a file that is not as in the undisturbed run is one of its kind all the same."""
    if name.endswith(".json"):
        try:
            json.loads(data)
            return True
        except ValueError:
            return False
    if name.endswith(".png"):
        return data.startswith(b"\x89PNG") and data.endswith(b"IEND\xaeB`\x82")
    if name.endswith(".safetensors"):
        head = int.from_bytes(data[:8], "little")
        entries = json.loads(data[8 : 8 + head])
        return max(e["data_offsets"][1] for n, e in entries.items() if n != "__metadata__") == len(data) - 8 - head
    if name.endswith((".jsonl", ".csv", ".txt", ".yaml", ".html", ".needletail")):
        return not data or data.endswith((b"\n", b"}", b">"))
    return False


class Trial:
    def __init__(self, program, library, folder, verb):
        self.program, self.library, self.folder, self.verb = program, library, folder, verb

    def run(self, fault, counts=None):
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        (self.folder / "out").mkdir()
        environment = dict(
            os.environ, LD_PRELOAD=str(self.library), FAULT=fault, FAULT_BELOW=str(self.folder), SWIFT_BACKTRACE="enable=no")
        if counts:
            environment["FAULT_COUNTS"] = str(counts)
        try:
            done = subprocess.run(
                [self.program, *VERBS[self.verb]], cwd=self.folder, env=environment, capture_output=True, timeout=120)
        except subprocess.TimeoutExpired:
            return None, "", "", {}
        return done.returncode, done.stdout.decode(), done.stderr.decode(), content(self.folder / "out")

    def goes_on(self, files):
        """Whether a detection that was stopped comes to the files of an undisturbed one."""
        done = subprocess.run(
            [self.program, *VERBS[self.verb], "--resume"], cwd=self.folder, capture_output=True, timeout=120)
        return done.returncode == 0 and content(self.folder / "out") == files

    def judge(self, expected, outcome, call, error):
        """What a run with a fault came to, and whether that is right."""
        code, output, messages, files = outcome
        good_code, good_output, _, good_files = expected
        if code is None:
            return "hangs", False
        if code < 0:
            return f"ended by signal {-code}", False
        # What cannot be removed stays.
        remains = [name for name in files if ".part" in name or name.endswith(".lock")]
        # So does a lock that nobody is known to hold.
        is_unknown = call == "stat" and all(name.endswith(".lock") for name in remains)
        if error != errno.EINTR and (call == "unlink" or is_unknown):
            remains, files = [], {name: data for name, data in files.items() if name not in remains}
        # So does what a detection goes on from.
        if remains == [JOURNAL] and code != 0:
            if not self.goes_on(good_files):
                return "does not go on", False
            remains, files = [], {name: data for name, data in files.items() if name != JOURNAL}
        if remains:
            return f"leaves {remains[0]}", False
        changed = {n for n in files if lasting(n, files[n]) != lasting(n, good_files.get(n, b""))}
        half = [name for name in changed if not is_whole(name, files[name])]
        changed = {name for name in changed if pathlib.Path(name).name not in CHANGING}
        if half:
            return f"leaves half of {half[0]}", False
        same = not changed and set(files) == set(good_files) and code == good_code
        if same and (output == good_output or self.verb in ("train", "detect", "classify train")):
            return "as undisturbed", True
        if error == errno.EINTR:
            return "notices a signal", False
        cause = os.strerror(error)
        messages += output
        if cause not in messages and "not enough memory" not in messages.lower():
            return "silent" if code == good_code else "does not name the cause", False
        named = any(part in messages for part in ("in/", "in:", "out/", "out:", " .:", str(self.folder))) or error == errno.ENOMEM
        if not named:
            return "does not name the file", False
        return ("warned of" if code == good_code else "refused"), True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("library", type=pathlib.Path)
    parser.add_argument("--verbs", default="", help="only these, with commas between them")
    parser.add_argument("--most", type=int, default=10_000, help="calls of a kind that fail in a verb, spread over all")
    arguments = parser.parse_args()
    program, library = arguments.program.resolve(), arguments.library.resolve()
    table, wrong = collections.defaultdict(collections.Counter), []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name).resolve()
        prepare(folder, program)
        inputs = content(folder / "in")
        for verb in VERBS:
            if arguments.verbs and verb not in arguments.verbs.split(","):
                continue
            trial = Trial(program, library, folder, verb)
            expected = trial.run("read:0:0", folder / "counts")
            counts = dict(line.split() for line in (folder / "counts").read_text().splitlines())
            if expected[0] not in (0, 3):
                raise SystemExit(f"{verb} fails undisturbed: {expected[2]}")
            for call, count in counts.items():
                turns = range(1, int(count) + 1)
                step = max(1, -(-len(turns) // arguments.most))
                for turn in turns[::step]:
                    for error in ERRORS[call].split():
                        number = getattr(errno, error)
                        outcome = trial.run(f"{call}:{turn}:{number}")
                        words, is_right = trial.judge(expected, outcome, call, number)
                        table[verb, call][words] += 1
                        if content(folder / "in") != inputs:
                            words, is_right = "changes what is read", False
                        if not is_right:
                            wrong.append((verb, call, turn, error, words))
                            print(f"WRONG {verb}: {call} {turn} with {error}: {words} (exit {outcome[0]})")
                            print("".join(f"    {line}\n" for line in outcome[2].splitlines()[:4]), end="", flush=True)
            for (of, call), outcomes in table.items():
                if of == verb:
                    print(f"{verb:15} {call:9} {sum(outcomes.values()):5}  "
                          + ", ".join(f"{n} {w}" for w, n in outcomes.most_common()), flush=True)
    total = sum(sum(outcomes.values()) for outcomes in table.values())
    print(f"{total} faults, {len(wrong)} wrong")
    sys.exit(1 if wrong else 0)


main()
