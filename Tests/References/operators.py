"""Results and gradients of single operators, from torch with formula weights.

    python operators.py ../GraphTests/Fixtures

The input is 'input', [2, 6, 5, 7], and the loss the sum of the result times 'loss', numbers by formula of its shape. Values
are those of a float64 evaluation; `float32_error` is how far torch's own float32 evaluation of the result is from it.
"""

import sys

import numpy
import torch
from torch import nn
from torch.nn import functional as F

import formula

SHAPE = (2, 6, 5, 7)


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def cases():
    return {
        "linear behind flatten": nn.Sequential(nn.Flatten(), nn.Linear(6 * 5 * 7, 3)),
        "flatten": nn.Flatten(),
        "adaptive pooling to fewer": nn.AdaptiveAvgPool2d((3, 2)),
        "adaptive pooling to more": nn.AdaptiveAvgPool2d((7, 9)),
        "local response, five channels": nn.LocalResponseNorm(5, alpha=0.5, beta=0.75, k=1.0),
        "local response, four channels": nn.LocalResponseNorm(4, alpha=0.3, beta=0.6, k=2.0),
        "layer normalisation": LayerNormalization(6),
        "softmax": nn.Softmax(dim=1),
        "bilinear by 2": nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
        "bilinear by 3 and 2": nn.Upsample(scale_factor=(3, 2), mode="bilinear", align_corners=False),
        "bilinear to 4x10": nn.Upsample(size=(4, 10), mode="bilinear", align_corners=False),
        "product of maps": Function(lambda x: x * x.sigmoid()),
        "product with means": Function(lambda x: x * x.mean((2, 3), keepdim=True)),
        "transposed, stride 2": nn.ConvTranspose2d(6, 4, 3, 2, padding=1, output_padding=1),
        "transposed, even kernel without bias": nn.ConvTranspose2d(6, 5, 4, 2, padding=1, bias=False),
        "transposed, rectangle in groups": nn.ConvTranspose2d(
            6, 4, (2, 3), (2, 1), padding=(0, 1), groups=2, dilation=(1, 2)),
        "transposed, dilated": nn.ConvTranspose2d(6, 3, 3, 2, padding=2, output_padding=2, dilation=3),
        "transposed, depthwise": nn.ConvTranspose2d(6, 6, 3, 3, groups=6),
    }


class LayerNormalization(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def tensor(name, shape):
    return torch.from_numpy(formula.signed(name, int(numpy.prod(shape))).reshape(shape) * formula.F32(2))


def evaluate(module, dtype):
    module = module.to(dtype)
    module.zero_grad()
    x = tensor("input", SHAPE).to(dtype).requires_grad_()
    result = module(x)
    (result * tensor("loss", tuple(result.shape)).to(dtype)).sum().backward()
    return result.detach(), x.grad, {name: p.grad for name, p in module.named_parameters()}


def case(module):
    for name, parameter in module.named_parameters():
        last = name.split(".")[-1]
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(formula.parameter(f"layer.{last}", tuple(parameter.shape))))
    single = evaluate(module, torch.float32)
    result, gradient, parameters = evaluate(module, torch.float64)
    return {
        "result": formula.summary(result), "input": formula.summary(gradient),
        "parameters": {name.split(".")[-1]: formula.summary(value) for name, value in parameters.items()},
        "float32_error": formula.relative_error(result, single[0]),
    }


def main(folder):
    torch.set_num_threads(1)
    formula.write_json(f"{folder}/operators.json", {
        "about": "input: name 'input', [2, 6, 5, 7], 2 * s; gradients of the sum of the result times 'loss', 2 * s; "
                 "parameters: layer.weight, layer.bias",
        "operators": {name: case(module) for name, module in cases().items()},
    })


if __name__ == "__main__":
    main(sys.argv[1])
