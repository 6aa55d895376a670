# SPDX-License-Identifier: MIT
"""What the peers compute: products, and the networks of bench/architectures.hpp. Nothing but Python's own library."""

import collections
import functools
import math

Dense = collections.namedtuple("Dense", "units relu")
# Padded so that only the stride makes the image smaller; an odd row of padding goes below, an odd column right.
Conv = collections.namedtuple("Conv", "channels kernel stride relu", defaults=(3, 1, True))
Pool = collections.namedtuple("Pool", "")  # the largest of 2x2
GlobalAverage = collections.namedtuple("GlobalAverage", "")  # of each channel: an image becomes a vector
# ReLU of the sum of what two sequences of layers make of the same input. An empty shortcut is the input itself.
Residual = collections.namedtuple("Residual", "body shortcut")
Work = collections.namedtuple("Work", "shape layers")  # (batch, height, width, channels) or (batch, inputs)

GEMM_SHAPES = ((1, 128, 784), (1, 1024, 1024), (64, 128, 784), (64, 1024, 1024), (256, 256, 256), (1024, 1024, 1024),
               (3136, 64, 576))
MLP = (Dense(128, True), Dense(64, True), Dense(10, False))
CNN = (Conv(32), Pool(), Conv(64), Pool(), Dense(128, True), Dense(10, False))


def block(channels, stride=1, shortcut=()):
    """Two convolutions around which the input is carried."""
    return Residual((Conv(channels, stride=stride), Conv(channels, relu=False)), shortcut)


RESNET8 = (Conv(16), block(16), block(32, 2, (Conv(32, 1, 2, False),)), block(64, 2, (Conv(64, 1, 2, False),)),
           GlobalAverage(), Dense(10, False))
# The size of an image, and the layers.
NETWORKS = {"mlp": ((784,), MLP), "cnn": ((28, 28, 1), CNN), "resnet8": ((32, 32, 3), RESNET8)}


def output_shape(shape, layer):
    """The shape behind a layer."""
    if isinstance(layer, Dense):
        return (shape[0], layer.units)
    if isinstance(layer, Conv):
        return (shape[0], *(-(-side // layer.stride) for side in shape[1:3]), layer.channels)
    if isinstance(layer, GlobalAverage):
        return (shape[0], shape[3])
    if isinstance(layer, Residual):
        return functools.reduce(output_shape, layer.body, shape)
    return (shape[0], shape[1] // 2, shape[2] // 2, shape[3])


def padding(shape, layer):
    """Rows above, columns to the left, rows below, columns to the right of an image before a convolution."""
    missing = [max(0, (after - 1) * layer.stride + layer.kernel - before)
               for before, after in zip(shape[1:3], output_shape(shape, layer)[1:3])]
    return [total // 2 for total in missing] + [total - total // 2 for total in missing]


def fan_in(shape, layer):
    """Products of each sum of a linear layer."""
    return layer.kernel ** 2 * shape[3] if isinstance(layer, Conv) else math.prod(shape[1:])


def multiplications(shape, layers):
    """Multiply-accumulates of a sequence of layers."""
    total = 0
    for layer in layers:
        result = output_shape(shape, layer)
        if isinstance(layer, Residual):
            total += multiplications(shape, layer.body) + multiplications(shape, layer.shortcut)
        elif isinstance(layer, (Dense, Conv)):
            total += fan_in(shape, layer) * math.prod(result)
        shape = result
    return total


def all_work():
    """(workload, shape or batch, work, whether it computes in integers) of all rows."""
    for m, n, k in GEMM_SHAPES:
        for workload, is_integer in (("gemm_f32", False), ("gemm_i8_requant", True)):
            yield workload, f"{m}x{n}x{k}", Work((m, k), (Dense(n, False),)), is_integer
    for network, (example, layers) in NETWORKS.items():
        for batch in (1, 64):
            for suffix, is_integer in (("f32", False), ("i8", True)):
                yield f"{network}_{suffix}", str(batch), Work((batch, *example), layers), is_integer
    yield "empty_call", "1", Work((1, 16), ()), False
