// SPDX-License-Identifier: MIT
/// @file
/// All functions of one value: their codes at many scales are the same bits whatever compiled them; in networks.
#include "qnn/layers.hpp"

#include "qnn/core/random.hpp"

#include "code_errors.hpp"
#include "saved_again.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>

namespace table_test {
namespace {

using namespace qnn;

/// FNV-1a hash of the codes of `Layer` for every input code at 60 scales of input and output.
template <class P, class Layer>
std::uint64_t hash_of_codes() {
  Random random(7);
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (int i = 0; i < 60; ++i) {
    const auto draw = [&] {  // integers, since a compiler might fuse what makes a random float, too
      const auto part = [&] { return static_cast<float>((1 << 20) + random.below(1 << 20)); };
      const int exponent = static_cast<int>(random.below(12)) - 24;
      return P::activations::scheme::parameters_for({-std::ldexp(part(), exponent), std::ldexp(part(), exponent)},
                                                    P::activation_codes);
    };
    const auto input = draw();
    const auto free = draw();
    using Machine = typename Layer::template at<P, Shape<1>>;
    const auto output = detail::takes_range<Machine> ? free : Machine::output_parameters(input, {-1, 1});
    for (const int code : codes_of_all<P, Layer>(input, output)) {
      hash = (hash ^ static_cast<std::uint64_t>(code & 0xFFFF)) * 0x100000001B3u;
    }
  }
  return hash;
}

using Various = Sequential<Input<6, 5, 2>, DepthwiseConv2d<Kernel<3>, Same>, LeakyReLU<10>, ZeroPad2d<0, 1, 1, 0>,
                           Conv2d<4, Kernel<3>>, BatchNorm, HardSwish, MaxPool2d<2>, Tanh, Flatten, Dense<5>, Sigmoid>;

/// Root of the mean squared error in steps of the output, Sigmoid's.
template <class P>
double error_of_mixed(double step) {
  const Network<Various, Float32> net = with_random_parameters<Various>(3);
  const std::vector<float> x = random_examples<Various>(50, 4);
  const auto integer = quantize<P>(net, ranges_of(net, x));
  const std::vector<float> expected = outputs(net, x), found = outputs(integer, x);
  CHECK(outputs(saved_again(integer), x) == found);
  double sum = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    sum += std::pow(static_cast<double>(found[i] - expected[i]) / step, 2);
  }
  return std::sqrt(sum / static_cast<double>(found.size()));
}

}  // namespace

TEST_CASE("functions of one value: the same codes from every compiler, whatever it fuses") {
  CHECK(hash_of_codes<Int8<Asymmetric>, LeakyReLU<7>>() == 0x6CC36013F8F9B81Fu);
  CHECK(hash_of_codes<Int8<Asymmetric>, HardSwish>() == 0xD0667B44D06BE6E4u);
  CHECK(hash_of_codes<Int8<Asymmetric>, Sigmoid>() == 0x0DD1C73215B29169u);
  CHECK(hash_of_codes<Int8<Asymmetric>, Tanh>() == 0x49CEF29C4863E731u);
  CHECK(hash_of_codes<Int16<Asymmetric>, LeakyReLU<7>>() == 0xE2EABF4ABDEB9658u);
  CHECK(hash_of_codes<Int16<Asymmetric>, HardSwish>() == 0x3ECC3EB2CD37684Eu);
  CHECK(hash_of_codes<Int16<Asymmetric>, Sigmoid>() == 0xC24F384A09B3DD57u);
  CHECK(hash_of_codes<Int16<Asymmetric>, Tanh>() == 0x24E2A507030C29DFu);
}

TEST_CASE("functions of one value in a network: integers follow the floats, and come back from files") {
  CHECK(error_of_mixed<Int8<>>(1.0 / 128) < 1.5);
  CHECK(error_of_mixed<Int8<Asymmetric>>(1.0 / 256) < 2.0);
  CHECK(error_of_mixed<Int16<>>(1.0 / 32768) < 1.5);
  CHECK(error_of_mixed<Int16<Asymmetric>>(1.0 / 65536) < 2.0);
}

}  // namespace table_test
