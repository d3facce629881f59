"""Makes the models of Fixtures/Operators, one an operator or a small network, and records what ONNX Runtime computes.

    python operators.py ../Fixtures

Writes Operators/NAME.onnx and Operators/recorded.safetensors, with tensors called NAME/input/… and NAME/output/….
Versions: numpy 2.2, onnx 1.19 or later, onnxruntime 1.22 or later, safetensors 0.5.
"""

import os
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

random = np.random.default_rng(17)
KINDS = {np.dtype("float32"): TensorProto.FLOAT, np.dtype("int64"): TensorProto.INT64, np.dtype("uint8"): TensorProto.UINT8,
         np.dtype("bool"): TensorProto.BOOL, np.dtype("int32"): TensorProto.INT32, np.dtype("int8"): TensorProto.INT8,
         np.dtype("float16"): TensorProto.FLOAT16}


def floats(*shape):
    return random.standard_normal(shape).astype(np.float32)


def positive(*shape):
    return (random.random(shape) + 0.2).astype(np.float32)


def ints(*values):
    return np.array(values, np.int64)


class Case:
    """A model that is put together node by node."""

    def __init__(self, name, opset=17, prefix="", **inputs):
        self.name, self.opset, self.prefix, self.inputs = name, opset, prefix, inputs
        self.nodes, self.constants, self.count = [], [], 0

    def constant(self, value):
        self.count += 1
        name = f"{self.prefix}constant{self.count}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(self, kind, *inputs, outputs=1, **attributes):
        names = [value if isinstance(value, str) else self.constant(value) for value in inputs]
        self.count += 1
        results = [f"{self.prefix}{kind.lower()}{self.count}_{index}" for index in range(outputs)]
        self.nodes.append(
            helper.make_node(kind, names, results, name=f"{self.prefix}{kind}_{self.count}", **attributes))
        return results[0] if outputs == 1 else results


cases = []


def one(name, kind, *inputs, opset=17, outputs=1, **attributes):
    """A model of one operator; arrays in a list are constants."""
    given = {}
    slots = []
    for index, value in enumerate(inputs):
        if isinstance(value, list):
            slots.append(np.asarray(value[0]))
        elif value is None:
            slots.append("")
        else:
            given[f"x{index}"] = value
            slots.append(f"x{index}")
    case = Case(name, opset, **given)
    results = case.node(kind, *slots, outputs=outputs, **attributes)
    cases.append((case, [results] if outputs == 1 else results))


# Convolutions: odd sizes, padding on four sides, groups, dilation, a row.
one("conv", "Conv", floats(2, 3, 9, 11), [floats(5, 3, 3, 3)], [floats(5)], pads=[1, 0, 2, 1], strides=[2, 1])
one("conv-groups", "Conv", floats(1, 6, 7, 8), [floats(9, 2, 3, 2)], group=3, dilations=[2, 1], pads=[2, 1, 2, 0])
one("conv-depthwise", "Conv", floats(1, 16, 9, 9), [floats(16, 1, 5, 5)], [floats(16)], group=16, pads=[2, 2, 2, 2])
one("conv-same", "Conv", floats(1, 3, 10, 7), [floats(4, 3, 3, 3)], auto_pad="SAME_UPPER", strides=[2, 2])
one("conv-row", "Conv", floats(2, 3, 17), [floats(4, 3, 5)], [floats(4)], pads=[2, 2], strides=[2])
one("conv-volume", "Conv", floats(1, 2, 4, 5, 6), [floats(3, 2, 2, 3, 2)], pads=[0, 1, 0, 1, 1, 0])
one("conv-transposed", "ConvTranspose", floats(1, 4, 5, 6), [floats(4, 3, 3, 2)], [floats(3)], strides=[2, 3],
    pads=[1, 0, 1, 1], output_padding=[1, 0])
one("conv-transposed-shape", "ConvTranspose", floats(1, 2, 4, 4), [floats(2, 2, 3, 3)], strides=[2, 2],
    output_shape=[8, 8])
one("gemm", "Gemm", floats(3, 7), [floats(5, 7)], [floats(5)], transB=1, alpha=0.5, beta=2.0)
one("gemm-plain", "Gemm", floats(3, 7), [floats(7, 5)])
one("matmul-constant", "MatMul", floats(2, 4, 7), [floats(7, 5)])
one("matmul", "MatMul", floats(2, 3, 4, 7), floats(3, 7, 5))
one("matmul-vector", "MatMul", floats(4, 7), floats(7))

# Pooling.
one("max-pool", "MaxPool", floats(1, 3, 9, 11), kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 1])
one("max-pool-ceil", "MaxPool", floats(1, 3, 10, 10), kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
one("max-pool-indices", "MaxPool", floats(1, 2, 5, 5), kernel_shape=[2, 2], strides=[2, 2], outputs=2)
one("average-pool", "AveragePool", floats(1, 3, 9, 11), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
one("average-pool-counted", "AveragePool", floats(1, 3, 9, 11), kernel_shape=[3, 3], pads=[1, 1, 1, 1],
    count_include_pad=1)
one("global-average-pool", "GlobalAveragePool", floats(2, 5, 4, 3))
one("global-max-pool", "GlobalMaxPool", floats(2, 5, 4, 3))

# Normalisation.
one("batch-norm", "BatchNormalization", floats(2, 5, 3, 4), [positive(5)], [floats(5)], [floats(5)], [positive(5)],
    epsilon=1e-3)
one("batch-norm-rows", "BatchNormalization", floats(4, 5), [positive(5)], [floats(5)], [floats(5)], [positive(5)])
one("instance-norm", "InstanceNormalization", floats(2, 5, 3, 4), [positive(5)], [floats(5)])
one("layer-norm", "LayerNormalization", floats(2, 3, 8), [positive(8)], [floats(8)], axis=-1)
one("layer-norm-two", "LayerNormalization", floats(2, 3, 8), [positive(3, 8)], [floats(3, 8)], axis=1)
one("lrn", "LRN", floats(1, 9, 3, 4), size=5, alpha=0.3, beta=0.6, bias=2.0)
one("l2-norm", "LpNormalization", floats(2, 5, 3), axis=1, p=2)

# Functions.
for kind in ("Relu", "Sigmoid", "Tanh", "HardSwish", "Softplus", "Softsign", "Erf", "Exp", "Abs", "Neg", "Ceil", "Floor",
             "Round", "Sign", "Mish", "Sin", "Cos", "Atan"):
    one(kind.lower(), kind, floats(2, 3, 4, 5), opset=18)
one("leaky-relu", "LeakyRelu", floats(2, 3, 4, 5), alpha=0.2)
one("hard-sigmoid", "HardSigmoid", floats(2, 3, 4, 5) * 3, alpha=1 / 6, beta=0.5)
one("hard-sigmoid-usual", "HardSigmoid", floats(2, 3, 4, 5) * 3)
one("elu", "Elu", floats(2, 3, 4, 5), alpha=0.7)
one("prelu", "PRelu", floats(2, 3, 4, 5), [floats(3, 1, 1)])
one("clip", "Clip", floats(2, 3, 4, 5) * 5, [np.float32(0)], [np.float32(6)])
one("clip-low", "Clip", floats(2, 3, 4, 5), [np.float32(-0.3)])
one("sqrt", "Sqrt", positive(3, 4))
one("gelu", "Gelu", floats(3, 4), opset=20)
one("softmax", "Softmax", floats(2, 5, 3, 4), axis=1)
one("softmax-old", "Softmax", floats(2, 5, 3), axis=1, opset=11)
one("log-softmax", "LogSoftmax", floats(2, 5), axis=-1)

# Arithmetic, with axes stretched.
one("add", "Add", floats(2, 3, 4, 5), floats(3, 1, 5))
one("add-constant", "Add", floats(2, 3, 4, 5), [floats(1, 3, 1, 1)])
one("sub-from", "Sub", [floats(3, 1, 1)], floats(2, 3, 4, 5))
one("mul-constant", "Mul", floats(2, 3, 4, 5), [floats(5)])
one("mul-gate", "Mul", floats(2, 3, 4, 5), floats(2, 3, 1, 1))
one("div", "Div", floats(2, 3, 4), [positive(4)])
one("pow", "Pow", positive(2, 3, 4), [np.float32(1.7)])
one("max", "Max", floats(2, 3, 4), floats(4), [floats(3, 1)])
one("where", "Where", floats(2, 3) > 0, floats(2, 3), [floats(3)])
one("integers", "Div", ints(7, -7, 9), ints(2, 2, -4))
one("mod", "Mod", ints(7, -7, 9), ints(3, 3, -4))

# Shapes.
one("reshape", "Reshape", floats(2, 3, 4, 5), [ints(0, -1, 10)])
one("flatten", "Flatten", floats(2, 3, 4, 5), axis=1)
one("transpose", "Transpose", floats(2, 3, 4, 5), perm=[2, 0, 3, 1])
one("squeeze", "Squeeze", floats(2, 1, 4, 1), [ints(1)])
one("unsqueeze", "Unsqueeze", floats(2, 4), [ints(0, 3)])
one("concat", "Concat", floats(1, 2, 3, 4), floats(1, 5, 3, 4), axis=1)
one("concat-last", "Concat", floats(1, 2, 3, 4), [floats(1, 2, 3, 2)], axis=3)
one("split", "Split", floats(1, 7, 3), [ints(2, 5)], axis=1, outputs=2)
one("slice", "Slice", floats(2, 3, 9, 8), [ints(1, -1)], [ints(8, 0)], [ints(2, 3)], [ints(3, -2)])
one("gather", "Gather", floats(2, 5, 3), [ints(4, -5, 2)], axis=1)
one("gather-dynamic", "Gather", floats(5, 3), ints(4, 0, 2))
one("expand", "Expand", floats(3, 1), [ints(2, 3, 4)])
one("tile", "Tile", floats(2, 3, 1), [ints(1, 2, 3)])
one("pad", "Pad", floats(1, 2, 3, 4), [ints(0, 0, 1, 2, 0, 1, 0, 1)], [np.float32(0.5)])
one("pad-reflect", "Pad", floats(1, 2, 4, 5), [ints(0, 0, 2, 1, 0, 0, 1, 3)], mode="reflect")
one("pad-edge", "Pad", floats(1, 2, 4, 5), [ints(0, 0, 2, 1, 0, 0, 1, 3)], mode="edge")
one("depth-to-space", "DepthToSpace", floats(1, 12, 2, 3), blocksize=2)
one("depth-to-space-crd", "DepthToSpace", floats(1, 12, 2, 3), blocksize=2, mode="CRD")
one("space-to-depth", "SpaceToDepth", floats(1, 3, 4, 6), blocksize=2)
one("cast", "Cast", floats(2, 3) * 3, to=TensorProto.INT32)
one("range", "Range", np.int64(2), np.int64(11), np.int64(3))
one("cumsum", "CumSum", floats(2, 5), [np.int64(1)], reverse=1)
one("one-hot", "OneHot", ints(1, 3, 0), [np.int64(4)], [np.array([0, 2], np.float32)])
one("scatter", "ScatterND", floats(4, 3), [ints(1, 3).reshape(2, 1)], floats(2, 3))
one("gather-elements", "GatherElements", floats(3, 4), ints(0, 2, 1, 1).reshape(1, 4), axis=0)
one("gather-nd", "GatherND", floats(3, 4, 2), ints(0, 2, 1, 1).reshape(2, 2))
one("non-zero", "NonZero", (floats(3, 4) > 0).astype(np.float32))

# Sums, choices, sizes.
for kind in ("ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceProd"):
    one(kind.lower(), kind, floats(2, 3, 4, 5), axes=[1, 3], keepdims=0)
one("reduce-map", "ReduceMean", floats(2, 3, 4, 5), axes=[2, 3])
one("reduce-sum", "ReduceSum", floats(2, 3, 4), [ints(-1)])
one("arg-max", "ArgMax", floats(2, 5, 3), axis=1, keepdims=0)
one("top-k", "TopK", floats(2, 7), [ints(3)], outputs=2)
one("suppression", "NonMaxSuppression", np.sort(positive(1, 12, 2, 2), axis=2).reshape(1, 12, 4), positive(1, 2, 12),
    [ints(5)], [np.float32(0.4)], [np.float32(0.3)])
one("resize-nearest", "Resize", floats(1, 2, 4, 5), None, [np.array([1, 1, 2, 2], np.float32)], mode="nearest",
    coordinate_transformation_mode="asymmetric", nearest_mode="floor")
one("resize-linear", "Resize", floats(1, 2, 4, 5), None, None, [ints(1, 2, 7, 9)], mode="linear")
one("resize-align", "Resize", floats(1, 2, 4, 5), None, None, [ints(1, 2, 7, 9)], mode="linear",
    coordinate_transformation_mode="align_corners")
one("resize-cubic", "Resize", floats(1, 2, 6, 5), None, [np.array([1, 1, 0.7, 1.6], np.float32)], mode="cubic",
    coordinate_transformation_mode="pytorch_half_pixel")
one("upsample", "Upsample", floats(1, 2, 4, 5), [np.array([1, 1, 2, 3], np.float32)], mode="nearest", opset=9)
one("grid-sample", "GridSample", floats(1, 2, 5, 6), floats(1, 4, 3, 2) * 0.8, mode="bilinear",
    opset=16)
one("roi-align", "RoiAlign", floats(1, 2, 8, 8), np.array([[0.5, 1, 6, 7.2], [2, 2, 3, 3]], np.float32), ints(0, 0),
    output_height=3, output_width=2, sampling_ratio=2, spatial_scale=1.0)
one("einsum", "Einsum", floats(2, 3, 4), floats(2, 4, 5), equation="bij,bjk->bik")
one("quantize", "QuantizeLinear", floats(3, 4) * 50, [np.float32(0.7)], [np.uint8(120)])
one("dequantize", "DequantizeLinear", random.integers(0, 255, (2, 3, 4)).astype(np.uint8), [positive(3)],
    [np.array([3, 100, 128], np.uint8)], axis=1)
one("lstm", "LSTM", floats(5, 2, 3), [floats(2, 16, 3)], [floats(2, 16, 4)], [floats(2, 32)], hidden_size=4,
    direction="bidirectional", outputs=3)
one("gru", "GRU", floats(5, 2, 3), [floats(1, 12, 3)], [floats(1, 12, 4)], [floats(1, 24)], hidden_size=4,
    linear_before_reset=1, outputs=2)


def network(name, opset=17, **inputs):
    case = Case(name, opset, **inputs)
    return case


# A stem as YOLOX and YOLOv5 have it, SiLU written out, and a head that ends as theirs do.
case = network("focus", opset=11, image=floats(1, 3, 16, 24))
parts = []
for row, column in ((0, 0), (1, 0), (0, 1), (1, 1)):
    part = case.node("Slice", "image", ints(row), ints(2**31 - 1), ints(2), ints(2))
    parts.append(case.node("Slice", part, ints(column), ints(2**31 - 1), ints(3), ints(2)))
value = case.node("Concat", *parts, axis=1)
value = case.node("Conv", value, floats(8, 12, 3, 3), floats(8), pads=[1, 1, 1, 1])
value = case.node("Mul", value, case.node("Sigmoid", value))
left = case.node("Conv", value, floats(6, 8, 1, 1))
right = case.node("Sigmoid", case.node("Conv", value, floats(2, 8, 1, 1)))
joined = case.node("Concat", left, right, axis=1)
shape = case.node("Concat", case.node("Gather", case.node("Shape", joined), ints(0), axis=0), ints(8), ints(-1), axis=0)
cases.append((case, [case.node("Transpose", case.node("Reshape", joined, shape), perm=[0, 2, 1])]))

# Squeeze and excitation, hard-swish from its parts, a residual.
case = network("excitation", image=floats(2, 8, 6, 5))
value = case.node("Conv", "image", floats(8, 1, 3, 3), group=8, pads=[1, 1, 1, 1])
value = case.node("BatchNormalization", value, positive(8), floats(8), floats(8), positive(8))
gate = case.node("Clip", case.node("Add", value, np.float32(3)), np.float32(0), np.float32(6))
value = case.node("Div", case.node("Mul", value, gate), np.float32(6))
mean = case.node("ReduceMean", value, axes=[2, 3])
mean = case.node("Relu", case.node("Conv", mean, floats(4, 8, 1, 1), floats(4)))
mean = case.node("HardSigmoid", case.node("Conv", mean, floats(8, 4, 1, 1), floats(8)), alpha=1 / 6)
cases.append((case, [case.node("Relu", case.node("Add", case.node("Mul", value, mean), "image"))]))

# Attention over the pixels of a map.
case = network("attention", image=floats(1, 8, 4, 3))
rows = case.node("Transpose", case.node("Reshape", "image", ints(1, 8, 12)), perm=[0, 2, 1])
rows = case.node("LayerNormalization", rows, positive(8), floats(8))
mixed = case.node("Reshape", case.node("Add", case.node("MatMul", rows, floats(8, 24)), floats(24)), ints(1, 12, 3, 2, 4))
mixed = case.node("Transpose", mixed, perm=[2, 0, 3, 1, 4])
query, key, content = (case.node("Gather", mixed, np.int64(index), axis=0) for index in range(3))
scores = case.node("Mul", case.node("MatMul", query, case.node("Transpose", key, perm=[0, 1, 3, 2])), np.float32(0.5))
seen = case.node("MatMul", case.node("Softmax", scores, axis=-1), content)
seen = case.node("Reshape", case.node("Transpose", seen, perm=[0, 2, 1, 3]), ints(1, 12, 8))
cases.append((case, [case.node("Add", rows, seen)]))

# What a plan cannot know: boxes that remain, and a convolution of a part of the map that data chooses.
case = network("chosen", image=floats(1, 4, 6, 6))
best = case.node("TopK", case.node("Reshape", case.node("ReduceMax", "image", axes=[2, 3], keepdims=0), ints(4)), ints(2),
                 outputs=2)
part = case.node("Gather", "image", best[1], axis=1)
cases.append((case, [case.node("Relu", case.node("Conv", part, floats(3, 2, 3, 3)))]))

# A file of 16-bit floats.
case = network("half", image=floats(1, 4, 6, 6).astype(np.float16))
value = case.node("Conv", "image", floats(3, 4, 3, 3).astype(np.float16) * np.float16(0.1))
cases.append((case, [case.node("Cast", value, to=TensorProto.FLOAT)]))

# Graphs within nodes: one that data chooses, and one that is repeated, with what stands before it.
def graph(name, inputs, kinds, make):
    inner = Case(name, prefix=name + "_")
    results = make(inner, *inputs)
    return helper.make_graph(
        inner.nodes, name, [helper.make_tensor_value_info(value, kind, []) for value, kind in inputs.items()],
        [helper.make_tensor_value_info(value, kind, None) for value, kind in zip(results, kinds)], inner.constants)


for name, sign in (("branch-then", 1), ("branch-else", -1)):
    case = network(name, image=np.abs(floats(1, 4, 5, 5)) * np.float32(sign))
    value = case.node("Conv", "image", floats(3, 4, 3, 3))
    condition = case.node("Greater", case.node("ReduceSum", "image", keepdims=0), np.float32(0))
    chosen = case.node(
        "If", condition,
        then_branch=graph("then", {}, [TensorProto.FLOAT], lambda inner: [inner.node("Mul", value, np.float32(2))]),
        else_branch=graph("else", {}, [TensorProto.FLOAT], lambda inner: [inner.node("Neg", value)]))
    cases.append((case, [case.node("Relu", chosen)]))


def rounds(inner, number, going, sum):
    sum = inner.node("Add", sum, inner.node("Cast", number, to=TensorProto.FLOAT))
    row = inner.node("Mul", inner.node("Gather", "image", number, axis=2), sum)
    return [inner.node("Less", sum, np.float32(1000)), sum, row]


case = network("loop", image=floats(1, 2, 3, 3), count=np.int64(3))
body = graph("body", {"number": TensorProto.INT64, "going": TensorProto.BOOL, "sum": TensorProto.FLOAT},
             [TensorProto.BOOL, TensorProto.FLOAT, TensorProto.FLOAT], rounds)
cases.append((case, case.node("Loop", "count", np.array(True), case.node("ReduceSum", "image", keepdims=0), body=body,
                              outputs=2)))

# Numbers of eight bits: as static quantisation writes them, per channel and with its makers' own operators, and as that does
# which looks at the numbers.
case = network("quantized", image=floats(1, 3, 9, 9))
zero, small = np.uint8(121), np.float32(0.031)
value = case.node("QuantizeLinear", "image", small, zero)
weights = [random.integers(-127, 128, shape).astype(np.int8) for shape in ((4, 3, 3, 3), (4, 4, 1, 1))]
value = case.node("QLinearConv", value, small, zero, weights[0], positive(4) * 0.01, np.zeros(4, np.int8),
                  np.float32(0.043), np.uint8(100), random.integers(-900, 900, 4).astype(np.int32), pads=[1, 1, 1, 1])
value = case.node("MaxPool", value, kernel_shape=[2, 2], strides=[2, 2])
other = case.node("QLinearConv", value, np.float32(0.043), np.uint8(100), weights[1], np.float32(0.013), np.int8(0),
                  np.float32(0.051), np.uint8(130))
value = case.node("QLinearAdd", value, np.float32(0.043), np.uint8(100), other, np.float32(0.051), np.uint8(130),
                  np.float32(0.067), np.uint8(117), domain="com.microsoft")
value = case.node("QLinearConcat", np.float32(0.07), np.uint8(120), value, np.float32(0.067), np.uint8(117), other,
                  np.float32(0.051), np.uint8(130), axis=1, domain="com.microsoft")
mean = case.node("QLinearGlobalAveragePool", value, np.float32(0.07), np.uint8(120), np.float32(0.037), np.uint8(110),
                 domain="com.microsoft")
cases.append((case, [case.node("DequantizeLinear", value, np.float32(0.07), np.uint8(120)), mean]))

case = network("quantized-dynamic", image=floats(1, 3, 7, 7))
parts = case.node("DynamicQuantizeLinear", "image", outputs=3)
sum = case.node("ConvInteger", parts[0], random.integers(-127, 128, (4, 3, 3, 3)).astype(np.int8), parts[2], np.int8(3))
value = case.node("Mul", case.node("Cast", sum, to=TensorProto.FLOAT), case.node("Mul", parts[1], np.float32(0.02)))
rows = case.node("Reshape", case.node("Relu", value), ints(4, 25))
parts = case.node("DynamicQuantizeLinear", rows, outputs=3)
sum = case.node("MatMulInteger", parts[0], random.integers(0, 255, (25, 6)).astype(np.uint8), parts[2], np.uint8(127))
cases.append((case, [
    case.node("Mul", case.node("Cast", sum, to=TensorProto.FLOAT), case.node("Mul", parts[1], np.float32(0.02)))]))

# Weights that are standardised as they are used, as timm has them.
case = network("standardized", image=floats(1, 4, 5, 5))
weight = case.node("BatchNormalization", floats(1, 6, 36), positive(6), np.zeros(6, np.float32), np.zeros(6, np.float32),
                   np.ones(6, np.float32), training_mode=1, epsilon=1e-3, outputs=3)[0]
cases.append((case, [case.node("Conv", "image", case.node("Reshape", weight, ints(6, 4, 3, 3)))]))

one("einsum-constant", "Einsum", floats(2, 3, 4, 5), [floats(3, 6, 5)], equation="bhwc,hkc->bhwk")
one("gru-reset-first", "GRU", floats(5, 2, 3), [floats(2, 12, 3)], [floats(2, 12, 4)], [floats(2, 24)], hidden_size=4,
    direction="bidirectional", outputs=2)
one("rnn", "RNN", floats(5, 2, 7), [floats(1, 4, 7)], [floats(1, 4, 4)], [floats(1, 8)], hidden_size=4,
    direction="reverse", outputs=2)
one("scatter-sums", "ScatterND", floats(4, 3), [ints(1, -1, 1).reshape(3, 1)], floats(3, 3), reduction="add", opset=16)


def main(target):
    folder = os.path.join(target, "Operators")
    os.makedirs(folder, exist_ok=True)
    recorded = {}
    for case, outputs in cases:
        inputs = [helper.make_tensor_value_info(name, KINDS[np.asarray(value).dtype], np.asarray(value).shape)
                  for name, value in case.inputs.items()]
        graph = helper.make_graph(case.nodes, case.name, inputs, [onnx.ValueInfoProto(name=name) for name in outputs],
                                  case.constants)
        opsets = [helper.make_opsetid("", case.opset)]
        opsets += [helper.make_opsetid(domain, 1) for domain in {node.domain for node in case.nodes} - {""}]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        model = onnx.shape_inference.infer_shapes(model)
        kinds = {value.name: value for value in list(model.graph.value_info) + list(model.graph.output)}
        for index, name in enumerate(outputs):
            if not model.graph.output[index].type.HasField("tensor_type"):
                model.graph.output[index].CopyFrom(kinds.get(name, model.graph.output[index]))
        path = os.path.join(folder, case.name + ".onnx")
        onnx.save(model, path)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        values = session.run(outputs, {name: np.asarray(value) for name, value in case.inputs.items()})
        for name, value in case.inputs.items():
            recorded[f"{case.name}/input/{name}"] = np.asarray(value, order="C")
        for name, value in zip(outputs, values):
            recorded[f"{case.name}/output/{name}"] = np.asarray(value, order="C")
    save_file(recorded, os.path.join(folder, "recorded.safetensors"))
    print(len(cases), "models")


if __name__ == "__main__":
    main(sys.argv[1])
