// SPDX-License-Identifier: MIT
#include "qnn/network/parameters.hpp"

#include "qnn/layers.hpp"
#include "qnn/network/network.hpp"

#include <doctest/doctest.h>

#include <numeric>

namespace parameters_test {
namespace {

using namespace qnn;

using Small = Sequential<Input<5, 6, 2>, Conv2d<4, Kernel<3, 2>, Groups<2>>, ReLU, Flatten, Dense<3, NoBias>, Dense<2>>;
using Layout = ParameterLayout<Small>;
// conv: 4*3*2*1 + 4 = 28; dense: 3*60 = 180; dense: 2*3 + 2 = 8
static_assert(Layout::offset<1> == 0 && Layout::offset<2> == 28 && Layout::offset<4> == 28 &&
              Layout::offset<5> == 208 && Layout::size == 216 && Layout::slots.size() == 5);

}  // namespace

TEST_CASE("parameter layout: names, extents, offsets, fans") {
  const auto& slots = Layout::slots;
  CHECK(slots[0].name() == "1.Conv2d.weight");
  CHECK(slots[1].name() == "1.Conv2d.bias");
  CHECK(slots[2].name() == "4.Dense.weight");
  CHECK(slots[3].name() == "5.Dense.weight");
  CHECK(slots[4].name() == "5.Dense.bias");
  CHECK(slots[0].info.extents == Extents{4, 3, 2, 1});
  CHECK(slots[2].info.extents == Extents{3, 60});
  CHECK(slots[1].offset == 24);
  CHECK(slots[2].offset == 28);
  CHECK(slots[4].offset == 214);
  CHECK(slots[0].info.fan_in == 6);
  CHECK(slots[0].info.fan_out == 12);
  CHECK(slots[3].info.fan_in == 3);
  CHECK((slots[0].info.decays && !slots[1].info.decays && slots[2].info.decays && !slots[4].info.decays));
}

TEST_CASE("parameter layout: slots tile the flat vector") {
  Network<Small, Float32> network;
  CHECK(network.parameter_bytes() == 216 * 4);
  for (const ParameterSlot& slot : Layout::slots) {
    for (float& value : slot.in(network.parameters())) {
      value += 1.0f;
    }
  }
  const auto values = network.parameters();
  CHECK(std::accumulate(values.begin(), values.end(), 0.0f) == 216.0f);
  CHECK(*std::max_element(values.begin(), values.end()) == 1.0f);
}

TEST_CASE("initializers fill weights, each tensor differently, and leave biases 0") {
  const Network<Small, Float32> network(HeNormal{.seed = 3}), same(HeNormal{.seed = 3}), other(HeNormal{.seed = 4});
  CHECK(std::equal(network.parameters().begin(), network.parameters().end(), same.parameters().begin()));
  CHECK(!std::equal(network.parameters().begin(), network.parameters().end(), other.parameters().begin()));
  for (const ParameterSlot& slot : Layout::slots) {
    const auto values = slot.in(network.parameters());
    const auto zeros = std::count(values.begin(), values.end(), 0.0f);
    CHECK(zeros == (slot.info.decays ? 0 : static_cast<Index>(values.size())));
  }
}

TEST_CASE("parameter bytes of integer networks: codes and what belongs to them, not the kernels' copies") {
  using Wide = Sequential<Input<100>, Dense<50>, ReLU, Dense<10>>;
  constexpr Index codes = 100 * 50 + 50 * 10, channels = 60;
  // For each channel a bias, a scale and a multiplier of two numbers; for each activation a scale; some padding.
  constexpr Index at_most = codes + channels * (4 + 4 + 8) + 256;
  static_assert(Network<Wide, Int8<>>::parameter_bytes() >= codes &&
                Network<Wide, Int8<>>::parameter_bytes() <= at_most);
  static_assert(!QNN_HAS_VECTOR_KERNELS || sizeof(Network<Wide, Int8<>>) > 2 * codes);
  CHECK(Network<Wide, Int16<>>::parameter_bytes() > 2 * codes);
}

}  // namespace parameters_test
