// SPDX-License-Identifier: MIT
/// @file
/// The codes of all functions of one value, at many scales, are the same bits whatever compiled them.
#include "qnn/layers/hard_swish.hpp"
#include "qnn/layers/leaky_relu.hpp"
#include "qnn/layers/sigmoid.hpp"
#include "qnn/layers/tanh.hpp"

#include "qnn/core/random.hpp"

#include "code_errors.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>

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
    const bool is_fixed = Machine::output_parameters(input, {-1, 1}) == Machine::output_parameters(input, {-2, 2});
    const auto output = is_fixed ? Machine::output_parameters(input, {-1, 1}) : free;
    for (const int code : codes_of_all<P, Layer>(input, output)) {
      hash = (hash ^ static_cast<std::uint64_t>(code & 0xFFFF)) * 0x100000001B3u;
    }
  }
  return hash;
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
