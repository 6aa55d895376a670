// SPDX-License-Identifier: MIT
/// @file
/// The convolution kernels: portable and what this machine runs against reference, and all against the real-valued
/// formula on codes.
#include "qnn/layers/conv2d.hpp"

#include "random_linear.hpp"

#include <doctest/doctest.h>

namespace conv2d_test {
namespace {

using namespace qnn;

/// Straight from the definition, without window, patches or folding: pixels outside the image are real 0 and add
/// nothing.
///
///     acc = b + sum (x[r s - top + i d, c s - left + j d, k] - zx) (w[o, i, j, k] - zw)
struct Naive {
  Index height, width, channels, out_height, out_width, out_channels;
  Index kernel_height, kernel_width, stride_height, stride_width, dilation_height, dilation_width, top, left, groups;

  template <class X, class Weight>
  std::int64_t sum(const X& x, std::int64_t zx, const Weight& w, std::int64_t zw, Index row, Index column,
                   Index o) const {
    const Index depth = channels / groups;
    const Index group = o / (out_channels / groups);
    std::int64_t total = 0;
    for (Index k = 0; k < depth; ++k) {
      for (Index j = 0; j < kernel_width; ++j) {
        for (Index i = 0; i < kernel_height; ++i) {
          const Index r = row * stride_height - top + i * dilation_height;
          const Index c = column * stride_width - left + j * dilation_width;
          if (r >= 0 && c >= 0 && r < height && c < width) {
            const std::int64_t pixel = x[static_cast<std::size_t>((r * width + c) * channels + group * depth + k)];
            const std::int64_t tap =
                w[static_cast<std::size_t>(((o * kernel_height + i) * kernel_width + j) * depth + k)];
            total += (pixel - zx) * (tap - zw);
          }
        }
      }
    }
    return total;
  }
};

/// Padding written out here, independently of core/window.hpp: TensorFlow's for Same.
constexpr Index same_before(Index input, Index kernel, Index stride, Index dilation) {
  const Index output = input % stride == 0 ? input / stride : input / stride + 1;
  const Index total = (output - 1) * stride + dilation * (kernel - 1) + 1 - input;
  return total <= 0 ? 0 : total / 2;
}

template <class P, class Layer, class In>
void check_conv2d(const Naive& naive, std::uint64_t seed, Draw how) {
  using Out = typename Layer::template output<In>;
  using Code = typename P::activation;
  using W = typename Layer::template window<In>;
  using Machine = typename Layer::template at<P, In>;
  Machine machine;
  Random random(seed, In::size, Out::size);
  randomize<P>(machine, random, how);
  const std::int32_t zx = P::activations::scheme::has_zero_point ? draw(random, P::activation_codes, how) : 0;
  machine.padding = static_cast<Code>(zx);

  // Biases small enough that the zero point fits beside them, then folded by the formula.
  std::vector<std::int64_t> bias;
  for (std::size_t o = 0; o < machine.folded_bias.size(); ++o) {
    bias.push_back(random.below(2001) - 1000);
    std::int64_t folded = bias[o];
    for (std::size_t k = 0; k < Machine::fan_in; ++k) {
      folded -= std::int64_t{zx} *
                (weight_at<P>(machine.weight.codes(), machine.weight.multipliers(), Machine::fan_in, o, k) -
                 machine.weight.parameters(static_cast<Index>(o)).zero_point);
    }
    machine.folded_bias[o] = static_cast<typename P::accumulator>(folded);
  }
  std::vector<std::int32_t> weights;
  for (std::size_t i = 0; i < machine.weight.codes().size(); ++i) {
    weights.push_back(weight_at<P>(machine.weight.codes(), machine.weight.multipliers(), Machine::fan_in,
                                   i / Machine::fan_in, i % Machine::fan_in));
  }

  constexpr Index count = 2;
  auto x = random_codes<Code>(random, count * In::size, P::activation_codes, how);
  if (how == Draw::random) {  // a second image of codes of seven bits, which have kernels of their own
    const auto second = random_codes<Code>(random, In::size, P::activation_codes, Draw::seven_bit);
    std::copy(second.begin(), second.end(), x.begin() + In::size);
  }
  std::vector<Code> portable(static_cast<std::size_t>(count * Out::size)), reference = portable, formula;
  const Batch<const Code, In> inputs(x.data(), count);
  const auto padding = static_cast<Code>(zx);
  machine.pack();
  std::vector<Code> dispatched(portable.size()), scratch(static_cast<std::size_t>(machine.scratch(count)));
  kernels::conv2d<W, Layer::groups>(machine, padding, inputs, Batch<Code, Out>(dispatched.data(), count),
                                    scratch.data());
  kernels::portable::conv2d<W, Layer::groups>(machine, padding, inputs, Batch<Code, Out>(portable.data(), count));
  kernels::reference::conv2d<W, Layer::groups>(machine, padding, inputs, Batch<Code, Out>(reference.data(), count));
  for (Index n = 0; n < count; ++n) {
    const std::vector<Code> image(x.begin() + n * In::size, x.begin() + (n + 1) * In::size);
    for (Index row = 0; row < naive.out_height; ++row) {
      for (Index column = 0; column < naive.out_width; ++column) {
        for (Index o = 0; o < naive.out_channels; ++o) {
          const std::int64_t sum =
              bias[static_cast<std::size_t>(o)] +
              naive.sum(image, zx, weights, machine.weight.parameters(o).zero_point, row, column, o);
          formula.push_back(
              machine.stage(static_cast<typename P::accumulator>(sum), P::weights::granularity::group_of(o)));
        }
      }
    }
  }
  INFO(P::name() << ", " << Layer::template details<In>());
  CHECK(portable == reference);
  CHECK(dispatched == reference);
  CHECK(reference == formula);
}

template <class Layer, class In, class... Ps>
void check_geometry(const Naive& naive, std::uint64_t seed) {
  using Out = typename Layer::template output<In>;
  CHECK(Out::extents == Extents{naive.out_height, naive.out_width, naive.out_channels});
  for (const Draw how : {Draw::random, Draw::ends, Draw::lowest, Draw::highest}) {
    (check_conv2d<Ps, Layer, In>(naive, seed, how), ...);
  }
}

}  // namespace

TEST_CASE("conv2d kernels: Valid, odd channels") {
  check_geometry<Conv2d<5, Kernel<3>>, Shape<6, 5, 3>, precisions::A, precisions::D, precisions::F, precisions::K,
                 precisions::M, precisions::R>({6, 5, 3, 4, 3, 5, 3, 3, 1, 1, 1, 1, 0, 0, 1}, 1);
}
TEST_CASE("conv2d kernels: one pixel, one channel") {
  check_geometry<Conv2d<1, Kernel<1>>, Shape<1, 1, 1>, precisions::B, precisions::G>(
      {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1}, 2);
}
TEST_CASE("conv2d kernels: Same") {
  check_geometry<Conv2d<7, Kernel<3>, Same>, Shape<5, 4, 2>, precisions::C, precisions::D, precisions::E>(
      {5, 4, 2, 5, 4, 7, 3, 3, 1, 1, 1, 1, same_before(5, 3, 1, 1), same_before(4, 3, 1, 1), 1}, 3);
}
TEST_CASE("conv2d kernels: Same with stride, even kernel") {
  check_geometry<Conv2d<3, Kernel<4, 2>, Same, Stride<2, 3>>, Shape<7, 8, 1>, precisions::A, precisions::D,
                 precisions::H>(
      {7, 8, 1, 4, 3, 3, 4, 2, 2, 3, 1, 1, same_before(7, 4, 2, 1), same_before(8, 2, 3, 1), 1}, 4);
}
TEST_CASE("conv2d kernels: Padding, larger than needed") {
  check_geometry<Conv2d<2, Kernel<3>, Padding<3, 2>>, Shape<2, 3, 5>, precisions::D, precisions::G, precisions::I>(
      {2, 3, 5, 6, 5, 2, 3, 3, 1, 1, 1, 1, 3, 2, 1}, 5);
}
TEST_CASE("conv2d kernels: dilation") {
  check_geometry<Conv2d<3, Kernel<2, 3>, Dilation<3, 2>>, Shape<7, 9, 2>, precisions::B, precisions::F>(
      {7, 9, 2, 4, 5, 3, 2, 3, 1, 1, 3, 2, 0, 0, 1}, 6);
}
TEST_CASE("conv2d kernels: dilation, stride and Same together") {
  check_geometry<Conv2d<2, Kernel<3>, Dilation<2>, Stride<3>, Same>, Shape<8, 7, 3>, precisions::D, precisions::G>(
      {8, 7, 3, 3, 3, 2, 3, 3, 3, 3, 2, 2, same_before(8, 3, 3, 2), same_before(7, 3, 3, 2), 1}, 7);
}
TEST_CASE("conv2d kernels: groups") {
  check_geometry<Conv2d<6, Kernel<3>, Groups<2>, Same>, Shape<4, 5, 4>, precisions::A, precisions::D, precisions::E,
                 precisions::L, precisions::T>({4, 5, 4, 4, 5, 6, 3, 3, 1, 1, 1, 1, 1, 1, 2}, 8);
}
TEST_CASE("conv2d kernels: depthwise, and with a multiplier of 2") {
  check_geometry<Conv2d<7, Kernel<3>, Groups<7>, Stride<2>>, Shape<7, 5, 7>, precisions::C, precisions::D,
                 precisions::K, precisions::S>({7, 5, 7, 3, 2, 7, 3, 3, 2, 2, 1, 1, 0, 0, 7}, 9);
  check_geometry<Conv2d<6, Kernel<1, 3>, Groups<3>>, Shape<3, 4, 3>, precisions::F, precisions::D>(
      {3, 4, 3, 3, 2, 6, 1, 3, 1, 1, 1, 1, 0, 0, 3}, 10);
}
TEST_CASE("conv2d kernels: groups of many channels, dilated, and with more outputs than inputs") {
  check_geometry<Conv2d<40, Kernel<3>, Groups<2>, Dilation<2>, Stride<2>, Same>, Shape<6, 5, 18>, precisions::A,
                 precisions::C, precisions::F, precisions::O>(
      {6, 5, 18, 3, 3, 40, 3, 3, 2, 2, 2, 2, same_before(6, 3, 2, 2), same_before(5, 3, 2, 2), 2}, 13);
  check_geometry<Conv2d<12, Kernel<2>, Groups<3>>, Shape<4, 3, 3>, precisions::B, precisions::D>(
      {4, 3, 3, 3, 2, 12, 2, 2, 1, 1, 1, 1, 0, 0, 3}, 14);
  check_geometry<Conv2d<8, Kernel<1>, Groups<2>>, Shape<3, 2, 6>, precisions::A, precisions::E>(
      {3, 2, 6, 3, 2, 8, 1, 1, 1, 1, 1, 1, 0, 0, 2}, 15);
}
TEST_CASE("conv2d kernels: depthwise, few channels side by side, many channels, a tall kernel") {
  check_geometry<Conv2d<3, Kernel<3>, Groups<3>, Same>, Shape<4, 9, 3>, precisions::A, precisions::C, precisions::E,
                 precisions::F>({4, 9, 3, 4, 9, 3, 3, 3, 1, 1, 1, 1, 1, 1, 3}, 16);
  check_geometry<Conv2d<37, Kernel<5, 2>, Groups<37>, Stride<1, 2>, Dilation<1, 3>, Padding<2, 1>>, Shape<6, 8, 37>,
                 precisions::B, precisions::D, precisions::E, precisions::M, precisions::Q, precisions::R,
                 precisions::T>({6, 8, 37, 6, 4, 37, 5, 2, 1, 2, 1, 3, 2, 1, 37}, 17);
}
TEST_CASE("conv2d kernels: pointwise, strided so that pixels are skipped") {
  check_geometry<Conv2d<5, Kernel<1>, Stride<2>>, Shape<5, 4, 3>, precisions::J, precisions::D, precisions::N>(
      {5, 4, 3, 3, 2, 5, 1, 1, 2, 2, 1, 1, 0, 0, 1}, 11);
}
TEST_CASE("conv2d kernels: large enough for the tiles of AMX") {
  check_geometry<Conv2d<18, Kernel<3>, Same>, Shape<6, 5, 20>, precisions::A, precisions::C, precisions::D>(
      {6, 5, 20, 6, 5, 18, 3, 3, 1, 1, 1, 1, 1, 1, 1}, 18);
  check_geometry<Conv2d<40, Kernel<2>, Groups<2>>, Shape<5, 6, 68>, precisions::A, precisions::D>(
      {5, 6, 68, 4, 5, 40, 2, 2, 1, 1, 1, 1, 0, 0, 2}, 19);
}
TEST_CASE("conv2d kernels: a window larger than the image") {
  check_geometry<Conv2d<2, Kernel<5>, Same>, Shape<2, 3, 2>, precisions::B, precisions::D>(
      {2, 3, 2, 2, 3, 2, 5, 5, 1, 1, 1, 1, 2, 2, 1}, 12);
}

}  // namespace conv2d_test
