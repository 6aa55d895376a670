// SPDX-License-Identifier: MIT
/// @file
/// Multipliers of groups in files: half a byte each, none of them 0.
#include "fixtures.hpp"
#include "qnn/io/load.hpp"
#include "qnn/io/save.hpp"
#include "qnn/layers.hpp"
#include "qnn/quantization/quantize.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace groups_test {

using namespace qnn;
using namespace fixtures;

namespace {

using Small = Sequential<Input<6, 5, 2>, Conv2d<3, Kernel<3>, Same>, ReLU, Flatten, Dense<4>>;
constexpr const char* conv = "1.Conv2d.weight";

template <class P>
Network<Small, P> network(std::uint64_t seed = 1) {
  Ranges<Small> ranges;
  ranges.of_layer.fill({-2.0f, 2.0f});
  return quantize<P>(Network<Small, Float32>(HeNormal{.seed = seed}), ranges);
}

template <class P>
std::string refusal(const TensorFile& file) {
  auto net = network<P>(2);
  return refusal_by_load(file, net);
}

}  // namespace

TEST_CASE("save, load: multipliers of groups") {
  using P = W4A8<Asymmetric, PerGroup<5>>;
  const auto net = network<P>();
  const TensorFile good = file_of(net);
  // 18 inputs of each of 3 channels in groups of 5: 12 multipliers, two in a byte.
  const std::string multipliers = std::string(conv) + ".multipliers";
  const auto bytes = good.tensor<std::uint8_t>(multipliers, {6});
  for (std::size_t i = 0; i < 12; ++i) {
    CHECK((bytes[i / 2] >> (i % 2 * 4) & 15) == net.layer<1>().weight.multipliers()[i]);
  }
  CHECK(good.metadata(multipliers + ".dtype") == "uint4");
  CHECK(good.metadata(multipliers + ".shape") == "[3, 4]");

  CHECK(has(refusal<P>(with_element<std::uint8_t>(good, multipliers, 2, 0x05)),
            "tensor \"1.Conv2d.weight.multipliers\", element 5: expected codes in 1..15, found 0"));
  CHECK(refusal<P>(with_element<std::uint8_t>(good, multipliers, 2, 0xF1)) == "no error");
  CHECK(has(refusal<P>(with_text(good, multipliers + ".shape", "[4, 3]")), "expected \"[3, 4]\", found \"[4, 3]\""));
  CHECK(has(refusal<P>(with_text(good, multipliers + ".dtype", "int4")), "expected \"uint4\", found \"int4\""));
  CHECK(has(refusal<P>(without(good, multipliers)), "\"1.Conv2d.weight.multipliers\""));
  TensorFile shorter = without(good, multipliers);
  shorter.add<std::uint8_t>(multipliers, {5}, std::vector<std::uint8_t>(5, 0x11));
  CHECK(has(refusal<P>(shorter), "expected U8 [6], found U8 [5]"));
  // Other groups are another precision, and no network without groups is told about some.
  using Larger = W4A8<Asymmetric, PerGroup<6>>;
  CHECK(has(refusal<Larger>(good), "per-group of 6"));
  CHECK(has(refusal<W4A8<Asymmetric>>(with_text(good, "qnn.precision", W4A8<Asymmetric>::name())),
            "tensor \"1.Conv2d.weight.multipliers\": expected no such tensor"));
  // 3 multipliers leave half of the second byte.
  const TensorFile odd = file_of(network<W4A8<Symmetric, PerGroup<18>>>());
  CHECK(has(refusal<W4A8<Symmetric, PerGroup<18>>>(with_element<std::uint8_t>(odd, multipliers, 1, 0x21)),
            "tensor \"1.Conv2d.weight.multipliers\", spare bits of the last byte: expected 0, found 2"));
}

}  // namespace groups_test
