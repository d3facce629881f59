"""Losses of classifiers, by sample and averaged, with their gradients, from torch.

    python sample_losses.py ../ModelsTests/Fixtures
"""

import sys

import torch
from torch.nn import functional

import formula

SAMPLES = 4
OUTPUTS = 5
LABELS = [2, 0, 4, 1]
SEVERAL = [[2], [0, 1, 4], [], [3, 4]]


def outputs(scale):
    numbers = torch.from_numpy(formula.signed("losses.outputs", SAMPLES * OUTPUTS).copy()) * scale
    return numbers.double().reshape(SAMPLES, OUTPUTS)


def targets(rows):
    result = torch.zeros(SAMPLES, OUTPUTS, dtype=torch.float64)
    for row, labels in enumerate(rows):
        for label in labels:
            result[row, label] = 1
    return result


def case(loss, rows, scale):
    """Each sample's loss, the mean over them and its gradient, in double precision."""
    samples = [loss(outputs(scale)[row:row + 1], targets(rows)[row:row + 1]) for row in range(SAMPLES)]
    values = outputs(scale).requires_grad_()
    mean = loss(values, targets(rows))
    mean.backward()
    return {
        "targets": rows, "scale": scale, "samples": [value.item() for value in samples], "mean": mean.item(),
        "gradient": values.grad.flatten().tolist(),
    }


def main(folder):
    one = [[label] for label in LABELS]

    def cross_entropy(smoothing):
        return lambda x, t: functional.cross_entropy(x, t, label_smoothing=smoothing)

    def binary(smoothing):
        return lambda x, t: functional.binary_cross_entropy_with_logits(x, t * (1 - smoothing) + smoothing / 2)

    cases = {
        "cross-entropy": case(cross_entropy(0), one, 3),
        "cross-entropy smoothed": case(cross_entropy(0.1), one, 3),
        "cross-entropy of large numbers": case(cross_entropy(0), one, 300),
        "binary cross-entropy": case(binary(0), SEVERAL, 3),
        "binary cross-entropy smoothed": case(binary(0.2), SEVERAL, 3),
        "binary cross-entropy of large numbers": case(binary(0), SEVERAL, 300),
        "mean squared error": case(functional.mse_loss, SEVERAL, 3),
        "mean absolute error": case(functional.l1_loss, SEVERAL, 3),
        "huber": case(lambda x, t: functional.huber_loss(x, t, delta=0.7), SEVERAL, 3),
    }
    formula.write_json(f"{folder}/sample-losses.json", {"cases": cases})


if __name__ == "__main__":
    main(sys.argv[1])
