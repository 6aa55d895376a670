// SPDX-License-Identifier: MIT
/// @file
/// Everything that needs only Eigen and the standard library: define a network, train it, quantize it, compare.
/// Opt-in besides: qnn/data.hpp (data sets; zlib, liblzma), qnn/safetensors.hpp (saving and loading; nlohmann_json).
#pragma once

#include "qnn/core/rule.hpp"  // first, so that the report of a broken rule starts with a short list of includes
#include "qnn/inference.hpp"

#include "qnn/calibration/calibrate.hpp"
#include "qnn/calibration/ranges_for.hpp"
#include "qnn/data/dataset.hpp"
#include "qnn/evaluation/agreement.hpp"
#include "qnn/evaluation/analyze.hpp"
#include "qnn/evaluation/compare_calibrators.hpp"
#include "qnn/evaluation/evaluate.hpp"
#include "qnn/evaluation/latency.hpp"
#include "qnn/evaluation/reconstruction.hpp"
#include "qnn/evaluation/search_mixed.hpp"
#include "qnn/evaluation/sensitivity.hpp"
#include "qnn/evaluation/signal_to_noise.hpp"
#include "qnn/kernels/eigen/map.hpp"
#include "qnn/network/describe.hpp"
#include "qnn/network/forward_parallel.hpp"
#include "qnn/quantization/correct_biases.hpp"
#include "qnn/quantization/equalize.hpp"
#include "qnn/quantization/fake_quant_training.hpp"
#include "qnn/quantization/learn_rounding.hpp"
#include "qnn/quantization/quantize.hpp"
#include "qnn/quantization/quantize_dynamic.hpp"
#include "qnn/quantization/simulate.hpp"
#include "qnn/training/train.hpp"
