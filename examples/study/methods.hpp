// SPDX-License-Identifier: MIT
/// @file
/// The ways from a float network to integers, by name.
#pragma once

#include "qnn/scheme/clipping.hpp"

#include <array>
#include <string_view>

namespace study {

/// What chooses the ranges of activations.
enum class Calibrator { min_max, moving_average, percentile, entropy, squared_error };

/// What is learned from images before the integers are final.
enum class Learning { nothing, biases, rounding, network };

struct Method {
  std::string_view name;
  std::string_view meaning;
  Calibrator calibrator = Calibrator::min_max;
  qnn::WeightRange weights = qnn::WeightRange::min_max;
  bool equalizes = false;
  Learning learning = Learning::nothing;
};

/// Whether this program was built with the methods that learn: compilers take long for them (CMake:
/// QNN_STUDY_LEARNING).
#ifdef QNN_STUDY_WITHOUT_LEARNING
inline constexpr bool has_learning = false;
#else
inline constexpr bool has_learning = true;
#endif

/// In the order in which they are compared; each differs from the first in one thing.
inline constexpr auto all_methods = std::to_array<Method>({
    {.name = "min-max", .meaning = "ranges hold every value"},
    {.name = "moving-average",
     .meaning = "activations: average of the batches' ranges",
     .calibrator = Calibrator::moving_average},
    {.name = "percentile", .meaning = "activations: 99.99 % of the values", .calibrator = Calibrator::percentile},
    {.name = "entropy", .meaning = "activations: least divergence (KL)", .calibrator = Calibrator::entropy},
    {.name = "mse", .meaning = "activations: least squared error", .calibrator = Calibrator::squared_error},
    {.name = "mse-weights",
     .meaning = "weights: least squared error",
     .weights = qnn::WeightRange::minimal_squared_error},
    {.name = "equalize", .meaning = "neighbouring layers brought to like ranges", .equalizes = true},
    {.name = "bias-correction", .meaning = "mean errors taken back", .learning = Learning::biases},
    {.name = "adaround",
     .meaning = "each weight up or down, as learned",
     .weights = qnn::WeightRange::minimal_squared_error,
     .learning = Learning::rounding},
    {.name = "qat", .meaning = "training goes on with the integers in the loop", .learning = Learning::network},
});

}  // namespace study
