"""One TFLite graph being read, one ONNX graph being written: names, constants, nodes. Knows no operator."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence

import numpy as np
import onnx
import tflite
from onnx import TensorProto, helper

from tts_server.errors import EngineError

DTYPES = {
    tflite.TensorType.FLOAT32: np.float32, tflite.TensorType.INT32: np.int32, tflite.TensorType.INT64: np.int64,
    tflite.TensorType.BOOL: np.bool_, tflite.TensorType.INT8: np.int8,
}  # fmt: skip
ONNX_TYPES = {
    tflite.TensorType.FLOAT32: TensorProto.FLOAT, tflite.TensorType.INT32: TensorProto.INT32,
    tflite.TensorType.INT64: TensorProto.INT64, tflite.TensorType.BOOL: TensorProto.BOOL,
    tflite.TensorType.INT8: TensorProto.FLOAT,
}  # fmt: skip
NAMES = {value: name for name, value in vars(tflite.BuiltinOperator).items() if isinstance(value, int)}
RELU = 1


class Builder:
    """One source graph with the nodes written so far; tensors are `tN`, helpers `xN`, constants found by value."""

    def __init__(self, source: bytes) -> None:
        self.model = tflite.Model.GetRootAs(source, 0)
        self.graph = self.model.Subgraphs(0)
        self.nodes: List[onnx.NodeProto] = []
        self.weights: Dict[str, Any] = {}
        self.inputs: Dict[str, onnx.ValueInfoProto] = {}
        self.shifts: Dict[int, str] = {}
        self.dilation: Dict[int, int] = {}
        self.unknown: Dict[str, str] = {}
        self.fresh = 0

    def value(self, index: int) -> Any:
        """The constant behind a tensor, int8 widened; None where it is computed."""
        tensor = self.graph.Tensors(index)
        buffer = self.model.Buffers(tensor.Buffer())
        if not buffer.DataLength():
            return None
        array: Any = np.frombuffer(buffer.DataAsNumpy().tobytes(), DTYPES[tensor.Type()])
        array = array.reshape(tensor.ShapeAsNumpy() if tensor.ShapeLength() else ())
        if tensor.Type() == tflite.TensorType.INT8:
            scale = tensor.Quantization()
            array = (array.astype(np.float32) - scale.ZeroPoint(0)) * np.float32(scale.Scale(0))
        return array

    def constant(self, array: Any) -> str:
        name = f"x{self.fresh}"
        self.fresh += 1
        self.weights[name] = np.asarray(array)
        return name

    def name(self, index: int) -> str:
        """The ONNX name of a tensor; a constant is added at first use."""
        name = f"t{index}"
        if name not in self.weights:
            array = self.value(index)
            if array is not None:
                self.weights[name] = array
        return name

    def emit(self, kind: str, inputs: Sequence[str], output: str = "", **attributes: Any) -> str:
        if not output:
            output = f"x{self.fresh}"
            self.fresh += 1
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def long(self, name: str) -> str:
        """int32 as int64, where ONNX insists."""
        return self.emit("Cast", [name], to=TensorProto.INT64)

    def finish(self, result: str, output: str, activation: int) -> None:
        """`result` under the name `output`, after its fused activation."""
        if activation not in (0, RELU):
            raise EngineError(f"fused activation {activation} is not known")
        self.emit("Relu" if activation == RELU else "Identity", [result], output)


class Call:
    """One operator of the source: operands by index and name, options by table."""

    def __init__(self, builder: Builder, operator: Any) -> None:
        self.build = builder
        self.operator = operator
        self.ins = [int(i) for i in operator.InputsAsNumpy()] if operator.InputsLength() else []
        self.out = int(operator.Outputs(0))
        self.output = f"t{self.out}"

    @property
    def names(self) -> List[str]:
        return [self.build.name(index) for index in self.ins if index >= 0]

    def const(self, position: int) -> Any:
        array = self.build.value(self.ins[position])
        if array is None:
            raise EngineError("an operand that must be constant is computed")
        return array

    def options(self, kind: Any) -> Any:
        table = kind()
        raw = self.operator.BuiltinOptions()
        if raw is None:
            raise EngineError("an operator lacks its options")
        table.Init(raw.Bytes, raw.Pos)
        return table


def code_of(build: Builder, operator: Any) -> int:
    code = build.model.OperatorCodes(operator.OpcodeIndex())
    # Old files fill the first, which stops at 127.
    return int(max(code.DeprecatedBuiltinCode(), code.BuiltinCode()))
