"""Runs a network in one engine, in a process of its own: `python engines.py ENGINE NETWORK FOLDER SECONDS`.

Prints the median of the runs in milliseconds. Two threads, float32.
"""

import sys

import numpy

from timing import median

THREADS = 2


def torch_runner(name, folder, channels_last):
    import torch

    import models

    torch.set_num_threads(THREADS)
    layout = torch.channels_last if channels_last else torch.contiguous_format
    model = models.network(name).to(memory_format=layout)
    image = torch.randn(models.INPUTS[name]).to(memory_format=layout)

    def run():
        with torch.inference_mode():
            model(image)

    return run


def onnxruntime_runner(name, folder):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(f"{folder}/{name}.onnx", options, providers=["CPUExecutionProvider"])
    image = random_image(session.get_inputs()[0].shape)
    return lambda: session.run(None, {"image": image})


def openvino_runner(name, folder):
    import openvino

    settings = {"INFERENCE_NUM_THREADS": THREADS, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY",
                "INFERENCE_PRECISION_HINT": "f32"}
    core = openvino.Core()
    model = core.compile_model(core.read_model(f"{folder}/{name}.onnx"), "CPU", settings)
    request = model.create_infer_request()
    image = random_image(list(model.inputs[0].shape))
    return lambda: request.infer({0: image}, share_inputs=True, share_outputs=True)


def random_image(shape):
    return numpy.random.default_rng(0).standard_normal(shape).astype(numpy.float32)


ENGINES = {
    "torch": lambda name, folder: torch_runner(name, folder, False),
    "torch, channels last": lambda name, folder: torch_runner(name, folder, True),
    "ONNX Runtime": onnxruntime_runner,
    "OpenVINO": openvino_runner,
}

if __name__ == "__main__":
    engine, name, folder, seconds = sys.argv[1:]
    print(median(ENGINES[engine](name, folder), float(seconds)))
