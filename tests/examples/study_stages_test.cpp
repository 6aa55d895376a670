// SPDX-License-Identifier: MIT
/// @file
/// Stages of networks as the study names them, histograms of their weights.
#include "../../examples/study/distributions.hpp"
#include "../../examples/study/integers.hpp"
#include "../../examples/study/stages.hpp"

#include "qnn/models/resnet.hpp"
#include "qnn/qnn.hpp"
#include "study_fixtures.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace study_stages_test {

using namespace study_fixtures;

TEST_CASE("stages are named by their layers, and know what they read, across branches") {
  const std::vector<LayerOfStage> layers = layers_of_stages<qnn::ResNet8>();
  const std::vector<std::string> names = stage_names(layers);
  REQUIRE(names.size() == 29);
  CHECK(names[0] == "Input");
  CHECK(names[3] == "1 Conv2d + BatchNorm + ReLU");
  CHECK(names[8] == "7 Conv2d + BatchNorm");
  CHECK(names[10] == "9 Add + ReLU");
  CHECK(names[16] == "16 Conv2d");
  CHECK(names[18] == "17 Add + ReLU");
  CHECK(names[28] == "28 Dense");
  using Places = std::vector<std::vector<std::size_t>>;
  // the end of block one; two convolutions and the projection of block two, which all begin there; their sum
  CHECK(stages_before(layers, {0, 3, 6, 8, 10, 13, 15, 16, 18}) ==
        Places{{}, {0}, {1}, {2}, {3, 1}, {4}, {5}, {4}, {6, 7}});

  using Dropped =
      qnn::Sequential<qnn::Input<8>, qnn::Dense<4>, qnn::Dropout<30>, qnn::ReLU, qnn::Flatten, qnn::Dense<2>>;
  const std::vector<LayerOfStage> dropped = layers_of_stages<Dropped>();
  CHECK(stage_names(dropped)[3] == "1 Dense + ReLU");
  CHECK(stages_before(dropped, {0, 3, 5}) == Places{{}, {0}, {1}});
}

TEST_CASE("histograms of weights are those that are quantized, with BatchNorm taken in") {
  using Net =
      qnn::Sequential<qnn::Input<4, 4, 2>,
                      qnn::Residual<qnn::Sequential<qnn::Conv2d<2, qnn::Kernel<1>, qnn::NoBias>, qnn::BatchNorm>>,
                      qnn::ReLU, qnn::Flatten, qnn::Dense<3>>;
  qnn::Network<Net, qnn::Float32> network;
  for (float& parameter : network.parameters()) {
    parameter = 0.5f;
  }
  for (const qnn::ParameterSlot& slot : qnn::ParameterLayout<Net>::slots) {
    if (slot.info.name == "scale") {
      slot.in(network.parameters())[0] = 10.0f;  // of the first of two channels
    }
    if (slot.info.name == "running_variance") {
      std::ranges::fill(slot.in(network.parameters()), 1.0f - qnn::BatchNorm::epsilon);
    }
  }
  qnn::Ranges<Net> ranges;
  ranges.of_layer.fill({-1.0f, 1.0f});
  const auto integers = qnn::quantize<qnn::Int8<>>(network, ranges);
  const std::vector<TensorHistogram> weights = weight_histograms(network, integers);
  REQUIRE(weights.size() == 2);
  CHECK(weights[0].tensor == "1 Conv2d + BatchNorm");
  CHECK(weights[0].ranges[0].highest == doctest::Approx(5.0));  // 10 times 0.5
  CHECK(weights[0].ranges[1].lowest == doctest::Approx(-5.0));
  CHECK(weights[0].ranges[2].highest == doctest::Approx(0.25));  // 0.5 times 0.5, the second channel
  CHECK(weights[0].histogram.total() == 4);
  CHECK(weights[1].tensor == "6 Dense");
  // input, convolution, normalization, sum, ReLU, Flatten, Dense
  CHECK(own_ranges<Net> == std::array{true, false, true, false, true, false, true});
}

}  // namespace study_stages_test
