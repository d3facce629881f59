"""Optimiser steps, learning rate schedules, weight averages and gradient clipping, from torch.

    python optimizers.py ../TrainingTests/Fixtures
"""

import math
import sys

import torch

import formula

COUNT = 12
# A rate that changes between steps: momentum holds gradients, not rates.
RATE_FACTORS = [1, 1, 1, 0.5, 0.5, 0.25, 0.25, 2, 2, 0.125]


def start():
    return torch.nn.Parameter(torch.from_numpy(formula.signed("optimizer.parameter", COUNT).copy()))


def gradient(step):
    return torch.from_numpy(formula.signed(f"optimizer.gradient{step}", COUNT).copy())


def optimizers():
    cases = {}
    for name, kind, options in [
        ("sgd", "SGD", dict(lr=0.1)),
        ("sgd decay", "SGD", dict(lr=0.1, weight_decay=0.01)),
        ("sgd momentum", "SGD", dict(lr=0.1, momentum=0.9)),
        ("sgd momentum decay", "SGD", dict(lr=0.1, momentum=0.9, weight_decay=0.01)),
        ("sgd nesterov", "SGD", dict(lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True)),
        ("adam", "Adam", dict(lr=0.01)),
        ("adam decay", "Adam", dict(lr=0.01, weight_decay=0.1)),
        ("adam betas", "Adam", dict(lr=0.02, betas=(0.8, 0.95), eps=0.01)),
        ("adamw", "AdamW", dict(lr=0.01, weight_decay=0.1)),
        ("adamw betas", "AdamW", dict(lr=0.02, betas=(0.95, 0.9), eps=0.001, weight_decay=0.5)),
        ("rmsprop", "RMSprop", dict(lr=0.01)),
        ("rmsprop decay", "RMSprop", dict(lr=0.01, alpha=0.9, eps=0.001, weight_decay=0.1)),
        ("rmsprop momentum", "RMSprop", dict(lr=0.01, momentum=0.9)),
        ("rmsprop centered", "RMSprop", dict(lr=0.01, centered=True)),
        ("rmsprop all", "RMSprop", dict(lr=0.01, alpha=0.95, momentum=0.8, centered=True, weight_decay=0.05)),
        ("adagrad", "Adagrad", dict(lr=0.1)),
        ("adagrad decay", "Adagrad", dict(
            lr=0.1, lr_decay=0.1, initial_accumulator_value=0.5, eps=0.01, weight_decay=0.1)),
    ]:
        parameter = start()
        optimizer = getattr(torch.optim, kind)([parameter], foreach=False, **options)
        defaults = {key: optimizer.defaults[key] for key in (
            "lr", "momentum", "nesterov", "betas", "eps", "alpha", "centered", "lr_decay", "initial_accumulator_value",
            "weight_decay") if key in optimizer.defaults}
        history = []
        for step, factor in enumerate(RATE_FACTORS):
            for group in optimizer.param_groups:
                group["lr"] = options["lr"] * factor
            parameter.grad = gradient(step)
            optimizer.step()
            history.append(formula.numbers(parameter))
        state = {key: formula.numbers(value) for key, value in optimizer.state[parameter].items()
                 if torch.is_tensor(value) and value.numel() == COUNT}
        cases[name] = {"kind": kind, **defaults, "after_each_step": history, "state": state}
    return cases


def late_parameter():
    """A second parameter that gets gradients from the fourth step on, with a rate and a decay of its own."""
    parameters = [start(), torch.nn.Parameter(torch.from_numpy(formula.signed("optimizer.late", 5).copy()))]
    optimizer = torch.optim.Adam([
        {"params": parameters[:1]}, {"params": parameters[1:], "weight_decay": 0.025}
    ], weight_decay=0.1, foreach=False)
    history = []
    for step, factor in enumerate(RATE_FACTORS):
        for group, share in zip(optimizer.param_groups, (1, 0.5)):
            group["lr"] = 0.01 * factor * share
        parameters[0].grad = gradient(step)
        if step >= 3:
            parameters[1].grad = torch.from_numpy(formula.signed(f"optimizer.late.gradient{step}", 5).copy())
        optimizer.step()
        history.append([formula.numbers(p) for p in parameters])
    return {"lr": 0.01, "lr_factor": 0.5, "weight_decay": 0.1, "weight_decay_factor": 0.25, "first_step": 3,
            "after_each_step": history}


def averages():
    swa = torch.optim.swa_utils

    def ramp(decay):
        def update(averaged, current, count):
            share = 1 - min(decay, (1 + int(count)) / (10 + int(count)))
            torch._foreach_lerp_(averaged, current, share)
        return update

    cases = {}
    for name, decay, function in [
        ("constant", 0.9, swa.get_ema_multi_avg_fn(0.9)), ("slow", 0.999, swa.get_ema_multi_avg_fn(0.999)),
        ("ramp", 0.3, ramp(0.3)), ("long ramp", 0.999, ramp(0.999)),
    ]:
        model = torch.nn.Module()
        model.weight = start()
        average = swa.AveragedModel(model, multi_avg_fn=function)
        history = []
        for step in range(len(RATE_FACTORS)):
            with torch.no_grad():
                model.weight.copy_(gradient(step))
            average.update_parameters(model)
            history.append(formula.numbers(average.module.weight))
        cases[name] = {"decay": decay, "ramp": "ramp" in name, "after_each_update": history}
    return cases


def plateaus():
    metrics = [0.1, 0.2, 0.2, 0.2, 0.21, 0.2101, 0.2, 0.19, 0.18, 0.18, 0.18, 0.22, 0.22, 0.22, 0.22, 0.22, 0.22, 0.22]
    cases = []
    for options in [
        dict(factor=0.1, patience=1, threshold=1e-4, cooldown=0, min_lr=0.0),
        dict(factor=0.5, patience=2, threshold=0.01, cooldown=2, min_lr=0.0),
        dict(factor=0.3, patience=0, threshold=0.0, cooldown=1, min_lr=0.05),
    ]:
        optimizer = torch.optim.SGD([start()], lr=1.0)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="max", eps=0.0, **options)
        values = []
        for metric in metrics:
            scheduler.step(metric)
            values.append(optimizer.param_groups[0]["lr"])
        cases.append({**options, "metrics": metrics, "factors": values})
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
        "one cycle": {"base": 0.02, "total": 30, "values": run(
            lambda o: [rate.OneCycleLR(o, max_lr=0.02, total_steps=30)], 30)},
        "one cycle set": {"base": 0.02, "total": 17, "rise": 0.4, "start_divisor": 10, "end_divisor": 100, "values": run(
            lambda o: [rate.OneCycleLR(
                o, max_lr=0.02, total_steps=17, pct_start=0.4, div_factor=10, final_div_factor=100)], 17)},
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
        "about": "parameter: s('optimizer.parameter'), 12; gradient of step k: s('optimizer.gradient<k>'), its rate "
                 "lr times rate_factors[k]; an average sees the gradients as weights. Schedules: the rate used at step 0, 1, "
                 ".... Clipping: s('clip.gradient<k>') of 12, 5 and 1 elements; factor = min(1, limit / (norm + 1e-6))",
        "rate_factors": RATE_FACTORS, "optimizers": optimizers(), "late parameter": late_parameter(),
        "averages": averages(), "plateaus": plateaus(), "schedules": schedules(), "clipping": clipping(),
    })


if __name__ == "__main__":
    main(sys.argv[1])
