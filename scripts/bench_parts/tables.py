# SPDX-License-Identifier: MIT
"""Tables of what was measured. A row is called <workload>/<implementation>/<shape or batch>."""

import collections
import os
import re
import statistics

EPOCHS = {"mlp": 60_000, "cnn": 60_000, "resnet8": 50_000}  # images that a row of training is scaled to
# The implementations that are qnn; all others are peers.
INSTRUCTION_SETS = ("reference", "portable", "avx2", "avxvnni", "avx512vnni", "amx", "neon", "neon_dotprod")
OWN = ("qnn", "qnn_one_thread", "qnn_2_threads", "plain", *INSTRUCTION_SETS)
# The rows to watch: workload, shape or batch, and the multiple of the best peer's time that is the goal.
WATCHED = (
    ("gemm_i8_requant", "1x128x784", 1.0), ("gemm_i8_requant", "1x1024x1024", 1.0),
    ("gemm_i8_requant", "64x128x784", 1.0), ("gemm_i8_requant", "64x1024x1024", 1.0),
    ("gemm_i8_requant", "256x256x256", 1.0), ("gemm_i8_requant", "1024x1024x1024", 1.05),
    ("gemm_i8_requant", "3136x64x576", 1.0), ("gemm_i16", "64x1024x1024", 2.0),
    ("mlp_i8", "1", 0.75), ("mlp_i8", "64", 1.0), ("mlp_f32", "1", 1.0), ("mlp_f32", "64", 1.2),
    ("cnn_i8", "1", 0.7), ("cnn_i8", "64", 0.7), ("cnn_f32", "1", 1.0), ("cnn_f32", "64", 1.2),
    ("resnet8_i8", "1", 0.8), ("resnet8_i8", "64", 0.9), ("resnet8_f32", "1", 1.0), ("resnet8_f32", "64", 1.2),
    ("train_mlp_f32", "64", 1.0), ("train_cnn_f32", "64", 1.0), ("train_resnet8_f32", "128", 1.0))

Row = collections.namedtuple("Row", "workload implementation shape seconds operations")  # operations a second, or None


def repetition_seconds(measured):
    """Seconds of one repetition: of the processor; of the clock where the work is shared among threads."""
    unit = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}[measured["time_unit"]]
    is_shared = measured["run_name"].endswith("/real_time")
    seconds = measured["real_time" if is_shared else "cpu_time"] * unit
    trained = re.match(r"train_([^_]+)_", measured["run_name"])
    return EPOCHS[trained.group(1)] / measured["items_per_second"] if trained else seconds


def rows_of(measurements):
    """{name: Row} with the median of all repetitions, in the order in which names first appear; of peaks the best.

    What a call costs from Python (row empty_call) is taken off the rows of that peer: from C++ they would not pay it. A
    row of which nothing reliable is left is dropped."""
    repetitions = collections.defaultdict(list)
    for measured in measurements:
        repetitions[re.sub(r"/real_time$", "", measured["run_name"])].append(measured)
    rows = {}
    for name, all_of_it in repetitions.items():
        seconds = list(map(repetition_seconds, all_of_it))
        speeds = [measured["ops"] for measured in all_of_it if "ops" in measured]
        if name.startswith("peak_"):
            rows[name] = Row(*name.split("/"), min(seconds), max(speeds))
        else:
            speed = statistics.median(speeds) if speeds else None
            rows[name] = Row(*name.split("/"), statistics.median(seconds), speed)
    for name, row in list(rows.items()):
        call = rows.get(f"empty_call/{row.implementation}/1")
        if call is not None and row is not call:
            net = row.seconds - call.seconds
            if net < row.seconds / 10:
                del rows[name]
            else:
                rows[name] = row._replace(seconds=net, operations=row.operations * row.seconds / net)
    return rows


def precision(workload):
    """i8, i16 or f32."""
    found = re.search(r"_(i8|i16|f32)(_|$)", workload)
    return found.group(1) if found else None


def peak(rows, row):
    """The largest measured rate of the row's kind of products: of its instruction set where it forces one that has a
    rate of its own, else of the machine; of all threads where the row uses them."""
    rates = [other for other in rows.values() if other.workload == f"peak_{precision(row.workload)}"]
    own = [other for other in rates if other.implementation == row.implementation]
    threads = 2 if row.implementation == "qnn_2_threads" else 1
    if row.workload.startswith("train_") and row.implementation == "qnn":
        threads = os.cpu_count()
    return max((other.operations * threads for other in own or rates), default=None)


def share(rows, row):
    """The row's share of its peak, as text. Pooling multiplies nothing: its operations are no part of a peak."""
    limit = peak(rows, row) if row.operations and not row.workload.startswith("max_pool") else None
    return f"{100 * row.operations / limit:.0f} %" if limit else ""


def time_text(seconds):
    """Microseconds, or seconds where there are some; three digits."""
    if seconds >= 0.1:
        return f"{seconds:.3g} s"
    micro = seconds * 1e6
    return f"{micro:.0f}" if micro >= 100 else f"{micro:.3g}"


def best_peer(rows, workload, shape):
    """The fastest row of others for the same work, or None."""
    peers = [row for row in rows.values()
             if row.workload == workload and row.shape == shape and row.implementation not in OWN]
    return min(peers, key=lambda row: row.seconds, default=None)


def lines(head, body):
    """A table in Markdown: the first column is text, numbers stand to the right."""
    return ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1),
            *("| " + " | ".join(cells) + " |" for cells in body)]


def against_peers(rows):
    """The rows to watch, beside the best peer of this run."""
    body = []
    for workload, shape, goal in WATCHED:
        own = rows.get(f"{workload}/qnn/{shape}")
        if own is None:
            continue
        cells = [workload, shape, time_text(own.seconds), share(rows, own)]
        peer = best_peer(rows, workload, shape)
        if peer is None:
            cells += ["none", "", "", "", f"{goal:g}"]
        else:
            cells += [peer.implementation, time_text(peer.seconds), share(rows, peer),
                      f"{own.seconds / peer.seconds:.2f}", f"{goal:g}"]
        body.append(cells)
    return lines(["workload", "shape, batch", "qnn, µs", "of peak", "best peer", "its µs", "of peak", "qnn / peer",
                  "goal"], body)


def faster(rows, slow, fast):
    """How many times as fast the second row is as the first, as text."""
    return f"{rows[slow].seconds / rows[fast].seconds:.2f}" if slow in rows and fast in rows else ""


def inside(rows):
    """Every network: its precisions against float32, in three builds."""
    body = []
    networks = dict.fromkeys((row.workload[:-len("_f32")], row.shape) for row in rows.values()
                             if re.fullmatch(r"(mlp|cnn|resnet8)_f32", row.workload))
    for network, batch in networks:
        def ratio(build, integer, network=network, batch=batch):
            return faster(rows, f"{network}_f32/{build}/{batch}", f"{network}_{integer}/{build}/{batch}")
        own = rows.get(f"{network}_f32/qnn/{batch}")
        body.append([network, batch, time_text(own.seconds) if own else "", ratio("qnn", "i8"),
                     ratio("qnn", "i8_from_float"), ratio("qnn", "i16"), ratio("avx2", "i8"), ratio("avx2", "i16"),
                     ratio("plain", "i8"), faster(rows, f"{network}_f32/plain/{batch}", f"{network}_f32/qnn/{batch}"),
                     faster(rows, f"{network}_i8/plain/{batch}", f"{network}_i8/qnn/{batch}")])
    return lines(["network", "batch", "float32, µs", "int8", "int8 from floats", "int16", "AVX2: int8", "AVX2: int16",
                  "no flags: int8", "float32 by flags", "int8 by flags"], body)


def everything(rows):
    """All rows, grouped by what they do."""
    groups = collections.defaultdict(list)
    for name, row in rows.items():
        groups[row.workload, row.shape].append((name, row))
    body = []
    for (workload, shape), members in groups.items():
        float_twin, is_integer = re.subn(r"_i(8|16)(_requant|_from_float)?$", "_f32", workload)
        for name, row in members:
            against_float = faster(rows, f"{float_twin}/qnn/{shape}", name) if is_integer else ""
            against_own = "" if row.implementation == "qnn" else faster(rows, f"{workload}/qnn/{shape}", name)
            body.append([name, time_text(row.seconds), f"{row.operations / 1e9:.4g}" if row.operations else "",
                         share(rows, row), against_float, against_own])
    return lines(["row", "µs", "Gop/s", "of peak", "speed / float32", "speed / qnn"], body)
