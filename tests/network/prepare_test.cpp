// SPDX-License-Identifier: MIT
/// @file
/// prepare() derives the same from the same codes, whatever a network was prepared for before.
#include "qnn/core/random.hpp"
#include "qnn/layers.hpp"
#include "qnn/network/network.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

namespace prepare_test {
namespace {

using namespace qnn;

// Three channels: the last step of each run of 3 * 3 codes has a gap, behind which the next pixel lies.
using Architecture = Sequential<Input<4, 4, 3>, Conv2d<35, Kernel<3>>, ReLU, Flatten, Dense<5>>;

template <class P>
constexpr Network<Architecture, P> prepared() {
  Network<Architecture, P> network;
  Random random(3);
  const auto fill = [&](auto& machine, float scale) {
    for (auto& code : machine.weight.codes()) {
      code = static_cast<typename P::weights::code>(random.below(2 * P::weight_codes.highest + 1) -
                                                    P::weight_codes.highest);
    }
    for (auto& parameters : machine.weight.parameters()) {
      parameters.scale = scale;
    }
  };
  constexpr auto highest = static_cast<float>(P::weight_codes.highest);
  fill(network.template layer<1>(), 0.3f / highest);
  fill(network.template layer<4>(), 0.1f / highest);
  network.prepare();
  return network;
}

}  // namespace

TEST_CASE_TEMPLATE("a network prepared by the compiler computes as one prepared again at run time", P, Int8<>,
                   Int16<>) {
  static constexpr Network<Architecture, P> by_compiler = prepared<P>();
  const auto again = std::make_unique<Network<Architecture, P>>(by_compiler);
  again->prepare();
  using Code = typename P::activation;
  Random random(4);
  std::vector<Code> x(48 * 4), expected(5 * 4), found(5 * 4);
  for (Code& code : x) {
    code = static_cast<Code>(random.below(P::activation_codes.highest));
  }
  HeapArena<Network<Architecture, P>> arena(4);
  by_compiler.forward_codes({x.data(), 4}, {expected.data(), 4}, arena);
  again->forward_codes({x.data(), 4}, {found.data(), 4}, arena);
  CHECK(found == expected);
  CHECK(std::count(expected.begin(), expected.end(), expected[0]) < 15);  // not saturated throughout
}

namespace {

/// A clamp that needs memory of its own.
struct ApartReLU : ClampLayer<ApartReLU> {
  static constexpr auto name = "ApartReLU";
  static constexpr bool in_place = false;
  static constexpr Clamp clamp{0.0f, 10.0f};
};

}  // namespace

TEST_CASE("an activation that does not work in place leaves the input of its linear layer alone") {
  using Apart = Sequential<Input<64>, Dense<64>, ApartReLU, Dense<64>, ApartReLU, Dense<8>>;
  const Network<Apart, Float32> network(HeNormal{.seed = 1});
  Random random(2);
  std::vector<float> x(64 * 3), expected(8 * 3), found(8 * 3);
  for (float& value : x) {
    value = random.uniform(-1.0f, 1.0f);
  }
  HeapArena<Network<Apart, Float32>> arena(3);
  network.forward({x.data(), 3}, {found.data(), 3}, arena);
  network.forward({x.data(), 3}, {expected.data(), 3}, arena, [](auto, auto) {});
  CHECK(found == expected);
}

}  // namespace prepare_test
