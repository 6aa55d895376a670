// SPDX-License-Identifier: MIT
#include "qnn/layers/conv1d.hpp"

#include "qnn/layers.hpp"
#include "qnn/network/describe.hpp"

#include "check_report.hpp"
#include "run_layer.hpp"
#include "saved_again.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <type_traits>

namespace conv1d_test {
namespace {

using namespace qnn;
using namespace qnn::testing;
using Floats = std::vector<float>;

// floor((in + 2 pad - ((k - 1) d + 1)) / s) + 1
static_assert(std::is_same_v<Conv1d<5, Kernel<3>>::output<Shape<10, 2>>, Shape<8, 5>>);
static_assert(std::is_same_v<Conv1d<5, Stride<2>, Kernel<3>, Same>::output<Shape<9, 2>>, Shape<5, 5>>);
static_assert(std::is_same_v<Conv1d<5, Kernel<3>, Dilation<2>, Padding<1>>::output<Shape<9, 2>>, Shape<7, 5>>);

using Sound = Sequential<Input<12, 2>, Conv1d<6, Kernel<3>, Same>, BatchNorm, ReLU, MaxPool1d<2>,
                         Conv1d<4, Kernel<3>, Groups<2>, NoBias>, ReLU6, Flatten, Dense<3>>;
static_assert(Stages<Sound>::end<1> == 3 && Stages<Sound>::end<5> == 6);

}  // namespace

TEST_CASE("Conv1d: known values") {
  CHECK(outputs_of<Conv1d<1, Kernel<2>>, Shape<4, 1>>({1, 2, 3, 4}, {1, 10, 0.5f}) == Floats{21.5f, 32.5f, 43.5f});
  // Two output channels lie next to each other; two input channels are summed.
  CHECK(outputs_of<Conv1d<2, Kernel<1>>, Shape<2, 2>>({1, 2, 3, 4}, {1, 10, 100, 1000, 0.5f, 0}) ==
        Floats{21.5f, 2100, 43.5f, 4300});
  CHECK(outputs_of<Conv1d<1, Kernel<3>, Same, Stride<2>, NoBias>, Shape<5, 1>>({1, 2, 3, 4, 5}, {1, 1, 1}) ==
        Floats{3, 9, 9});
  CHECK(outputs_of<Conv1d<1, Kernel<2>, Dilation<2>, Padding<1>, NoBias>, Shape<3, 1>>({1, 2, 3}, {1, 10}) ==
        Floats{20, 31, 2});
}

TEST_CASE("Conv1d: gradients and codes") {
  CHECK_REPORT(check_gradients<Conv1d<3, Kernel<3>>, Shape<11, 2>>({.seed = 1}));
  CHECK_REPORT(check_gradients<Conv1d<4, Kernel<4>, Same, Stride<2>, Groups<2>>, Shape<13, 2>>({.seed = 2}));
  CHECK_REPORT(check_gradients<Conv1d<2, Kernel<3>, Padding<2>, Dilation<2>, NoBias>, Shape<8, 3>>({.seed = 3}));
  CHECK_REPORT(check_codes<Conv1d<3, Kernel<5>, Same>, Shape<14, 2>>({.seed = 4}, UsualPrecisions{}));
  CHECK_REPORT(check_codes<Conv1d<4, Kernel<3>, Stride<2>, Groups<2>, NoBias>, Shape<14, 2>>(
      {.seed = 5}, Precisions<Int8<Asymmetric>, Int16<Asymmetric>>{}));
}

TEST_CASE("Conv1d: the same codes at compile time and at run time") {
  constexpr auto expected = codes_of_random_layer<Int8<Asymmetric>, Conv1d<3, Kernel<3>, Same>, Shape<7, 2>, 2>(5);
  CHECK(codes_of_random_layer<Int8<Asymmetric>, Conv1d<3, Kernel<3>, Same>, Shape<7, 2>, 2>(5) == expected);
}

TEST_CASE("Conv1d in a network: folded, fused, saved and loaded") {
  const Network<Sound, Float32> net = with_random_parameters<Sound>(1);
  const Floats x = random_examples<Sound>(20, 2);
  const Floats real = outputs(net, x);
  CHECK(outputs(saved_again(net), x) == real);
  const auto integer = quantize<Int16<Asymmetric>>(net, ranges_of(net, x));
  const Floats found = outputs(integer, x);
  CHECK(outputs(saved_again(integer), x) == found);
  const float magnitude = range_of(real).magnitude();
  for (std::size_t i = 0; i < real.size(); ++i) {
    CHECK(std::abs(found[i] - real[i]) < 1e-3f * magnitude);
  }
  CHECK(describe<Sound>()[1].details == "kernel 1x3, stride 1x1, dilation 1x1, padding 0x1, groups 1");
  CHECK(describe<Sound>()[1].multiplications == 12 * 6 * 3 * 2);
}

}  // namespace conv1d_test
