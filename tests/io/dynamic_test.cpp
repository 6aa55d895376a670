// SPDX-License-Identifier: MIT
/// @file
/// Networks with dynamic ranges in files: they come back bit for bit, or are refused with a message that says why.
#include "fixtures.hpp"
#include "qnn/core/random.hpp"
#include "qnn/io/load.hpp"
#include "qnn/io/save.hpp"
#include "qnn/layers.hpp"
#include "qnn/quantization/quantize_dynamic.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

namespace dynamic_test {

using namespace qnn;
using namespace fixtures;

namespace {

using Small = Sequential<Input<4, 4, 1>, Conv2d<3, Kernel<3>, NoBias>, BatchNorm, ReLU, Flatten, Dense<4>>;
constexpr const char* dense = "5.Dense.weight";

template <class P>
Network<Small, Dynamic<P>> network(std::uint64_t seed = 1) {
  return quantize<Dynamic<P>>(Network<Small, Float32>(HeNormal{.seed = seed}));
}

template <class P>
std::vector<float> outputs(const Network<Small, P>& net) {
  Random random(4);
  std::vector<float> x(3 * 16), y(3 * 4);
  std::generate(x.begin(), x.end(), [&] { return random.normal(); });
  HeapArena<Network<Small, P>> arena(3);
  net.forward({x.data(), 3}, {y.data(), 3}, arena);
  return y;
}

template <class P>
std::string refusal(const TensorFile& file) {
  auto net = network<P>(2);
  return refusal_by_load(file, net);
}

}  // namespace

TEST_CASE_TEMPLATE("save, load: dynamic ranges, the same bits and the same results", P, Int8<>,
                   W4A8<Asymmetric, PerGroup<5>>) {
  const Folder folder;
  const auto saved = network<P>();
  save(folder / "a", saved);
  Network<Small, Dynamic<P>> loaded;
  load(folder / "a", loaded);
  CHECK(outputs(loaded) == outputs(saved));
  CHECK(loaded.template layer<1>().weight_sums == saved.template layer<1>().weight_sums);
  save(folder / "b", loaded);
  CHECK(contents(folder / "a") == contents(folder / "b"));
}

TEST_CASE("load: dynamic ranges, what does not fit") {
  using P = Int8<>;
  const Folder folder;
  save(folder / "a", network<P>());
  const TensorFile good = TensorFile::read(folder / "a");
  CHECK(good.names() == std::vector<std::string>{"1.Conv2d.bias", "1.Conv2d.weight", "5.Dense.bias", dense});
  CHECK(good.metadata("qnn.precision") == Dynamic<P>::name());
  CHECK(refusal<P>(good) == "no error");
  CHECK(has(refusal<P>(with_element<std::int8_t>(good, dense, 3, -128)), "element 3: expected codes in -127..127"));
  CHECK(has(refusal<P>(with_element(good, "5.Dense.bias", 1, std::numeric_limits<float>::quiet_NaN())),
            "tensor \"5.Dense.bias\", element 1: expected a finite number"));
  CHECK(has(refusal<P>(without(good, "5.Dense.bias")), "\"5.Dense.bias\""));
  CHECK(has(refusal<P>(with_text(good, "5.Dense.weight.scale", "[1, 1, 0, 1]")), "scales from 2^-40 to 2^40"));
  CHECK(has(refusal<P>(with_text(good, "qnn.precision", P::name())), "qnn.precision"));
}

}  // namespace dynamic_test
