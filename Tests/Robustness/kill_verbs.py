"""Kills verbs that write with SIGKILL at random moments; what stands afterwards is whole, and the next run replaces it.

    python3 Tests/Robustness/kill_verbs.py .build/release/needletail --kills 100 --seed 1

Each of `convert`, `check --fix` and `detect` runs once undisturbed. Every other run is killed at a random moment before its
end: what is there under the names that it writes must be as in the undisturbed run, or as it was before; what it reads must
be untouched. Hidden files that end in .part may be left, and nothing else. `detect --resume` is killed again and again as it
goes on, until it comes to its end, which has to be that of the undisturbed run, byte for byte. Needs nothing but Python's own
library.
"""

import argparse
import json
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import time

from shapes import PACKAGE, content, excerpt

VERBS = {
    "convert (folder)": ["convert", "in/train.json", "out/yolo", "--to", "yolo", "--images", "in/images", "--copy-images",
                         "--overwrite"],
    "convert (file)": ["convert", "in/train.json", "out/a.csv", "--to", "csv", "--images", "in/images", "--overwrite"],
    "check --fix": ["check", "in/faulty.json", "--images", "in/images", "--fix", "out/fixed.json", "--overwrite"],
    "detect": ["detect", "in/model.safetensors", "in/images", "--output", "out/found", "--threads", "1", "--overwrite"],
}


def prepare(folder, program):
    dataset = excerpt(folder / "in", "train", 12)
    dataset["annotations"].append({**dataset["annotations"][0], "id": 100_001})
    (folder / "in/faulty.json").write_text(json.dumps(dataset))
    shutil.copy(PACKAGE / "pretrained/yolox-nano-shapes.safetensors", folder / "in/model.safetensors")


def is_remains(name):
    return any(part.startswith(".") and part.endswith((".part", ".lock")) for part in pathlib.Path(name).parts)


def resume_until_done(folder, program, words, duration, kills, draw):
    """Kills `detect` and what goes on with it, from the start again whenever it has ended."""
    words = [word for word in words if word != "--overwrite"]
    killed = ends = again = 0
    expected = {n: d for n, d in content(folder / "out").items() if not is_remains(n)}
    while killed < kills:
        shutil.rmtree(folder / "out")
        (folder / "out").mkdir()
        is_first = True
        while True:
            # Early enough that several kills come before the end, and some just before it.
            last = killed >= kills
            process = subprocess.Popen([program, *words, *([] if is_first else ["--resume"])], cwd=folder,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            if not last:
                time.sleep(draw.uniform(0, duration))
                process.send_signal(signal.SIGKILL)
            errors = process.communicate()[1].decode()
            if process.returncode == -signal.SIGKILL:
                killed += 1
                again += not is_first
                half = [n for n, d in content(folder / "out").items()
                        if n.endswith(".png") and not is_remains(n) and d != expected.get(n)]
                assert not half, f"detect --resume: {half[0]} is half there"
                # Without a journal nothing was begun, or all was done.
                is_first = not (folder / "out/found/.detections.journal.part").exists()
                if is_first:
                    shutil.rmtree(folder / "out")
                    (folder / "out").mkdir()
                continue
            assert process.returncode == 0, errors
            found = {n: d for n, d in content(folder / "out").items() if not is_remains(n)}
            differing = [n for n in expected.keys() | found.keys() if expected.get(n) != found.get(n)]
            assert not differing, f"detect --resume does not end as the undisturbed run: {differing[0]}"
            ends += 1
            break
    print(f"detect --resume: killed {killed} times, {again} of them as it went on; {ends} ends, the same bytes", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=100, help="of each verb")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbs", default=",".join(VERBS), help="with commas between them")
    arguments = parser.parse_args()
    program, draw = arguments.program.resolve(), random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        prepare(folder, program)
        inputs = content(folder / "in")
        for verb in arguments.verbs.split(","):
            words = VERBS[verb]

            def start():
                return subprocess.Popen(
                    [program, *words], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

            (folder / "out").mkdir()
            begin = time.monotonic()
            process = start()
            errors = process.communicate()[1].decode()
            assert process.returncode in (0, 3), errors
            duration = time.monotonic() - begin
            expected, kills, tries, before = content(folder / "out"), 0, 0, 0
            while kills < arguments.kills and tries < 20 * arguments.kills:
                tries += 1
                # Into an empty folder, or over what an earlier run has left.
                fresh = tries % 2 == 0
                if fresh:
                    shutil.rmtree(folder / "out")
                    (folder / "out").mkdir()
                process = start()
                time.sleep(draw.uniform(0, duration))
                process.send_signal(signal.SIGKILL)
                process.communicate()
                if process.returncode != -signal.SIGKILL:
                    continue
                kills += 1
                found = {n: d for n, d in content(folder / "out").items() if not is_remains(n)}
                half = [n for n, d in found.items() if d != expected.get(n)]
                assert not half, f"{verb}: {half[0]} is half there"
                # A folder is there whole or not at all.
                if verb.startswith("convert (folder") and found:
                    assert found.keys() == expected.keys(), f"{verb}: a part of the folder"
                before += not found
                assert content(folder / "in") == inputs, f"{verb} has changed what it reads"
            process = start()
            errors = process.communicate()[1].decode()
            assert process.returncode in (0, 3), errors
            found = {n: d for n, d in content(folder / "out").items() if not is_remains(n)}
            assert found == expected, f"{verb} does not end as the undisturbed run"
            if verb == "detect":
                resume_until_done(folder, program, words, duration, arguments.kills, draw)
            print(f"{verb}: killed {kills} times, {before} times before anything was there; whole each time", flush=True)
            shutil.rmtree(folder / "out")


main()
