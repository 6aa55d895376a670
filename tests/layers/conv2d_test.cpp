// SPDX-License-Identifier: MIT
#include "qnn/layers/conv2d.hpp"

#include "check_report.hpp"
#include "run_layer.hpp"

#include <doctest/doctest.h>

#include <numeric>
#include <type_traits>

namespace conv2d_test {
namespace {

using namespace qnn;
using Floats = std::vector<float>;

Floats counting(std::size_t count, float first = 1) {
  Floats values(count);
  std::iota(values.begin(), values.end(), first);
  return values;
}

// Options in any order give the same geometry.
using One = Conv2d<4, Kernel<3>, Same, Stride<2>, Groups<2>, NoBias>;
using Two = Conv2d<4, NoBias, Groups<2>, Stride<2>, Kernel<3>, Same>;
using Image = Shape<7, 9, 2>;
static_assert(std::is_same_v<One::window<Image>, Two::window<Image>> && One::groups == 2 && Two::groups == 2 &&
              !One::has_bias && !Two::has_bias);
static_assert(std::is_same_v<One::output<Image>, Shape<4, 5, 4>>);
// floor((in + 2 pad - ((k - 1) d + 1)) / s) + 1
static_assert(
    std::is_same_v<Conv2d<1, Kernel<3, 2>, Stride<2, 1>, Padding<1, 0>>::output<Shape<6, 5, 3>>, Shape<3, 4, 1>>);
static_assert(std::is_same_v<Conv2d<8, Kernel<3>, Dilation<2>>::output<Shape<8, 7, 1>>, Shape<4, 3, 8>>);
static_assert(std::is_same_v<Conv2d<8, Kernel<3>, Valid>::output<Shape<3, 3, 1>>, Shape<1, 1, 8>>);

}  // namespace

TEST_CASE("Conv2d: known values") {
  // 1 2 3 / 4 5 6 / 7 8 9 under [1 0; 0 -1]: always the value minus its lower right neighbour, -4; then the bias 10.
  CHECK(outputs_of<Conv2d<1, Kernel<2>>, Shape<3, 3, 1>>(counting(9), {1, 0, 0, -1, 10}) == Floats{6, 6, 6, 6});
  // Cross-correlation: the kernel is not mirrored.
  CHECK(outputs_of<Conv2d<1, Kernel<1, 3>, NoBias>, Shape<1, 3, 1>>({1, 10, 100}, {1, 2, 3}) == Floats{321});
  // Two output channels lie next to each other; two input channels are summed.
  CHECK(outputs_of<Conv2d<2, Kernel<1>>, Shape<1, 2, 2>>({1, 2, 3, 4}, {1, 10, 100, 1000, 0.5f, 0}) ==
        Floats{21.5f, 2100, 43.5f, 4300});
  // Dilation 2: corners and centre of a 5x5 image. 1 + 3 + 11 + 13.
  CHECK(outputs_of<Conv2d<1, Kernel<2>, Dilation<2>, Stride<2>, NoBias>, Shape<5, 5, 1>>(counting(25), {1, 1, 1, 1}) ==
        Floats{28, 36, 68, 76});
  // Groups: each output channel sees its own input channel.
  CHECK(outputs_of<Conv2d<2, Kernel<1>, Groups<2>, NoBias>, Shape<1, 2, 2>>({1, 2, 3, 4}, {10, 100}) ==
        Floats{10, 200, 30, 400});
}

TEST_CASE("Conv2d: Same pads like TensorFlow, the odd row below and the odd column right") {
  const Floats ones{1, 1, 1, 1, 1, 1, 1, 1, 1};
  // 4 pixels, kernel 3, stride 2: one column of padding is needed, and it is right: windows 1 2 3 and 3 4 -.
  CHECK(outputs_of<Conv2d<1, Kernel<1, 3>, Same, Stride<1, 2>, NoBias>, Shape<1, 4, 1>>(counting(4), {1, 1, 1}) ==
        Floats{6, 7});
  // 5 pixels: two columns are needed, one on each side: - 1 2, 2 3 4, 4 5 -.
  CHECK(outputs_of<Conv2d<1, Kernel<1, 3>, Same, Stride<1, 2>, NoBias>, Shape<1, 5, 1>>(counting(5), {1, 1, 1}) ==
        Floats{3, 9, 9});
  // An even kernel at stride 1: 1 2, 2 3, 3 -; the same in rows.
  CHECK(outputs_of<Conv2d<1, Kernel<1, 2>, Same, NoBias>, Shape<1, 3, 1>>(counting(3), {1, 10}) == Floats{21, 32, 3});
  CHECK(outputs_of<Conv2d<1, Kernel<2, 1>, Same, NoBias>, Shape<3, 1, 1>>(counting(3), {1, 10}) == Floats{21, 32, 3});
  // Number of pixels under a 3x3 window on a 3x3 image.
  CHECK(outputs_of<Conv2d<1, Kernel<3>, Same, NoBias>, Shape<3, 3, 1>>(ones, ones) ==
        Floats{4, 6, 4, 6, 9, 6, 4, 6, 4});
  // Padding<1> instead: alike on both sides, whatever the stride: - 1 2, 2 3 4 and no third window.
  CHECK(outputs_of<Conv2d<1, Kernel<1, 3>, Padding<0, 1>, Stride<1, 2>, NoBias>, Shape<1, 4, 1>>(
            counting(4), {1, 1, 1}) == Floats{3, 9});
}

TEST_CASE("Conv2d: gradients") {
  using testing::check_gradients;
  CHECK_REPORT(check_gradients<Conv2d<3, Kernel<3>>, Shape<5, 7, 2>>({.seed = 1}));
  CHECK_REPORT(check_gradients<Conv2d<4, Kernel<3, 2>, Same, Stride<2>, Groups<2>>, Shape<7, 5, 2>>({.seed = 2}));
  CHECK_REPORT(check_gradients<Conv2d<2, Kernel<3>, Padding<2, 1>, Dilation<2>, NoBias>, Shape<6, 7, 3>>({.seed = 3}));
  CHECK_REPORT(check_gradients<Conv2d<5, Kernel<1>>, Shape<3, 4, 3>>({.seed = 4}));  // no patches
  CHECK_REPORT(
      check_gradients<Conv2d<6, Kernel<1>, Groups<3>>, Shape<3, 4, 3>>({.seed = 5}));  // pointwise, but grouped
  CHECK_REPORT(check_gradients<Conv2d<3, Kernel<3>, Same, Groups<3>>, Shape<13, 11, 3>>({.seed = 6}));  // two tiles
  CHECK_REPORT(check_gradients<Conv2d<2, Kernel<5>, Same>, Shape<2, 3, 1>>({.seed = 7}));       // larger than the image
  CHECK_REPORT(check_gradients<Conv2d<2, Kernel<1>, Stride<3>>, Shape<7, 8, 2>>({.seed = 8}));  // pixels never read
}

TEST_CASE("Conv2d: codes") {
  using testing::check_codes;
  using testing::Precisions;
  CHECK_REPORT(check_codes<Conv2d<3, Kernel<3>, Same>, Shape<5, 4, 2>>({.seed = 1}, testing::UsualPrecisions{}));
  using Odd = Precisions<Int8<Asymmetric, PerTensor>, Int16<Asymmetric>,
                         Quantized<Format<std::int8_t, Asymmetric, PerTensor>, Format<std::int8_t, Asymmetric>>>;
  CHECK_REPORT(check_codes<Conv2d<4, Kernel<3, 2>, Same, Stride<2>, Groups<2>>, Shape<7, 5, 2>>({.seed = 2}, Odd{}));
  CHECK_REPORT(
      check_codes<Conv2d<2, Kernel<3>, Padding<2, 1>, Dilation<2>, NoBias>, Shape<6, 7, 3>>({.seed = 3}, Odd{}));
}

TEST_CASE("Conv2d: the same codes at compile time and at run time") {
  const auto check = []<class P, class Layer, class In>() {
    constexpr auto expected = testing::codes_of_random_layer<P, Layer, In, 2>(5);
    CHECK(testing::codes_of_random_layer<P, Layer, In, 2>(5) == expected);
  };
  check.operator()<Int8<>, Conv2d<3, Kernel<3>, Same>, Shape<4, 3, 2>>();
  check.
  operator()<Int8<Asymmetric, PerTensor>, Conv2d<4, Kernel<2>, Padding<1>, Stride<2>, Groups<2>>, Shape<3, 5, 2>>();
  check.operator()<Quantized<Format<std::int8_t, Asymmetric, PerChannel>, Format<std::uint8_t, Asymmetric>>,
                   Conv2d<2, Kernel<3>, Dilation<2>, Padding<2>>, Shape<4, 4, 1>>();
  check.operator()<Int16<>, Conv2d<2, Kernel<3>, Same, NoBias>, Shape<3, 3, 2>>();
}

}  // namespace conv2d_test
