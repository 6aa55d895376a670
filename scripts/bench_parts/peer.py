# SPDX-License-Identifier: MIT
"""What the peers measured from Python share: random numbers, the clock, and rows as Google Benchmark writes them.

A peer gives a function `make(work, is_integer)` that builds a network with random weights. It returns a function that
runs it once and one that returns the output. Time is that of the processor, summed over all threads, so that a peer
with a hidden thread gains nothing. The row `empty_call/<implementation>/1` is a network that only passes its input on:
what a call from Python costs.
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

import numpy
import work

RANDOM = numpy.random.default_rng(1)
CODE_DEVIATION = 73  # of codes that are uniform from -127 to 127

# A value of a graph. `name` is the peer's; codes have a scale and a zero point; `size` is roughly the root mean square
# of the reals. Scales follow it, so that no layer of a deep network gets nothing but zeros.
Tensor = collections.namedtuple("Tensor", "name shape scale zero_point size")
INPUT_SCALE = 0.01  # of inputs whose root mean square is about 1


def scale_of(deviation):
    """The scale of codes for reals with this standard deviation: four of them are 127 codes."""
    return 4 * deviation / 127


def size_of(deviation, relu):
    """The root mean square of a layer's output, whose sums have this standard deviation around 0."""
    return deviation / math.sqrt(2) if relu else deviation


def deviation_of(x):
    """The standard deviation of a linear layer's sums; the variance of weights is that of He, 2 / fan-in."""
    return math.sqrt(2) * x.size


def parameters(shape, fan_in, is_integer):
    """(weights, bias, scale of the weights) of a linear layer; outputs are the first dimension of its weights."""
    if is_integer:
        return (RANDOM.integers(-127, 128, shape, numpy.int8), numpy.full(shape[0], 1000, numpy.int32),
                math.sqrt(2 / fan_in) / CODE_DEVIATION)
    return (RANDOM.uniform(-1, 1, shape).astype(numpy.float32) * numpy.float32(math.sqrt(6 / fan_in)),
            numpy.zeros(shape[0], numpy.float32), 1.0)


def check(values):
    """@throws ValueError where an output cannot be that of a network at work."""
    if not numpy.isfinite(values).all() or values.min() == values.max():
        raise ValueError("its output is constant or not finite")


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


def row(name, seconds, multiplications):
    """One repetition, as Google Benchmark writes it."""
    result = {"run_name": name, "run_type": "iteration", "cpu_time": seconds * 1e9, "real_time": seconds * 1e9,
              "time_unit": "ns"}
    if multiplications:
        result["ops"] = 2 * multiplications / seconds
    return result


def run(implementation, make):
    """Measures what the command line asks for and prints rows as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--min-time", type=float, default=0.1)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--filter", default=".")
    options = parser.parse_args()
    cases = {}
    for workload, shape, task, is_integer in work.all_work():
        name = f"{workload}/{implementation}/{shape}"
        if workload != "empty_call" and not re.search(options.filter, name):
            continue
        try:
            call, output = make(task, is_integer)
            times = calls_in(call, options.min_time)
            check(output())
            cases[name] = (call, times, work.multiplications(*task))
        except Exception as error:  # pylint: disable=broad-except  # one row less, whatever the peer throws
            print(f"bench: no row {name}: {error}", file=sys.stderr)
    order = list(cases) * options.repetitions
    random.shuffle(order)
    rows = []
    for name in order:
        call, times, multiplications = cases[name]
        rows.append(row(name, seconds_of(call, times) / times, multiplications))
    json.dump({"benchmarks": rows}, sys.stdout)
