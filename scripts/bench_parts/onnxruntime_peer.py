# SPDX-License-Identifier: MIT
"""ONNX Runtime, one thread. Integer networks are written as QDQ: unsigned activations, signed weights with a scale for
each channel; the runtime fuses them to integer layers and chooses its own layouts."""

import math

import numpy
import onnx
import onnxruntime
import peer
from onnx import TensorProto, helper, numpy_helper

RANDOM = numpy.random.default_rng(1)
OPSET, IR_VERSION = 17, 8


class Graph:
    """Nodes and constants; layers are added at the end."""

    def __init__(self, shape, is_integer):
        self.nodes, self.constants = [], []
        self.shape, self.is_integer, self.scale, self.zero_point = shape, is_integer, 0.02, 0
        self.last = "input"

    def constant(self, values):
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(numpy.asarray(values), name))
        return name

    def node(self, kind, inputs, **attributes):
        name = f"value{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def dequantized(self):
        """The last tensor as floats."""
        if not self.is_integer:
            return self.last
        return self.node("DequantizeLinear", [self.last, self.constant(numpy.float32(self.scale)),
                                              self.constant(numpy.uint8(self.zero_point))])

    def finish(self, values, scale, zero_point):
        """Makes floats the last tensor: as codes, in a graph of integers."""
        if self.is_integer:
            values = self.node("QuantizeLinear", [values, self.constant(numpy.float32(scale)),
                                                  self.constant(numpy.uint8(zero_point))])
            self.scale, self.zero_point = scale, zero_point
        self.last = values

    def parameters(self, shape):
        """(weights, bias) as values of the graph, and the scale of the weights."""
        channels = shape[0]
        if not self.is_integer:
            weights = RANDOM.uniform(-1, 1, shape).astype(numpy.float32)
            return self.constant(weights), self.constant(numpy.zeros(channels, numpy.float32)), 1.0
        scale = 0.01
        codes = self.constant(RANDOM.integers(-127, 128, shape, numpy.int8))
        scales = numpy.full(channels, scale, numpy.float32)
        weights = self.node("DequantizeLinear", [codes, self.constant(scales),
                                                 self.constant(numpy.zeros(channels, numpy.int8))], axis=0)
        bias = self.node("DequantizeLinear", [self.constant(numpy.full(channels, 1000, numpy.int32)),
                                              self.constant(scales * numpy.float32(self.scale)),
                                              self.constant(numpy.zeros(channels, numpy.int32))], axis=0)
        return weights, bias, scale

    def add(self, layer):
        """Adds a layer; images are (batch, channels, height, width)."""
        if isinstance(layer, peer.Pool):
            pooled = self.node("MaxPool", [self.dequantized()], kernel_shape=[2, 2], strides=[2, 2])
            self.finish(pooled, self.scale, self.zero_point)
        else:
            self.add_linear(layer)
        self.shape = peer.output_shape(self.shape, layer)

    def add_linear(self, layer):
        is_dense, products = isinstance(layer, peer.Dense), peer.fan_in(self.shape, layer)
        values = self.dequantized()
        if is_dense and len(self.shape) > 2:
            self.finish(self.node("Flatten", [values]), self.scale, self.zero_point)
            values = self.dequantized()
        shape = (layer.units, products) if is_dense else (layer.channels, self.shape[3], 3, 3)
        weights, bias, weight_scale = self.parameters(shape)
        if is_dense:
            values = self.node("Gemm", [values, weights, bias], transB=1)
        else:
            values = self.node("Conv", [values, weights, bias], kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        has_relu = not is_dense or layer.relu
        if has_relu:
            values = self.node("Relu", [values])
        deviation = math.sqrt(products) * 73 * 73
        self.finish(values, 4 * deviation / 127 * self.scale * weight_scale, 0 if has_relu else 128)

    def model(self, input_shape):
        code = TensorProto.UINT8 if self.is_integer else TensorProto.FLOAT
        if not self.nodes:
            self.last = self.node("Identity", [self.last])
        graph = helper.make_graph(self.nodes, "bench", [helper.make_tensor_value_info("input", code, input_shape)],
                                  [helper.make_tensor_value_info(self.last, code, self.shape)], self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)


def make(work, is_integer):
    """A function that runs the work once."""
    graph = Graph(work.shape, is_integer)
    for layer in work.layers:
        graph.add(layer)
    batch, *rest = work.shape
    shape = [batch, rest[2], *rest[:2]] if len(rest) == 3 else [batch, *rest]
    model = graph.model(shape)
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    values = (RANDOM.integers(0, 256, shape, numpy.uint8) if is_integer
              else RANDOM.uniform(-1, 1, shape).astype(numpy.float32))
    output = numpy.empty(graph.shape, values.dtype)
    name = session.get_outputs()[0].name
    binding = session.io_binding()
    binding.bind_cpu_input("input", values)
    binding.bind_output(name, "cpu", 0, output.dtype, output.shape, output.ctypes.data)

    def run():
        session.run_with_iobinding(binding)
        return output  # keeps the array alive, which the binding does not

    return run


if __name__ == "__main__":
    peer.run("onnxruntime", make)
