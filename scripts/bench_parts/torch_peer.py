#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trains the networks of bench/training.cpp with PyTorch: rows as Google Benchmark writes them.

A step is what a training loop does: gather a batch of 64, forward, cross entropy, backward, Adam. Time is that of the
clock on the wall, since threads share the work: PyTorch takes as many as the machine has, as qnn does.
"""

import argparse
import json
import os
import re
import sys
import time

import peer
import torch

BATCH = 64
IMAGES = {"mlp": 4096, "cnn": 256}  # of an epoch, as in bench/training.cpp


def module(layers):
    """The network of peer.py's description, for images of one channel, 28 x 28."""
    modules, shape, is_flat = [], (1, 28, 28, 1), False
    for layer in layers:
        if isinstance(layer, peer.Dense):
            if not is_flat:
                modules.append(torch.nn.Flatten())
                is_flat = True
            modules.append(torch.nn.Linear(peer.fan_in(shape, layer), layer.units))
            if layer.relu:
                modules.append(torch.nn.ReLU())
        elif isinstance(layer, peer.Conv):
            modules += [torch.nn.Conv2d(shape[3], layer.channels, 3, padding=1), torch.nn.ReLU()]
        else:
            modules.append(torch.nn.MaxPool2d(2))
        shape = peer.output_shape(shape, layer)
    return torch.nn.Sequential(*modules)


def trainer(layers, images):
    """A function that trains for one epoch."""
    network = module(layers)
    x, labels = torch.rand(images, 1, 28, 28) * 2 - 1, torch.zeros(images, dtype=torch.long)
    loss, optimizer = torch.nn.CrossEntropyLoss(), torch.optim.Adam(network.parameters())

    def epoch():
        order = torch.randperm(images)
        for first in range(0, images, BATCH):
            chosen = order[first:first + BATCH]
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
    for workload, layers in (("mlp", peer.MLP), ("cnn", peer.CNN)):
        name = f"train_{workload}_f32/pytorch/{BATCH}"
        if not re.search(options.filter, name):
            continue
        images = IMAGES[workload]
        epoch = trainer(layers, images)
        times = max(1, round(options.min_time / max(seconds_of(epoch, 1), 1e-9)))  # warms up, too
        for _ in range(options.repetitions):
            seconds = seconds_of(epoch, times) / times
            rows.append({"run_name": f"{name}/real_time", "run_type": "iteration", "cpu_time": seconds * 1e9,
                         "real_time": seconds * 1e9, "time_unit": "ns", "items_per_second": images / seconds})
    json.dump({"benchmarks": rows}, sys.stdout)


if __name__ == "__main__":
    main()
