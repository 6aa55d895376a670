// SPDX-License-Identifier: MIT
/// @file
/// Folded networks are the same function, and the same integer network.
#include "qnn/quantization/fold_batch_norm.hpp"

#include "fixtures.hpp"

#include "qnn/calibration/calibrate.hpp"
#include "qnn/quantization/quantize.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace fold_batch_norm_test {

using namespace qnn;
using namespace qnn::fixtures;

namespace {

using Net = Sequential<Input<8, 8, 2>, Conv2d<6, Kernel<3>, NoBias>, BatchNorm, ReLU,
                       Residual<Sequential<Conv2d<6, Kernel<3>, Same>, BatchNorm, ReLU6,
                                           DepthwiseConv2d<Kernel<3>, Same, NoBias>, BatchNorm>>,
                       ReLU, Flatten, Dense<5>, BatchNorm>;

}  // namespace

TEST_CASE("fold_batch_norms: by hand") {
  using One = Sequential<Input<2>, Dense<1>, BatchNorm>;
  Network<One, Float32> net;
  const std::vector<float> values{1, -2, 0.5f, /* scale, shift, mean, variance: */ 3, 7, -1, 4 - BatchNorm::epsilon};
  std::copy(values.begin(), values.end(), net.parameters().begin());
  const auto folded = fold_batch_norms(net);
  CHECK(folded.parameters()[0] == doctest::Approx(1.5));
  CHECK(folded.parameters()[1] == doctest::Approx(-3));
  CHECK(folded.parameters()[2] == doctest::Approx(1.5 * (0.5 + 1) + 7));
  CHECK(folded.parameters()[3] == 1.0f);
  CHECK(folded.parameters()[4] == 0.0f);
  CHECK(folded.parameters()[5] == 0.0f);
  CHECK(folded.parameters()[6] + BatchNorm::epsilon == 1.0f);
}

TEST_CASE("fold_batch_norms: the same function; twice is once; unfused BatchNorms stay") {
  const auto net = random_network<Net>(1);
  const auto folded = fold_batch_norms(net);
  const auto x = random_values(5 * 128, 3);
  CHECK(largest_difference(run(net, x), run(folded, x)) < 1e-4 * largest(run(net, x)));
  const auto twice = fold_batch_norms(folded);
  CHECK(std::equal(folded.parameters().begin(), folded.parameters().end(), twice.parameters().begin()));
  const auto shift = folded.parameters().subspan(108 + 6, 6);
  CHECK(std::any_of(shift.begin(), shift.end(), [](float value) { return value != 0.0f; }));

  using Alone = Sequential<Input<3>, BatchNorm, Dense<2>>;
  const auto alone = random_network<Alone>(2);
  const auto same = fold_batch_norms(alone);
  CHECK(std::equal(alone.parameters().begin(), alone.parameters().end(), same.parameters().begin()));
}

TEST_CASE_TEMPLATE("fold_batch_norms: quantize makes exactly the same network of it", P, Int8<>,
                   Int8<Asymmetric, PerTensor>, Int16<>) {
  const auto net = random_network<Net>(4);
  const auto ranges = calibrate(net, random_examples<Net>(20));
  const auto expected = quantize<P>(net, ranges), found = quantize<P>(fold_batch_norms(net), ranges);
  detail::for_each_linear_layer<Net>([&]<Index I>(IndexConstant<I>) {
    CHECK(found.template layer<I>().weight == expected.template layer<I>().weight);
    CHECK(found.template layer<I>().folded_bias == expected.template layer<I>().folded_bias);
    CHECK(found.template layer<I>().stage.multipliers == expected.template layer<I>().stage.multipliers);
  });
}

}  // namespace fold_batch_norm_test
