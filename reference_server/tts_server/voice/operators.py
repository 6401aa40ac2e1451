"""One rule for each TFLite operator that the embedded voice's graphs use; what is unknown is refused."""

from __future__ import annotations

from typing import Any, Callable, Dict

import numpy as np
import tflite
from onnx import TensorProto, helper

from tts_server.errors import EngineError
from tts_server.voice.graph import NAMES, ONNX_TYPES, Builder, Call, code_of

LAST = np.iinfo(np.int64).max
Rule = Callable[[Builder, Call], None]
RULES: Dict[str, Rule] = {}


def rule(*kinds: str) -> Callable[[Rule], Rule]:
    def keep(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(kinds, function))
        return function

    return keep


def _same(kind: str, **attributes: Any) -> Rule:
    return lambda build, call: build.nodes.append(helper.make_node(kind, call.names, [call.output], **attributes))


for _source, _target in (
    ("TANH", "Tanh"), ("EXP", "Exp"), ("LOG", "Log"), ("ROUND", "Round"), ("LESS", "Less"), ("RANGE", "Range"),
    ("GREATER_EQUAL", "GreaterOrEqual"), ("MAXIMUM", "Max"), ("DEQUANTIZE", "Identity"), ("QUANTIZE", "Identity"),
):  # fmt: skip
    RULES[_source] = _same(_target)


@rule("ADD", "SUB", "MUL")
def _arithmetic(build: Builder, call: Call) -> None:
    kind = NAMES[code_of(build, call.operator)].capitalize()
    table = {"Add": tflite.AddOptions, "Sub": tflite.SubOptions, "Mul": tflite.MulOptions}[kind]
    result = build.emit(kind, call.names)
    shift = build.shifts.get(call.out)
    if shift:
        result = build.emit("Add", [result, shift])
    build.finish(result, call.output, call.options(table).FusedActivationFunction())


@rule("SQUARED_DIFFERENCE")
def _squared_difference(build: Builder, call: Call) -> None:
    difference = build.emit("Sub", call.names)
    build.emit("Mul", [difference, difference], call.output)


@rule("RSQRT")
def _rsqrt(build: Builder, call: Call) -> None:
    build.emit("Reciprocal", [build.emit("Sqrt", call.names)], call.output)


@rule("NOT_EQUAL")
def _not_equal(build: Builder, call: Call) -> None:
    build.emit("Not", [build.emit("Equal", call.names)], call.output)


@rule("CAST")
def _cast(build: Builder, call: Call) -> None:
    build.emit("Cast", call.names, call.output, to=ONNX_TYPES[build.graph.Tensors(call.out).Type()])


@rule("SHAPE")
def _shape(build: Builder, call: Call) -> None:
    build.emit("Cast", [build.emit("Shape", call.names)], call.output, to=TensorProto.INT32)


@rule("RESHAPE")
def _reshape(build: Builder, call: Call) -> None:
    build.emit("Reshape", [call.names[0], build.long(call.names[1])], call.output)


@rule("EXPAND_DIMS")
def _expand_dims(build: Builder, call: Call) -> None:
    axis = build.constant(np.array([int(call.const(1))], np.int64))
    build.emit("Unsqueeze", [call.names[0], axis], call.output)
    if call.ins[0] in build.dilation:
        build.dilation[call.out] = build.dilation[call.ins[0]]


@rule("SQUEEZE")
def _squeeze(build: Builder, call: Call) -> None:
    axes = call.options(tflite.SqueezeOptions).SqueezeDimsAsNumpy()
    build.emit("Squeeze", [call.names[0], build.constant(np.asarray(axes, np.int64))], call.output)


@rule("PACK")
def _pack(build: Builder, call: Call) -> None:
    axis = call.options(tflite.PackOptions).Axis()
    where = build.constant(np.array([axis], np.int64))
    build.emit("Concat", [build.emit("Unsqueeze", [name, where]) for name in call.names], call.output, axis=axis)


@rule("CONCATENATION")
def _concatenation(build: Builder, call: Call) -> None:
    build.emit("Concat", call.names, call.output, axis=call.options(tflite.ConcatenationOptions).Axis())


@rule("GATHER")
def _gather(build: Builder, call: Call) -> None:
    build.emit("Gather", call.names, call.output, axis=call.options(tflite.GatherOptions).Axis())


@rule("TRANSPOSE")
def _transpose(build: Builder, call: Call) -> None:
    build.emit("Transpose", call.names[:1], call.output, perm=call.const(1).tolist())


@rule("TILE")
def _tile(build: Builder, call: Call) -> None:
    build.emit("Tile", [call.names[0], build.long(call.names[1])], call.output)


@rule("FILL")
def _fill(build: Builder, call: Call) -> None:
    build.emit("Expand", [call.names[1], build.long(call.names[0])], call.output)


@rule("WHERE")
def _where(build: Builder, call: Call) -> None:
    build.emit("Transpose", [build.emit("NonZero", call.names)], call.output, perm=[1, 0])


@rule("SUM", "MEAN", "REDUCE_PROD", "REDUCE_MAX")
def _reduce(build: Builder, call: Call) -> None:
    kind = NAMES[code_of(build, call.operator)]
    axes = np.atleast_1d(call.const(1)).astype(np.int64)
    keep = int(call.options(tflite.ReducerOptions).KeepDims())
    if kind == "SUM":
        build.emit("ReduceSum", [call.names[0], build.constant(axes)], call.output, keepdims=keep)
        return
    target = {"MEAN": "ReduceMean", "REDUCE_PROD": "ReduceProd", "REDUCE_MAX": "ReduceMax"}[kind]
    build.emit(target, call.names[:1], call.output, axes=axes.tolist(), keepdims=keep)


@rule("STRIDED_SLICE")
def _strided_slice(build: Builder, call: Call) -> None:
    table = call.options(tflite.StridedSliceOptions)
    if table.EllipsisMask() or table.NewAxisMask():
        raise EngineError("strided slices with an ellipsis or a new axis are not known")
    starts, ends, steps = (call.const(position).astype(np.int64) for position in (1, 2, 3))
    shrink = [axis for axis in range(len(starts)) if table.ShrinkAxisMask() >> axis & 1]
    for axis in range(len(starts)):
        if table.BeginMask() >> axis & 1:
            starts[axis] = 0
        if table.EndMask() >> axis & 1:
            ends[axis] = LAST
        if axis in shrink:
            ends[axis] = starts[axis] + 1 if starts[axis] != -1 else LAST
    axes = np.arange(len(starts), dtype=np.int64)
    parts = [build.constant(part) for part in (starts, ends, axes, steps)]
    if not shrink:
        build.emit("Slice", [call.names[0], *parts], call.output)
        return
    cut = build.emit("Slice", [call.names[0], *parts])
    build.emit("Squeeze", [cut, build.constant(np.array(shrink, np.int64))], call.output)


@rule("PAD", "MIRROR_PAD")
def _pad(build: Builder, call: Call) -> None:
    mirrored = NAMES[code_of(build, call.operator)] == "MIRROR_PAD"
    if mirrored and call.options(tflite.MirrorPadOptions).Mode() != tflite.MirrorPadMode.REFLECT:
        raise EngineError("symmetric mirrors are not known")
    sides = build.emit("Transpose", [build.long(call.names[1])], perm=[1, 0])
    flat = build.emit("Reshape", [sides, build.constant(np.array([-1], np.int64))])
    build.emit("Pad", [call.names[0], flat], call.output, mode="reflect" if mirrored else "constant")


@rule("SOFTMAX")
def _softmax(build: Builder, call: Call) -> None:
    if call.options(tflite.SoftmaxOptions).Beta() != 1.0:
        raise EngineError("softmax with another beta than 1 is not known")
    build.emit("Softmax", call.names, call.output, axis=-1)


@rule("LEAKY_RELU")
def _leaky_relu(build: Builder, call: Call) -> None:
    build.emit("LeakyRelu", call.names, call.output, alpha=float(call.options(tflite.LeakyReluOptions).Alpha()))


@rule("BATCH_MATMUL")
def _batch_matmul(build: Builder, call: Call) -> None:
    table = call.options(tflite.BatchMatMulOptions)
    sides = call.names
    for position, turned in enumerate((table.AdjX(), table.AdjY())):
        if turned:
            sides[position] = build.emit("Transpose", [sides[position]], perm=[0, 1, 3, 2])
    build.emit("MatMul", sides, call.output)


@rule("FULLY_CONNECTED")
def _fully_connected(build: Builder, call: Call) -> None:
    weights = build.constant(np.ascontiguousarray(call.const(1).T))
    result = build.emit("MatMul", [call.names[0], weights])
    if len(call.names) > 2:
        result = build.emit("Add", [result, call.names[2]])
    build.finish(result, call.output, call.options(tflite.FullyConnectedOptions).FusedActivationFunction())


@rule("SPACE_TO_BATCH_ND")
def _space_to_batch(build: Builder, call: Call) -> None:
    # Space to batch, convolution, batch to space: that is how TFLite spells a dilated convolution.
    build.dilation[call.out] = int(call.const(1)[0])
    build.emit("Identity", call.names[:1], call.output)


@rule("BATCH_TO_SPACE_ND")
def _batch_to_space(build: Builder, call: Call) -> None:
    build.emit("Identity", call.names[:1], call.output)


@rule("CONV_2D")
def _conv(build: Builder, call: Call) -> None:
    table = call.options(tflite.Conv2DOptions)
    weights = call.const(1)
    height, width = weights.shape[1:3]
    strides = [table.StrideH(), table.StrideW()]
    dilations = [table.DilationHFactor(), table.DilationWFactor() * build.dilation.get(call.ins[0], 1)]
    pads = [0, 0, 0, 0]
    if table.Padding() == tflite.Padding.SAME:
        if strides != [1, 1] or dilations != [1, 1]:
            raise EngineError("padded convolutions with strides or dilations are not known")
        pads = [(height - 1) // 2, (width - 1) // 2, height // 2, width // 2]
    kernel = build.constant(np.ascontiguousarray(weights.transpose(0, 3, 1, 2)))
    turned = build.emit("Transpose", call.names[:1], perm=[0, 3, 1, 2])
    result = build.emit("Conv", [turned, kernel, *call.names[2:]], strides=strides, dilations=dilations, pads=pads)
    back = build.emit("Transpose", [result], perm=[0, 2, 3, 1])
    build.finish(back, call.output, table.FusedActivationFunction())


@rule("TRANSPOSE_CONV")
def _transpose_conv(build: Builder, call: Call) -> None:
    table = call.options(tflite.TransposeConvOptions)
    weights = call.const(1)
    strides = [table.StrideH(), table.StrideW()]
    pads = [0, 0, 0, 0]
    if table.Padding() == tflite.Padding.SAME:
        extra = [max(size - stride, 0) for size, stride in zip(weights.shape[1:3], strides)]  # noqa: B905 (Python 3.8)
        pads = [extra[0] // 2, extra[1] // 2, extra[0] - extra[0] // 2, extra[1] - extra[1] // 2]
    kernel = build.constant(np.ascontiguousarray(weights.transpose(3, 0, 1, 2)))
    turned = build.emit("Transpose", [call.names[2]], perm=[0, 3, 1, 2])
    result = build.emit("ConvTranspose", [turned, kernel], strides=strides, pads=pads)
    build.emit("Transpose", [result], call.output, perm=[0, 2, 3, 1])
