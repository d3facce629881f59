"""Times the toolkit and its peers alternately on this machine and prints the table that README carries.

    python bench.py BINARIES [--rounds 3] [--seconds 2] [--only WORK] [--json FILE]

BINARIES is the folder of `needletail` and `needletail-bench`. Every measurement runs in a process of its own; a figure
is the median over the rounds of the medians in each, and the ratio the median of the rounds' ratios to the best peer of
that round. Two threads, float32. Measure with nothing else running.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=HERE).stdout


def script(name, *arguments):
    """The last line that a script prints, as numbers."""
    lines = output(sys.executable, os.path.join(HERE, name), *map(str, arguments)).strip().splitlines()
    return [float(word) for word in lines[-1].split()]


def resources(*command):
    """Seconds and MiB of memory that a whole process takes."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=HERE)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"failed: {' '.join(command)}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        #: How much of the machine's peak the latest work made use of, where that is known.
        self.share = None
        self.program = os.path.join(options.binaries, "needletail")
        self.bench = os.path.join(options.binaries, "needletail-bench")
        self.images = os.path.join(folder, "images")
        self.photograph = os.path.join(self.images, "00.jpg")

    def ours(self, suite, *arguments, threads=2, field="medianMilliseconds"):
        command = [self.bench, suite, *map(str, arguments), "--threads", str(threads), "--json"]
        item = json.loads(output(*command, "--seconds", str(self.options.seconds)))[0]
        self.share = item["rates"].get("% of the peak")
        return item.get(field) or item["rates"][field]

    def prepare(self):
        """Photographs, ONNX files, and a detector for both sides."""
        os.makedirs(self.images)
        subprocess.run([sys.executable, os.path.join(HERE, "prepare.py"), self.folder], check=True, cwd=HERE)
        self.state = os.path.join(self.folder, "detector.pth")
        self.picture = os.path.join(self.folder, "picture.png")
        resources(sys.executable, os.path.join(HERE, "one_photograph.py"), self.state, self.photograph, self.picture)

    def network(self, name):
        peers = {
            engine: lambda engine=engine: script("engines.py", engine, name, self.folder, self.options.seconds)[0]
            for engine in ("torch", "torch, channels last", "ONNX Runtime", "OpenVINO")
        }
        return lambda: self.ours("networks", "--only", name), peers

    def training(self, name, peer="torchvision"):
        return (lambda: self.ours("training", "--only", name),
                {peer: lambda: script("training.py", name, self.options.seconds)[0]})

    def training_memory(self, name, peer="torchvision"):
        command = [self.bench, "training", "--only", name, "--threads", "2", "--seconds", "1"]
        return (lambda: resources(*command)[1], {peer: lambda: script("training.py", name, 1)[1]})

    def detection(self, name, peers):
        def theirs(peer):
            return script("pipelines.py", peer, name, self.images, self.folder, self.options.seconds)[0]

        return (
            lambda: self.ours("detect", self.images, "--only", name, field="ms an image"),
            {peer: lambda peer=peer: theirs(peer) for peer in peers})

    def input(self):
        return (
            lambda: self.ours("input", self.photograph, "--only", "decode-and-resize", threads=1),
            {peer: lambda peer=peer: script("inputs.py", peer, self.photograph, self.options.seconds)[0]
             for peer in ("OpenCV", "torchvision")})

    def suppression(self, count):
        return (lambda: self.ours("nms", "--only", count),
                {"torchvision": lambda: script("nms.py", count, self.options.seconds)[0]})

    def cold_start(self, what):
        result = os.path.join(self.folder, "detected")
        mine = [self.program, "detect", self.state, self.photograph, "--output", result, "--size", "320", "--overwrite"]
        theirs = [sys.executable, os.path.join(HERE, "one_photograph.py"), self.state, self.photograph, self.picture]
        return (lambda: resources(*mine)[what], {"torchvision": lambda: resources(*theirs)[what]})

    def cold_start_yolox(self, what):
        result = os.path.join(self.folder, "detected-yolox")
        weights = os.path.join(self.folder, "yolox-nano.pth")
        mine = [self.program, "detect", weights, self.photograph, "--output", result, "--overwrite"]
        theirs = [sys.executable, os.path.join(HERE, "one_photograph_onnx.py"), self.folder, self.photograph, self.picture]
        return (lambda: resources(*mine)[what], {"ONNX Runtime": lambda: resources(*theirs)[what]})

    def classification(self, name):
        return (lambda: self.ours("classification", "--only", name),
                {"torch": lambda: script("classifiers.py", name, self.options.seconds)[0]})

    def classifier_works(self):
        return {
            "VGG-16, 224, batch 1": ("ms", self.network("vgg16")),
            "AlexNet, 224, batch 1": ("ms", self.network("alexnet")),
            "MobileNetV2, 224, batch 1": ("ms", self.network("mobilenet-v2")),
            "MobileNetV3-large, 224, batch 1": ("ms", self.network("mobilenet-v3-large")),
            "EfficientNet-Lite0, 224, batch 1": ("ms", self.network("efficientnet-lite0")),
            "training step of LeNet-5, batch 64": ("ms", self.classification("lenet5")),
            "training step of AlexNet, batch 16": ("ms", self.classification("alexnet")),
            "training step of VGG-11, batch 16": ("ms", self.classification("vgg11")),
            "training step of MobileNetV2, batch 16": ("ms", self.classification("mobilenet-v2")),
        }

    def works(self):
        return self.classifier_works() | {
            "ResNet-18, 224, batch 1": ("ms", self.network("resnet18")),
            "ResNet-50, 224, batch 1": ("ms", self.network("resnet50")),
            "RetinaNet-ResNet-18, 320x448, network": ("ms", self.network("retinanet-resnet18")),
            "the same from JPEG files to detections": (
                "ms", self.detection("retinanet-resnet18", ("torchvision", "ONNX Runtime"))),
            "its training step, batch 4": ("ms", self.training("retinanet-resnet18")),
            "the same, backbone frozen": ("ms", self.training("retinanet-resnet18-frozen")),
            "memory of the training step": ("MiB", self.training_memory("retinanet-resnet18")),
            "SSD300-VGG-16, network": ("ms", self.network("ssd300-vgg16")),
            "SSDLite320-MobileNetV3, network": ("ms", self.network("ssdlite320-mobilenet-v3-large")),
            "YOLOX-s, 640, network": ("ms", self.network("yolox-s")),
            "YOLOX-Nano, 416, network": ("ms", self.network("yolox-nano")),
            "YOLOX-Nano from JPEG files to detections": ("ms", self.detection("yolox-nano", ("ONNX Runtime",))),
            "YOLOX-Nano's training step, batch 8": ("ms", self.training("yolox-nano", "torch")),
            "memory of YOLOX-Nano's training step": ("MiB", self.training_memory("yolox-nano", "torch")),
            "YOLOX-Nano, one photograph from a cold start": ("s", self.cold_start_yolox(0)),
            "memory of YOLOX-Nano's cold start": ("MiB", self.cold_start_yolox(1)),
            "JPEG 640x480 to network input, 1 thread": ("ms", self.input()),
            "suppression of 1,000 boxes": ("ms", self.suppression(1000)),
            "suppression of 10,000 boxes": ("ms", self.suppression(10000)),
            "one photograph from a cold start": ("s", self.cold_start(0)),
            "memory of that": ("MiB", self.cold_start(1)),
        }


def measure(name, unit, mine, peers, rounds):
    rows = [(mine(), {peer: work() for peer, work in peers.items()}) for _ in range(rounds)]
    best = min(peers, key=lambda peer: statistics.median(row[1][peer] for row in rows))
    return {
        "work": name, "unit": unit, "needletail": statistics.median(row[0] for row in rows),
        "peers": {peer: statistics.median(row[1][peer] for row in rows) for peer in peers}, "best": best,
        "ratio": statistics.median(min(row[1].values()) / row[0] for row in rows),
    }


def text(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--only", help="measure works whose name holds this")
    parser.add_argument("--json", help="also write the figures to this file")
    options = parser.parse_args()
    options.binaries = os.path.abspath(options.binaries)
    versions = {name: importlib.metadata.version(name) for name in
                ("torch", "torchvision", "onnxruntime", "openvino", "opencv-python-headless")}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, folder)
        bench.prepare()
        peak = bench.ours("ceiling", "--only", "multiply-add", field="GFLOP/s")
        print(f"{platform.machine()}, {os.cpu_count()} cores, {peak:.0f} GFLOP/s on two threads;",
              ", ".join(f"{name} {version}" for name, version in versions.items()))
        print("\n| work | needletail | of the peak | best peer | ratio | all peers |\n|---|---|---|---|---|---|", flush=True)
        results = []
        for name, (unit, (mine, peers)) in bench.works().items():
            if options.only and options.only not in name:
                continue
            bench.share = None
            item = measure(name, unit, mine, peers, options.rounds)
            item["share"] = bench.share
            share = f"{bench.share:.0f} %" if bench.share else ""
            results.append(item)
            others = ", ".join(f"{peer} {text(value)}" for peer, value in item["peers"].items())
            print(f"| {name} | {text(item['needletail'])} {unit} | {share} | {text(item['peers'][item['best']])} {unit} "
                  f"({item['best']}) | {item['ratio']:.2f}x | {others} |", flush=True)
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"versions": versions, "peak": peak, "results": results}, file, indent=1)


if __name__ == "__main__":
    main()
