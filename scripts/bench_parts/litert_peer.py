# SPDX-License-Identifier: MIT
"""XNNPACK, one thread, as LiteRT (formerly TensorFlow Lite) runs it. Integer networks: signed codes, a scale for each
channel of the weights. Models are written as LiteRT's files are, without TensorFlow."""

import math

import flatbuffers
import numpy
import peer
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

RANDOM = numpy.random.default_rng(1)
VERSIONS = {"FULLY_CONNECTED": 5, "CONV_2D": 3, "MAX_POOL_2D": 2, "RESHAPE": 1, "ABS": 1}


def relu_or_none(relu):
    kind = schema.ActivationFunctionType
    return kind.RELU if relu else kind.NONE


class Graph:
    """Tensors and operators; layers are added at the end. Images are (batch, height, width, channels)."""

    def __init__(self, shape, is_integer):
        self.buffers, self.tensors, self.operators, self.kinds = [schema.BufferT()], [], [], []
        self.is_integer, self.scale = is_integer, 0.02
        self.input = self.last = self.activation(shape)
        self.shape = shape

    def tensor(self, shape, kind, values=None, scales=None):
        """A new tensor; constant where there are values, with codes where there are scales."""
        made = schema.TensorT()
        made.name = f"tensor{len(self.tensors)}"
        made.shape, made.type, made.buffer = list(shape), kind, 0
        if values is not None:
            made.buffer = len(self.buffers)
            buffer = schema.BufferT()
            buffer.data = numpy.frombuffer(values.tobytes(), numpy.uint8)
            self.buffers.append(buffer)
        if scales is not None:
            made.quantization = schema.QuantizationParametersT()
            made.quantization.scale, made.quantization.zeroPoint = list(scales), [0] * len(scales)
            made.quantization.quantizedDimension = 0
        self.tensors.append(made)
        return len(self.tensors) - 1

    def activation(self, shape):
        if self.is_integer:
            return self.tensor(shape, schema.TensorType.INT8, scales=[self.scale])
        return self.tensor(shape, schema.TensorType.FLOAT32)

    def operator(self, name, inputs, output, options=None):
        made = schema.OperatorT()
        if name not in self.kinds:
            self.kinds.append(name)
        made.opcodeIndex, made.inputs, made.outputs = self.kinds.index(name), inputs, [output]
        if options is not None:
            made.builtinOptions = options
            made.builtinOptionsType = getattr(schema.BuiltinOptions, type(options).__name__[:-1])
        self.operators.append(made)
        self.last = output

    def parameters(self, shape):
        """Weights and bias; and the scale of the weights."""
        channels = shape[0]
        if not self.is_integer:
            return [self.tensor(shape, schema.TensorType.FLOAT32, RANDOM.uniform(-1, 1, shape).astype(numpy.float32)),
                    self.tensor([channels], schema.TensorType.FLOAT32, numpy.zeros(channels, numpy.float32))], 1.0
        scale, bias = 0.01, numpy.full(channels, 1000, numpy.int32)
        codes = RANDOM.integers(-127, 128, shape, numpy.int8)
        return [self.tensor(shape, schema.TensorType.INT8, codes, [scale] * channels),
                self.tensor([channels], schema.TensorType.INT32, bias, [scale * self.scale] * channels)], scale

    def add(self, layer):
        result = peer.output_shape(self.shape, layer)
        if isinstance(layer, peer.Pool):
            options = schema.Pool2DOptionsT()
            options.padding, options.strideW, options.strideH = schema.Padding.VALID, 2, 2
            options.filterWidth = options.filterHeight = 2
            self.operator("MAX_POOL_2D", [self.last], self.activation(result), options)
        else:
            self.add_linear(layer, result)
        self.shape = result

    def add_linear(self, layer, result):
        is_dense, products = isinstance(layer, peer.Dense), peer.fan_in(self.shape, layer)
        if is_dense and len(self.shape) > 2:
            shape = (self.shape[0], products)
            order = self.tensor([2], schema.TensorType.INT32, numpy.array(shape, numpy.int32))
            self.operator("RESHAPE", [self.last, order], self.activation(shape))
        weights, scale = self.parameters((layer.units, products) if is_dense
                                         else (layer.channels, 3, 3, self.shape[3]))
        inputs = [self.last, *weights]
        self.scale *= 4 * math.sqrt(products) * 73 * 73 / 127 * scale
        if is_dense:
            options = schema.FullyConnectedOptionsT()
            options.fusedActivationFunction = relu_or_none(layer.relu)
            self.operator("FULLY_CONNECTED", inputs, self.activation(result), options)
        else:
            options = schema.Conv2DOptionsT()
            options.padding, options.fusedActivationFunction = schema.Padding.SAME, relu_or_none(True)
            options.strideW = options.strideH = options.dilationWFactor = options.dilationHFactor = 1
            self.operator("CONV_2D", inputs, self.activation(result), options)

    def codes(self):
        for name in self.kinds:
            made = schema.OperatorCodeT()
            made.builtinCode = made.deprecatedBuiltinCode = getattr(schema.BuiltinOperator, name)
            made.version = VERSIONS[name]
            yield made

    def model(self):
        """The bytes of a file."""
        graph, model = schema.SubGraphT(), schema.ModelT()
        graph.tensors, graph.operators = self.tensors, self.operators
        graph.inputs, graph.outputs = [self.input], [self.last]
        model.version, model.subgraphs, model.buffers = 3, [graph], self.buffers
        model.operatorCodes = list(self.codes())
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def make(work, is_integer):
    """A function that runs the work once."""
    graph = Graph(work.shape, is_integer)
    for layer in work.layers:
        graph.add(layer)
    if not work.layers:
        graph.operator("ABS", [graph.last], graph.activation(work.shape))
    interpreter = Interpreter(model_content=graph.model(), num_threads=1)
    interpreter.allocate_tensors()
    values = (RANDOM.integers(-127, 128, work.shape, numpy.int8) if is_integer
              else RANDOM.uniform(-1, 1, work.shape).astype(numpy.float32))
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], values)
    return interpreter.invoke


if __name__ == "__main__":
    peer.run("xnnpack", make)
