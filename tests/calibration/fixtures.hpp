// SPDX-License-Identifier: MIT
/// @file
/// What tests of calibrators share: formats, and values of known distributions.
#pragma once

#include "qnn/calibration/observations.hpp"
#include "qnn/core/random.hpp"
#include "qnn/scheme/level_rule.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace qnn::fixtures {

inline constexpr LevelRule symmetric8{{-128, 127}, true}, asymmetric8{{-128, 127}, false}, symmetric4{{-8, 7}, true},
    asymmetric4{{-8, 7}, false}, asymmetric16{{-32768, 32767}, false};

inline Observation seen(const std::vector<float>& values) {
  Observation observation;
  observation.observe(values, range_of(values));
  return observation;
}

enum class Shape1d { normal, one_sided, heavy_tails, lopsided };

inline std::vector<float> random_values(Shape1d shape, std::size_t count = 20000) {
  Random random(7);
  std::vector<float> values(count);
  std::generate(values.begin(), values.end(), [&] {
    const float normal = random.normal();
    switch (shape) {
      case Shape1d::normal:
        return normal;
      case Shape1d::one_sided:
        return std::max(normal, 0.0f);
      case Shape1d::heavy_tails:
        return normal * std::exp(random.normal());
      default:
        return normal < 0 ? 0.2f * normal : normal;
    }
  });
  return values;
}

inline constexpr auto shapes = {Shape1d::normal, Shape1d::one_sided, Shape1d::heavy_tails, Shape1d::lopsided};

inline double part_inside(const std::vector<float>& values, Range range) {
  return static_cast<double>(std::count_if(values.begin(), values.end(),
                                           [&](float x) { return x >= range.lowest && x <= range.highest; })) /
         static_cast<double>(values.size());
}

}  // namespace qnn::fixtures
