# SPDX-License-Identifier: MIT
"""What the peers that are measured from Python share: the work, the clock, and rows as Google Benchmark writes them.

A peer gives a function `make(work, is_integer)` that builds a network with random weights and returns a function that
runs it once. Time is that of the processor, summed over all threads, so that a peer with a hidden thread gains nothing.
The row `empty_call/<implementation>/1` is a network that only passes its input on: what a call from Python costs.
"""

import argparse
import collections
import itertools
import json
import math
import random
import re
import sys
import time

Dense = collections.namedtuple("Dense", "units relu")
Conv = collections.namedtuple("Conv", "channels")  # 3x3, padded to the size of its input, with ReLU
Pool = collections.namedtuple("Pool", "")  # the largest of 2x2
Work = collections.namedtuple("Work", "shape layers")  # (batch, height, width, channels) or (batch, inputs)

GEMM_SHAPES = ((1, 128, 784), (1, 1024, 1024), (64, 128, 784), (64, 1024, 1024), (256, 256, 256), (1024, 1024, 1024),
               (3136, 64, 576))
MLP = (Dense(128, True), Dense(64, True), Dense(10, False))
CNN = (Conv(32), Pool(), Conv(64), Pool(), Dense(128, True), Dense(10, False))


def output_shape(shape, layer):
    """The shape behind a layer."""
    if isinstance(layer, Dense):
        return (shape[0], layer.units)
    if isinstance(layer, Conv):
        return (*shape[:3], layer.channels)
    return (shape[0], shape[1] // 2, shape[2] // 2, shape[3])


def fan_in(shape, layer):
    """Products of each sum of a linear layer."""
    return 9 * shape[3] if isinstance(layer, Conv) else math.prod(shape[1:])


def operations(work):
    """Two for each multiply-accumulate."""
    total, shape = 0, work.shape
    for layer in work.layers:
        result = output_shape(shape, layer)
        total += 0 if isinstance(layer, Pool) else 2 * fan_in(shape, layer) * math.prod(result)
        shape = result
    return total


def all_work():
    """(workload, shape or batch, work, whether it computes in integers) of all rows."""
    for m, n, k in GEMM_SHAPES:
        for workload, is_integer in (("gemm_f32", False), ("gemm_i8_requant", True)):
            yield workload, f"{m}x{n}x{k}", Work((m, k), (Dense(n, False),)), is_integer
    for batch in (1, 64):
        for suffix, is_integer in (("f32", False), ("i8", True)):
            yield f"mlp_{suffix}", str(batch), Work((batch, 784), MLP), is_integer
            yield f"cnn_{suffix}", str(batch), Work((batch, 28, 28, 1), CNN), is_integer
    yield "empty_call", "1", Work((1, 16), ()), False


def seconds_of(call, times):
    """Processor time of `times` calls."""
    begin = time.process_time_ns()
    for _ in itertools.repeat(None, times):
        call()
    return (time.process_time_ns() - begin) * 1e-9


def calls_in(call, seconds):
    """How many calls take about so long; warms up on the way."""
    times = 1
    while True:
        needed = seconds_of(call, times)
        if needed >= seconds / 2:
            return max(1, round(times * seconds / needed))
        times *= 2


def row(name, seconds, work):
    """One repetition, as Google Benchmark writes it."""
    result = {"run_name": name, "run_type": "iteration", "cpu_time": seconds * 1e9, "real_time": seconds * 1e9,
              "time_unit": "ns"}
    if work.layers:
        result["ops"] = operations(work) / seconds
    return result


def run(implementation, make):
    """Measures what the command line asks for and prints rows as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--min-time", type=float, default=0.1)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--filter", default=".")
    options = parser.parse_args()
    cases = {}
    for workload, shape, work, is_integer in all_work():
        name = f"{workload}/{implementation}/{shape}"
        if workload != "empty_call" and not re.search(options.filter, name):
            continue
        try:
            call = make(work, is_integer)
            cases[name] = (call, calls_in(call, options.min_time), work)
        except Exception as error:  # pylint: disable=broad-except  # one row less, whatever the peer throws
            print(f"bench: no row {name}: {error}", file=sys.stderr)
    order = list(cases) * options.repetitions
    random.shuffle(order)
    rows = [row(name, seconds_of(cases[name][0], cases[name][1]) / cases[name][1], cases[name][2]) for name in order]
    json.dump({"benchmarks": rows}, sys.stdout)
