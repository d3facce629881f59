"""Writes a dataset in every format and reads it back: what comes back with the sidecar, and what is lost without it.

    python3 Tests/FormatsTests/References/round_trips.py .build/release/needletail dataset.json --images images/

Prints a row for each format. Formats of fixed classes get the dataset with its classes called as theirs. Needs nothing but
Python's own library.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

PROGRAM, SOURCE, OPTIONS = sys.argv[1], sys.argv[2], sys.argv[3:]
ENDINGS = {"coco": ".json", "csv": ".csv", "retinanet": ".csv", "cvat": ".xml", "crowdhuman": ".odgt", "makesense": ".csv",
           "sagemaker": ".manifest", "labelbox": ".ndjson", "widerface": ".txt"}
FIXED = {"visdrone": "car", "widerface": "face"}


def run(*words):
    return subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True)


formats = json.loads(run("convert", "--list", "--json").stdout)
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    assert run("convert", SOURCE, folder / "source.json", *OPTIONS).returncode == 0
    for entry in formats:
        format = entry["name"]
        if format == "coco-results":
            continue
        source = folder / "source.json"
        if format in FIXED:
            names = ",".join(c["name"] for c in json.loads(source.read_text())["categories"] if c["name"] != FIXED[format])
            source = folder / f"{format}.json"
            assert run("remap", folder / "source.json", source, "--join", f"{names}={FIXED[format]}").returncode == 0
        def write(target, *options):
            result = run("convert", source, target, "--to", format, *options, *OPTIONS)
            return result, "" if result.returncode == 0 else "fails: " + result.stderr.strip().splitlines()[-1]

        ending = "" if entry["isFolder"] else ENDINGS.get(format, ".json")
        _, exact = write(folder / f"{format}{ending}")
        if not exact:
            back = folder / f"{format}-back.json"
            result = run("convert", folder / f"{format}{ending}", back, "--from", format, *OPTIONS)
            exact = "exact" if result.returncode == 0 and back.read_bytes() == source.read_bytes() else "NOT EXACT"
        result, losses = write(folder / f"{format}-alone{ending}", "--no-sidecar", "--verify", "--json")
        if not losses:
            found = json.loads(result.stdout)["verification"]
            losses = ", ".join(f"{loss['kind']} {loss['count']}" for loss in found["losses"])
            losses = (losses or "nothing") + f"; {found['greatestCoordinateDifference']:.1g} px"
        print(f"{format} | {exact} | {losses}", flush=True)
