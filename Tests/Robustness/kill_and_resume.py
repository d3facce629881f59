"""Kills training runs with SIGKILL at random moments and resumes them until they are done.

    python3 Tests/Robustness/kill_and_resume.py .build/release/needletail --kind retinanet --runs 20 --seed 1

A small model (`--kind retinanet`, a `yolox` with mosaic and a weight average, the same by `workers` that share each batch, a
retinanet with `background` images, or a `classifier`) is trained on some of the
pictures in datasets/shapes, one of them damaged, once without being disturbed. Every other run is killed after a random time, one to five times, resumed each time with another number of
threads, and brought to its end. What it leaves must be the same: the bytes of the detectors, of the detections and of
the log of augmentation, the lines of results.csv but for their times, the events of log.jsonl but for starts and
resumes, and the names in the folder. With `--launcher mpirun.openmpi` or `mpirun.mpich` every start is one of 1 to 4
processes, and one of them is killed: the others must end within ten seconds. With `--longer 2` a run comes to its end first, and is
killed as it goes on for two more epochs. Needs nothing but Python's own library.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import time

from shapes import excerpt


def content(run):
    """What two runs have in common if they ended alike."""
    kept = {"names": sorted(path.name for path in run.iterdir())}
    for name in kept["names"]:
        if name in ("best.safetensors", "last.safetensors", "samples.png") or name.startswith(("validation.", "augment")):
            kept[name] = (run / name).read_bytes()
    kept["results"] = [line.split(",")[:-2] for line in (run / "results.csv").read_text().splitlines()]
    events = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    kept["log"] = []
    for event in events:
        if event["event"] in ("start", "resume"):
            continue
        event.pop("time")
        for key in ("trainingSeconds", "validationSeconds"):
            event.get("record", {}).pop(key, None)
        kept["log"].append(event)
    return kept


# What each kind of model is trained with.
KINDS = {
    "retinanet": [
        "--model", "retinanet-v2-resnet10-quarter", "--size", "96", "--batch", "2", "--epochs", "4", "--augment", "standard",
    ],
    "yolox": [
        "--model", "yolox-nano", "--size", "64", "--batch", "2", "--epochs", "5", "--augment", "policy.txt",
        "--closing-epochs", "1", "--average", "0.9",
    ],
    "workers": [
        "--model", "yolox-nano", "--size", "64", "--batch", "4", "--micro-batches", "2", "--epochs", "5", "--augment",
        "policy.txt", "--closing-epochs", "1", "--average", "0.9",
    ],
    "background": [
        "--model", "retinanet-v2-resnet10-quarter", "--size", "96", "--batch", "2", "--epochs", "4", "--background", "empty",
    ],
    "classifier": [
        "--layers", "input 32 channels=3; conv 8 kernel=3; relu; max-pool 2; conv 16 kernel=3; relu; max-pool 2; linear 6",
        "--crops", "--batch", "4", "--epochs", "8",
    ],
}


# Several processes on fewer processors.
LAUNCHING = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_hwloc_base_binding_policy": "none",
}


def processes(run):
    """The processes of the tool that belong to a run, by what its environment says."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if b"NEEDLETAIL_RUN=" + run.encode() in (entry / "environ").read_bytes().split(b"\0") and "needletail" in (
                entry / "comm"
            ).read_text():
                found.append(int(entry.name))
        except (OSError, ValueError):
            continue
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--kind", choices=KINDS, default="retinanet")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--launcher")
    parser.add_argument("--longer", type=int, default=0)
    arguments = parser.parse_args()
    draw = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        training = excerpt(folder, "train", 12)
        excerpt(folder, "validation", 4)
        excerpt(folder, "test", 3, images="empty")
        (folder / "policy.txt").write_text("flip-horizontal p=0.5\nmosaic p=0.7\n")
        # Every run comes across it, before and after it is resumed.
        (folder / "images" / training["images"][3]["file_name"]).write_bytes(b"no picture")

        def command(output, threads, *more):
            verb = ["classify", "train"] if arguments.kind == "classifier" else ["train"]
            launcher = []
            if arguments.launcher:
                launcher = [arguments.launcher, "-n", str(draw.choice([1, 2, 3, 4]))]
                more = ["--batch", "12", "--micro-batches", "12", *more]
            return [
                *launcher, arguments.program.resolve(), *verb, "train.json", "--validation", "validation.json", "--images",
                "images", *KINDS[arguments.kind], "--seed", "7", "--save-every", "0.3", "--threads", str(threads),
                "--quiet", "--output", output, *more,
            ]

        def start(*parts):
            return subprocess.Popen(
                command(*parts), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                env={**os.environ, **LAUNCHING, "NEEDLETAIL_RUN": parts[0]})

        def kill(process, run):
            """Returns whether there was somebody to kill."""
            if not arguments.launcher:
                process.send_signal(signal.SIGKILL)
                return True
            victims = processes(run)
            if not victims:
                return False
            os.kill(draw.choice(victims), signal.SIGKILL)
            process.wait(10)
            return True

        epochs = int(KINDS[arguments.kind][KINDS[arguments.kind].index("--epochs") + 1])
        longer = ["--resume", "--epochs", str(epochs + arguments.longer)] if arguments.longer else []

        def finish(run):
            """The run whose end is not the last."""
            if longer and start(run, 2).wait() != 0:
                raise SystemExit(f"{run} did not come to its end")

        finish("whole")
        begin = time.monotonic()
        process = start("whole", 2, *longer)
        process.communicate()
        assert process.returncode == 0
        duration = time.monotonic() - begin
        expected = content(folder / "whole")
        print(f"undisturbed: {duration:.1f} s, {len(expected['log'])} events")
        kills = 0
        for run in range(arguments.runs):
            output = f"run{run}"
            moments = []
            finish(output)
            for attempt in range(40):
                threads = draw.choice([1, 2])
                begin = time.monotonic()
                process = start(output, threads, *(longer or (["--resume"] if (folder / output).exists() else [])))
                if attempt < 1 + run % 5:
                    moment = draw.uniform(0, duration * 0.7)
                    try:
                        process.wait(moment)
                    except subprocess.TimeoutExpired:
                        if kill(process, output):
                            moments.append(f"{moment:.2f}")
                errors = process.communicate()[1].decode()
                if process.returncode == 0:
                    # A machine that has become quicker.
                    if not moments:
                        duration = min(duration, time.monotonic() - begin)
                    break
                # The status of a launcher says how its processes ended.
                if process.returncode == -signal.SIGKILL or "has ended, and all others" in errors or (
                    arguments.launcher and "signal 9" in errors or process.returncode in (9, 137)
                ):
                    kills += 1
                # Killed after its last file.
                elif "is finished" in errors:
                    break
                # Killed before it had begun: there is nothing to resume yet.
                elif "there is no run to resume" in errors:
                    shutil.rmtree(folder / output)
                else:
                    raise SystemExit(f"run {run}: {errors}")
            found = content(folder / output)
            wrong = [key for key in expected if expected[key] != found[key]]
            print(f"run {run}: killed after {', '.join(moments) or 'its end'} s: {'the same' if not wrong else wrong}")
            if wrong:
                raise SystemExit(f"run {run} ended otherwise: {wrong}")
            shutil.rmtree(folder / output)
    print(f"{arguments.runs} runs, killed {kills} times, ended as the undisturbed one")


main()
