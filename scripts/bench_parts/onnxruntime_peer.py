# SPDX-License-Identifier: MIT
"""ONNX Runtime, one thread. Integer networks are written as QDQ: unsigned activations, signed weights with a scale for
each channel; the runtime fuses them to integer layers and chooses its own layouts."""

import functools
import math

import numpy
import onnx
import onnxruntime
import peer
import work
from onnx import TensorProto, helper, numpy_helper
from peer import RANDOM, Tensor

OPSET, IR_VERSION = 17, 8


class Graph:
    """Nodes and constants. Images are (batch, channels, height, width); the shapes of tensors are those of work.py."""

    def __init__(self, is_integer):
        self.nodes, self.constants, self.is_integer = [], [], is_integer

    def constant(self, values):
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(numpy.asarray(values), name))
        return name

    def node(self, kind, *inputs, **attributes):
        name = f"value{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def floats(self, x):
        """The name of a tensor's reals."""
        if not self.is_integer:
            return x.name
        return self.node("DequantizeLinear", x.name, *self.quantization(x.scale, x.zero_point))

    def quantization(self, scale, zero_point):
        return self.constant(numpy.float32(scale)), self.constant(numpy.uint8(zero_point))

    def tensor(self, floats, shape, scale, zero_point, size):
        """The tensor of these reals: codes, in a graph of integers."""
        name = (self.node("QuantizeLinear", floats, *self.quantization(scale, zero_point)) if self.is_integer
                else floats)
        return Tensor(name, shape, scale, zero_point, size)

    def sums(self, floats, shape, deviation, relu):
        """The tensor of sums with this standard deviation."""
        if relu:
            floats = self.node("Relu", floats)
        return self.tensor(floats, shape, peer.scale_of(deviation), 0 if relu else 128, peer.size_of(deviation, relu))

    def same_codes(self, floats, x, shape):
        """The tensor of what a layer makes of `x` that has no scale of its own."""
        return self.tensor(floats, shape, x.scale, x.zero_point, x.size)

    def parameters(self, x, shape, products):
        """(weights, bias) as values of the graph."""
        weights, bias, scale = peer.parameters(shape, products, self.is_integer)
        if not self.is_integer:
            return self.constant(weights), self.constant(bias)
        scales, zeros = numpy.full(shape[0], scale, numpy.float32), numpy.zeros(shape[0], numpy.int8)
        return (self.channels(weights, scales, zeros),
                self.channels(bias, scales * numpy.float32(x.scale), zeros.astype(numpy.int32)))

    def channels(self, codes, scales, zeros):
        """Reals of constant codes that have a scale for each channel."""
        return self.node("DequantizeLinear", *map(self.constant, (codes, scales, zeros)), axis=0)

    def add(self, x, layer):
        """The output of a layer."""
        shape = work.output_shape(x.shape, layer)
        if isinstance(layer, work.Pool):
            return self.same_codes(self.node("MaxPool", self.floats(x), kernel_shape=[2, 2], strides=[2, 2]), x, shape)
        if isinstance(layer, work.GlobalAverage):
            average = self.same_codes(self.node("GlobalAveragePool", self.floats(x)), x, (shape[0], 1, 1, shape[1]))
            return self.flattened(average)
        if isinstance(layer, work.Residual):
            body, shortcut = self.sequence(x, layer.body), self.sequence(x, layer.shortcut)
            total = self.node("Add", self.floats(body), self.floats(shortcut))
            return self.sums(total, shape, math.hypot(body.size, shortcut.size), True)
        return self.add_linear(x, layer, shape)

    def sequence(self, x, layers):
        return functools.reduce(self.add, layers, x)

    def flattened(self, x):
        return self.same_codes(self.node("Flatten", self.floats(x)), x, (x.shape[0], math.prod(x.shape[1:])))

    def add_linear(self, x, layer, shape):
        products = work.fan_in(x.shape, layer)
        if isinstance(layer, work.Dense):
            x = self.flattened(x) if len(x.shape) > 2 else x
            parameters = self.parameters(x, (layer.units, products), products)
            floats = self.node("Gemm", self.floats(x), *parameters, transB=1)
        else:
            parameters = self.parameters(x, (layer.channels, x.shape[3], layer.kernel, layer.kernel), products)
            floats = self.node("Conv", self.floats(x), *parameters, kernel_shape=[layer.kernel] * 2,
                               strides=[layer.stride] * 2, pads=work.padding(x.shape, layer))
        return self.sums(floats, shape, peer.deviation_of(x), layer.relu)

    def model(self, shape, output):
        code = TensorProto.UINT8 if self.is_integer else TensorProto.FLOAT
        graph = helper.make_graph(self.nodes, "bench", [helper.make_tensor_value_info("input", code, shape)],
                                  [helper.make_tensor_value_info(output.name, code, output.shape)], self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)


def network(task, is_integer):
    """(model, shape of its input as the model has it, output)"""
    graph = Graph(is_integer)
    x = Tensor("input", task.shape, peer.INPUT_SCALE, 0, 1.0)
    output = graph.sequence(x, task.layers) if task.layers else x._replace(name=graph.node("Identity", x.name))
    batch, *rest = task.shape
    shape = [batch, rest[2], *rest[:2]] if len(rest) == 3 else [batch, *rest]
    model = graph.model(shape, output)
    onnx.checker.check_model(model)
    return model, shape, output


def make(task, is_integer):
    """A function that runs the work once, and one that returns the output."""
    model, shape, result = network(task, is_integer)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    values = (RANDOM.integers(0, 256, shape, numpy.uint8) if is_integer
              else RANDOM.uniform(-1, 1, shape).astype(numpy.float32))
    output = numpy.zeros(result.shape, values.dtype)
    binding = session.io_binding()
    binding.bind_cpu_input("input", values)
    binding.bind_output(result.name, "cpu", 0, output.dtype, output.shape, output.ctypes.data)

    def run():
        session.run_with_iobinding(binding)
        return output  # keeps the array alive, which the binding does not

    return run, lambda: output


if __name__ == "__main__":
    peer.run("onnxruntime", make)
