// SPDX-License-Identifier: MIT
#include "qnn/layers/zero_pad2d.hpp"

#include "check_report.hpp"
#include "run_layer.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <type_traits>

namespace zero_pad2d_test {
namespace {

using namespace qnn;
using namespace qnn::testing;
using Floats = std::vector<float>;

static_assert(std::is_same_v<ZeroPad2d<1, 2, 3, 4>::output<Shape<5, 6, 7>>, Shape<8, 13, 7>>);
static_assert(std::is_same_v<ZeroPad2d<1>, ZeroPad2d<1, 1, 1, 1>>);

/// The padding of codes is the zero point.
constexpr std::array<std::int8_t, 6> padded() {
  ZeroPad2d<0, 1, 1, 0>::at<Int8<Asymmetric>, Shape<1, 2, 1>> machine;
  const Asymmetric::Parameters parameters{0.5f, -7};
  machine.prepare(parameters, machine.output_parameters(parameters, {}), {});
  const std::array<std::int8_t, 2> x{3, 4};
  std::array<std::int8_t, 6> y{};
  machine.forward(Batch<const std::int8_t, Shape<1, 2, 1>>(x.data(), 1), {y.data(), 1});
  return y;
}
static_assert(padded() == std::array<std::int8_t, 6>{-7, 3, 4, -7, -7, -7});

}  // namespace

TEST_CASE("ZeroPad2d: known values") {
  CHECK(outputs_of<ZeroPad2d<1, 0, 0, 1>, Shape<1, 2, 2>>({1, 2, 3, 4}) == Floats{0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0});
  CHECK(outputs_of<ZeroPad2d<0>, Shape<1, 2, 1>>({1, 2}) == Floats{1, 2});
  CHECK(ZeroPad2d<1, 2, 3, 4>::details<Shape<1, 1, 1>>() == "top 1, bottom 2, left 3, right 4");
}

TEST_CASE("ZeroPad2d: gradients and codes") {
  CHECK_REPORT(check_layer<ZeroPad2d<1, 2, 3, 0>, Shape<4, 3, 2>>({.seed = 1}));
  CHECK_REPORT(check_layer<ZeroPad2d<2>, Shape<3, 5, 1>, Precisions<Int8<Asymmetric>>>({.seed = 2, .lowest = 0.5f}));
}

}  // namespace zero_pad2d_test
