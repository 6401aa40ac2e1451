"""TFLite graphs in, ONNX graphs out: operator by operator, weights widened to fp32.

Decides nothing about speech. Two things differ from the source on purpose: the random numbers of its always-on dropout
become inputs (the same numbers, the same speech), and what a caller wants added to a named tensor becomes an input too.
The int8 quantiser between vocoder and filter bank is left out: fp32 is nearer to what was trained.
"""

from __future__ import annotations

from typing import List, Mapping, Sequence, Set, Tuple

import onnx
from onnx import TensorProto, helper, numpy_helper

from tts_server.errors import EngineError
from tts_server.voice.graph import NAMES, ONNX_TYPES, Builder, Call, code_of
from tts_server.voice.operators import RULES

OPSET = 13
IR_VERSION = 8
"""What onnxruntime 1.12 and later read."""


def _random(build: Builder, call: Call, noises: Mapping[str, str]) -> None:
    """The dropout's random numbers become the input that `noises` names by a part of the tensor's name."""
    name = build.graph.Tensors(call.out).Name().decode()
    wanted = [given for part, given in noises.items() if part in name]
    if not wanted:
        raise EngineError("a random tensor without an input of ours")
    build.inputs[wanted[0]] = helper.make_tensor_value_info(wanted[0], TensorProto.FLOAT, [1, None, None])
    build.emit("Identity", wanted, call.output)


def _needed(nodes: List[onnx.NodeProto], outputs: Sequence[str]) -> Tuple[List[onnx.NodeProto], Set[str]]:
    """The nodes that the outputs need, in order, and every name that they read."""
    wanted = set(outputs)
    kept = []
    for node in reversed(nodes):
        if wanted.intersection(node.output):
            kept.append(node)
            wanted.update(node.input)
    return kept[::-1], wanted


def convert(
    source: bytes, inputs: Mapping[int, str], outputs: Mapping[int, str],
    shifts: Mapping[int, str] = {}, noises: Mapping[str, str] = {},
) -> bytes:  # fmt: skip
    """An ONNX model's bytes; the same source gives the same bytes.

    `inputs`, `outputs`: tensor number -> name. `shifts`: tensor number -> name of an input added to it, float32 [1].
    `noises`: part of a random tensor's name -> name of the input that replaces it. Raises EngineError.
    """
    build = Builder(source)
    for index, name in shifts.items():
        build.shifts[index] = name
        build.inputs[name] = helper.make_tensor_value_info(name, TensorProto.FLOAT, [1])
    for index, name in inputs.items():
        tensor = build.graph.Tensors(index)
        shape = [None if size == 1 and tensor.ShapeLength() > 1 else int(size) for size in tensor.ShapeAsNumpy()]
        build.inputs[name] = helper.make_tensor_value_info(name, ONNX_TYPES[tensor.Type()], shape)
        build.emit("Identity", [name], f"t{index}")
    for position in range(build.graph.OperatorsLength()):
        call = Call(build, build.graph.Operators(position))
        kind = NAMES[code_of(build, call.operator)]
        if kind == "CUSTOM":
            _random(build, call, noises)
        elif kind in RULES:
            RULES[kind](build, call)
        else:
            build.unknown[call.output] = kind
    for index, name in outputs.items():
        build.emit("Identity", [f"t{index}"], name)
    return _assemble(build, outputs)


def _assemble(build: Builder, outputs: Mapping[int, str]) -> bytes:
    nodes, used = _needed(build.nodes, list(outputs.values()))
    for name in used.intersection(build.unknown):
        raise EngineError(f"operator {build.unknown[name]} is not known")
    results = [
        helper.make_tensor_value_info(name, ONNX_TYPES[build.graph.Tensors(index).Type()], None)
        for index, name in outputs.items()
    ]
    weights = [numpy_helper.from_array(array, name) for name, array in build.weights.items() if name in used]
    graph = helper.make_graph(nodes, "voice", list(build.inputs.values()), results, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="tts-server")
    model.ir_version = IR_VERSION
    return bytes(model.SerializeToString(deterministic=True))
