#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trains the networks of bench/training.cpp with PyTorch: rows as Google Benchmark writes them.

A step is what a training loop does: gather a batch, forward, cross entropy, backward, the optimizer's step. Time is
that of the clock on the wall, since threads share the work: PyTorch takes as many as the machine has, as qnn does.
"""

import argparse
import collections
import functools
import json
import os
import re
import sys
import time

import torch
import work

NESTEROV = functools.partial(torch.optim.SGD, lr=0.01, momentum=0.9, nesterov=True)
# As in bench/training.cpp: images of an epoch and of a batch, whether BatchNorm follows convolutions, the optimizer.
Training = collections.namedtuple("Training", "images batch normalized optimizer")
TRAININGS = {"mlp": Training(4096, 64, False, torch.optim.Adam), "cnn": Training(256, 64, False, torch.optim.Adam),
             "resnet8": Training(2560, 128, True, NESTEROV)}


class Residual(torch.nn.Module):
    """ReLU of the sum of two branches."""

    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return torch.relu(self.body(x) + self.shortcut(x))


def convolution(shape, layer, normalized):
    """Where it strides it pads both sides alike, as is usual with PyTorch: as many products of as many outputs."""
    yield torch.nn.Conv2d(shape[3], layer.channels, layer.kernel, layer.stride, padding=layer.kernel // 2)
    if normalized:
        yield torch.nn.BatchNorm2d(layer.channels)
    if layer.relu:
        yield torch.nn.ReLU()


def modules(shape, layers, normalized):
    """PyTorch's layers for those of work.py."""
    is_flat = len(shape) == 2
    for layer in layers:
        if isinstance(layer, work.Dense):
            if not is_flat:
                yield torch.nn.Flatten()
                is_flat = True
            yield torch.nn.Linear(work.fan_in(shape, layer), layer.units)
            if layer.relu:
                yield torch.nn.ReLU()
        elif isinstance(layer, work.Conv):
            yield from convolution(shape, layer, normalized)
        elif isinstance(layer, work.Residual):
            yield Residual(torch.nn.Sequential(*modules(shape, layer.body, normalized)),
                           torch.nn.Sequential(*modules(shape, layer.shortcut, False)))
        elif isinstance(layer, work.GlobalAverage):
            yield from (torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())
            is_flat = True
        else:
            yield torch.nn.MaxPool2d(2)
        shape = work.output_shape(shape, layer)


def trainer(example, layers, training):
    """A function that trains for one epoch."""
    images, batch = training.images, training.batch
    network = torch.nn.Sequential(*modules((batch, *example), layers, training.normalized))
    shape = (example[2], *example[:2]) if len(example) == 3 else example
    x, labels = torch.rand(images, *shape) * 2 - 1, torch.zeros(images, dtype=torch.long)
    loss, optimizer = torch.nn.CrossEntropyLoss(), training.optimizer(network.parameters())

    def epoch():
        order = torch.randperm(images)
        for first in range(0, images, batch):
            chosen = order[first:first + batch]
            optimizer.zero_grad()
            loss(network(x[chosen]), labels[chosen]).backward()
            optimizer.step()

    return epoch


def seconds_of(epoch, times):
    begin = time.perf_counter()
    for _ in range(times):
        epoch()
    return time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--min-time", type=float, default=0.1)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--filter", default=".")
    options = parser.parse_args()
    torch.manual_seed(7)
    torch.set_num_threads(os.cpu_count())
    rows = []
    for network, training in TRAININGS.items():
        name = f"train_{network}_f32/pytorch/{training.batch}"
        if not re.search(options.filter, name):
            continue
        epoch = trainer(*work.NETWORKS[network], training)
        times = max(1, round(options.min_time / max(seconds_of(epoch, 1), 1e-9)))  # warms up, too
        for _ in range(options.repetitions):
            seconds = seconds_of(epoch, times) / times
            rows.append({"run_name": f"{name}/real_time", "run_type": "iteration", "cpu_time": seconds * 1e9,
                         "real_time": seconds * 1e9, "time_unit": "ns", "items_per_second": training.images / seconds})
    json.dump({"benchmarks": rows}, sys.stdout)


if __name__ == "__main__":
    main()
