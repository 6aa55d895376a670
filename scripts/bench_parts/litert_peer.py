# SPDX-License-Identifier: MIT
"""XNNPACK, one thread, as LiteRT (formerly TensorFlow Lite) runs it. Integer networks: signed codes, a scale for each
channel of the weights. Models are written as LiteRT's files are, without TensorFlow."""

import functools
import math

import flatbuffers
import numpy
import peer
import work
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from peer import RANDOM, Tensor

VERSIONS = {"FULLY_CONNECTED": 5, "CONV_2D": 3, "MAX_POOL_2D": 2, "RESHAPE": 1, "ADD": 2, "MEAN": 2, "ABS": 1}


def relu_or_none(relu):
    kind = schema.ActivationFunctionType
    return kind.RELU if relu else kind.NONE


class Graph:
    """Tensors and operators. Images are (batch, height, width, channels)."""

    def __init__(self, shape, is_integer):
        self.buffers, self.tensors, self.operators, self.kinds = [schema.BufferT()], [], [], []
        self.is_integer = is_integer
        self.input = self.activation(shape, peer.INPUT_SCALE, 1.0)

    def tensor(self, shape, kind, values=None, scales=None):
        """The number of a new tensor; it is constant where there are values, has codes where there are scales."""
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

    def integers(self, values):
        """A constant that says how an operator works."""
        return self.tensor([len(values)], schema.TensorType.INT32, numpy.array(values, numpy.int32))

    def activation(self, shape, scale, size):
        name = (self.tensor(shape, schema.TensorType.INT8, scales=[scale]) if self.is_integer
                else self.tensor(shape, schema.TensorType.FLOAT32))
        return Tensor(name, shape, scale, 0, size)

    def sums(self, shape, deviation, relu):
        """The tensor of sums with this standard deviation."""
        return self.activation(shape, peer.scale_of(deviation), peer.size_of(deviation, relu))

    def operator(self, kind, inputs, output, options=None):
        """The output, now that an operator computes it."""
        made = schema.OperatorT()
        if kind not in self.kinds:
            self.kinds.append(kind)
        made.opcodeIndex, made.inputs, made.outputs = self.kinds.index(kind), inputs, [output.name]
        if options is not None:
            made.builtinOptions = options
            made.builtinOptionsType = getattr(schema.BuiltinOptions, type(options).__name__[:-1])
        self.operators.append(made)
        return output

    def parameters(self, x, shape, products):
        """Weights and bias."""
        weights, bias, scale = peer.parameters(shape, products, self.is_integer)
        kind = schema.TensorType
        if not self.is_integer:
            return [self.tensor(shape, kind.FLOAT32, weights), self.tensor(bias.shape, kind.FLOAT32, bias)]
        return [self.tensor(shape, kind.INT8, weights, [scale] * len(bias)),
                self.tensor(bias.shape, kind.INT32, bias, [scale * x.scale] * len(bias))]

    def add(self, x, layer):
        """The output of a layer."""
        shape = work.output_shape(x.shape, layer)
        if isinstance(layer, work.Pool):
            options = schema.Pool2DOptionsT()
            options.padding, options.strideW, options.strideH = schema.Padding.VALID, 2, 2
            options.filterWidth = options.filterHeight = 2
            return self.operator("MAX_POOL_2D", [x.name], self.activation(shape, x.scale, x.size), options)
        if isinstance(layer, work.GlobalAverage):
            options = schema.ReducerOptionsT()
            options.keepDims = False
            average = self.activation(shape, x.scale, x.size)
            return self.operator("MEAN", [x.name, self.integers([1, 2])], average, options)
        if isinstance(layer, work.Residual):
            body, shortcut = self.sequence(x, layer.body), self.sequence(x, layer.shortcut)
            options = schema.AddOptionsT()
            options.fusedActivationFunction = relu_or_none(True)
            total = self.sums(shape, math.hypot(body.size, shortcut.size), True)
            return self.operator("ADD", [body.name, shortcut.name], total, options)
        add_linear = self.add_dense if isinstance(layer, work.Dense) else self.add_convolution
        return add_linear(x, layer, shape)

    def sequence(self, x, layers):
        return functools.reduce(self.add, layers, x)

    def add_dense(self, x, layer, shape):
        products = work.fan_in(x.shape, layer)
        if len(x.shape) > 2:
            flat = (shape[0], products)
            x = self.operator("RESHAPE", [x.name, self.integers(flat)], self.activation(flat, x.scale, x.size))
        parameters = self.parameters(x, (layer.units, products), products)
        options = schema.FullyConnectedOptionsT()
        options.fusedActivationFunction = relu_or_none(layer.relu)
        sums = self.sums(shape, peer.deviation_of(x), layer.relu)
        return self.operator("FULLY_CONNECTED", [x.name, *parameters], sums, options)

    def add_convolution(self, x, layer, shape):
        parameters = self.parameters(x, (layer.channels, layer.kernel, layer.kernel, x.shape[3]),
                                     work.fan_in(x.shape, layer))
        options = schema.Conv2DOptionsT()
        options.padding, options.fusedActivationFunction = schema.Padding.SAME, relu_or_none(layer.relu)
        options.strideW = options.strideH = layer.stride
        options.dilationWFactor = options.dilationHFactor = 1
        sums = self.sums(shape, peer.deviation_of(x), layer.relu)
        return self.operator("CONV_2D", [x.name, *parameters], sums, options)

    def codes(self):
        for kind in self.kinds:
            made = schema.OperatorCodeT()
            made.builtinCode = made.deprecatedBuiltinCode = getattr(schema.BuiltinOperator, kind)
            made.version = VERSIONS[kind]
            yield made

    def model(self, output):
        """The bytes of a file."""
        graph, model = schema.SubGraphT(), schema.ModelT()
        graph.tensors, graph.operators = self.tensors, self.operators
        graph.inputs, graph.outputs = [self.input.name], [output.name]
        model.version, model.subgraphs, model.buffers = 3, [graph], self.buffers
        model.operatorCodes = list(self.codes())
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def network(task, is_integer):
    """The bytes of the work's file."""
    graph = Graph(task.shape, is_integer)
    output = graph.sequence(graph.input, task.layers)
    if not task.layers:
        output = graph.operator("ABS", [output.name], graph.activation(task.shape, peer.INPUT_SCALE, 1.0))
    return graph.model(output)


def make(task, is_integer):
    """A function that runs the work once, and one that returns the output."""
    interpreter = Interpreter(model_content=network(task, is_integer), num_threads=1)
    interpreter.allocate_tensors()
    values = (RANDOM.integers(-127, 128, task.shape, numpy.int8) if is_integer
              else RANDOM.uniform(-1, 1, task.shape).astype(numpy.float32))
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], values)
    return interpreter.invoke, lambda: interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


if __name__ == "__main__":
    peer.run("xnnpack", make)
