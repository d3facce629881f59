"""Optimiser steps, learning rate schedules and gradient clipping, from torch.

    python optimizers.py ../NetworksTests/Fixtures
"""

import math
import sys

import torch

import formula

COUNT, STEPS = 12, 5


def start():
    return torch.nn.Parameter(torch.from_numpy(formula.signed("optimizer.parameter", COUNT).copy()))


def gradient(step):
    return torch.from_numpy(formula.signed(f"optimizer.gradient{step}", COUNT).copy())


def optimizers():
    cases = {}
    for name, make in [
        ("sgd", dict(kind="SGD", lr=0.1)),
        ("sgd momentum", dict(kind="SGD", lr=0.1, momentum=0.9)),
        ("sgd momentum decay", dict(kind="SGD", lr=0.1, momentum=0.9, weight_decay=0.01)),
        ("sgd dampening", dict(kind="SGD", lr=0.1, momentum=0.9, weight_decay=0.01, dampening=0.3)),
        ("sgd nesterov", dict(kind="SGD", lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True)),
        ("adam", dict(kind="Adam", lr=0.01, weight_decay=0.01)),
        ("adamw", dict(kind="AdamW", lr=0.01, weight_decay=0.05)),
    ]:
        options = {k: v for k, v in make.items() if k != "kind"}
        parameter = start()
        optimizer = getattr(torch.optim, make["kind"])([parameter], foreach=False, **options)
        history = []
        for step in range(STEPS):
            # A rate that changes between steps: momentum holds gradients, not rates.
            for group in optimizer.param_groups:
                group["lr"] = make["lr"] * (0.5 if step >= 3 else 1)
            parameter.grad = gradient(step)
            optimizer.step()
            history.append(formula.numbers(parameter))
        cases[name] = {**make, "after_each_step": history}
    return cases


def schedules():
    def run(make, count):
        optimizer = torch.optim.SGD([start()], lr=0.02)
        schedulers = make(optimizer)
        values = []
        for _ in range(count):
            values.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            for scheduler in schedulers:
                scheduler.step()
        return values

    rate = torch.optim.lr_scheduler
    return {
        "warmup": {"base": 0.02, "start_factor": 0.001, "iterations": 20, "values": run(
            lambda o: [rate.LinearLR(o, start_factor=0.001, total_iters=20)], 26)},
        "multistep": {"base": 0.02, "milestones": [8, 11], "gamma": 0.1, "values": run(
            lambda o: [rate.MultiStepLR(o, [8, 11], 0.1)], 14)},
        "cosine": {"base": 0.02, "period": 20, "minimum": 0.0002, "values": run(
            lambda o: [rate.CosineAnnealingLR(o, 20, eta_min=0.0002)], 21)},
        "warmup and multistep": {
            "base": 0.02, "start_factor": 0.001, "iterations": 10, "milestones": [6, 14], "gamma": 0.1,
            "about": "the factors multiply, also where a milestone lies within the warm-up", "values": run(
                lambda o: [rate.LinearLR(o, start_factor=0.001, total_iters=10), rate.MultiStepLR(o, [6, 14], 0.1)],
                20)},
        "warmup then cosine": {
            "base": 0.02, "start_factor": 0.001, "iterations": 5, "period": 15, "minimum": 0.0,
            "about": "SequentialLR: the cosine starts when the warm-up ends", "values": run(
                lambda o: [rate.SequentialLR(
                    o, [rate.LinearLR(o, start_factor=0.001, total_iters=5), rate.CosineAnnealingLR(o, 15)], [5])],
                21)},
    }


def clipping():
    cases = {}
    for limit in (0.1, 1.0, 10.0):
        parameters = [torch.nn.Parameter(torch.zeros(n)) for n in (12, 5, 1)]
        for index, parameter in enumerate(parameters):
            parameter.grad = torch.from_numpy(formula.signed(f"clip.gradient{index}", parameter.numel()).copy())
        norm = torch.nn.utils.clip_grad_norm_(parameters, limit, foreach=False)
        cases[str(limit)] = {
            "limit": limit, "norm_before": formula.number(norm.item()),
            "gradients": [formula.numbers(p.grad) for p in parameters],
            "norm_after": formula.number(math.sqrt(sum(float((p.grad.double()**2).sum()) for p in parameters)))}
    return cases


def main(folder):
    torch.set_num_threads(1)
    formula.write_json(f"{folder}/optimizers.json", {
        "about": "parameter: s('optimizer.parameter'), 12; gradient of step k: s('optimizer.gradient<k>'); steps 3 and "
                 "4 have half the rate. Schedules: the rate used at step 0, 1, .... Clipping: s('clip.gradient<k>') "
                 "of 12, 5 and 1 elements; factor = min(1, limit / (norm + 1e-6))",
        "optimizers": optimizers(), "schedules": schedules(), "clipping": clipping(),
    })


if __name__ == "__main__":
    main(sys.argv[1])
