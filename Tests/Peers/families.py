"""Networks of many families from ONNX files, here and in ONNX Runtime in turn: `python families.py BENCH FOLDER [SECONDS]`.

    pip install torch==2.15.0 timm==1.0.31 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0
    python families.py ../../.build/release/needletail-bench /tmp/families

Of each family of timm the network with the least to compute, with random weights and for the images that it is made for, is
exported into FOLDER unless it is there: by PyTorch's new exporter and by its old one in turn, which say the same in other
operators. Prints both times in milliseconds, two threads, and their ratio, and at last the median of the ratios.
"""

import json
import os
import statistics
import subprocess
import sys
import warnings

MOST_WORK = 1.1e8


def export(folder):
    import timm
    import torch

    warnings.filterwarnings("ignore")
    for index, family in enumerate(sorted(timm.list_modules())):
        least = None
        for name in timm.list_models(module=family)[:60]:
            try:
                with torch.device("meta"):
                    network = timm.create_model(name)
            except Exception:
                continue
            size = network.default_cfg["input_size"][1]
            work = sum(p.numel() for p in network.parameters()) * (size / 224) ** 2
            if least is None or work < least[0]:
                least = work, name, size
        if least is None or least[0] > MOST_WORK or os.path.exists(f"{folder}/{family}.onnx"):
            continue
        _, name, size = least
        torch.manual_seed(0)
        network, image = timm.create_model(name).eval(), torch.randn(1, 3, size, size)
        try:
            if index % 2 == 0:
                torch.onnx.export(
                    network, (image,), f"{folder}/{family}.onnx", dynamo=True, verbose=False, input_names=["image"],
                    external_data=False)
            else:
                torch.onnx.export(
                    network, (image,), f"{folder}/{family}.onnx", dynamo=False, input_names=["image"],
                    opset_version=17)
        except Exception as error:
            print(f"{family}: {name} cannot be exported: {type(error).__name__}", file=sys.stderr)


def runtime_time(path, seconds):
    import onnxruntime

    from engines import THREADS, random_image
    from timing import median

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    image = random_image(session.get_inputs()[0].shape)
    return median(lambda: session.run(None, {"image": image}), seconds)


def main(bench, folder, seconds="0.5"):
    os.makedirs(folder, exist_ok=True)
    export(folder)
    ratios = []
    for name in sorted(os.listdir(folder)):
        path = f"{folder}/{name}"
        if not name.endswith(".onnx"):
            continue
        own = json.loads(subprocess.check_output([bench, "imported", path, "--seconds", seconds, "--json"]))
        own, other = own[0]["medianMilliseconds"], float(
            subprocess.check_output([sys.executable, __file__, "--runtime", path, seconds]))
        ratios.append(own / other)
        print(f"{name[:-5]:28} {own:8.2f} {other:8.2f}  {own / other:.2f}", flush=True)
    print(f"{len(ratios)} networks, median ratio {statistics.median(ratios):.2f}, "
          f"{sum(ratio < 1 for ratio in ratios)} of them below 1")


if __name__ == "__main__":
    if sys.argv[1] == "--runtime":
        print(runtime_time(sys.argv[2], float(sys.argv[3])))
    else:
        main(*sys.argv[1:])
