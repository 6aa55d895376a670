// SPDX-License-Identifier: MIT
/// @file
/// Files of networks with branches and normalizations: they come back bit for bit; scales that do not fit are refused.
#include "fixtures.hpp"
#include "qnn/calibration/calibrate.hpp"
#include "qnn/data/dataset.hpp"
#include "qnn/io/load.hpp"
#include "qnn/io/save.hpp"
#include "qnn/layers.hpp"
#include "qnn/quantization/quantize.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <concepts>
#include <string>
#include <type_traits>
#include <vector>

namespace branches_test {

using namespace qnn;
using namespace fixtures;

namespace {

// 0 Input 1 Conv2d 2 BatchNorm 3 ReLU 4 Conv2d 5 BatchNorm 6 Conv2d 7 Add 8 ReLU 9 Conv2d 10 Tanh 11 Concatenate ...
using Branched =
    Sequential<Input<4, 5, 2>, Conv2d<4, Kernel<3>, Same, NoBias>, BatchNorm, ReLU,
               Residual<Sequential<Conv2d<3, Kernel<3>, Same>, BatchNorm>, Conv2d<3, Kernel<1>>>, ReLU,
               Concat<Sequential<Conv2d<2, Kernel<1>>, Tanh>, Sequential<>>, GlobalAveragePool2d, Dense<3>>;
constexpr Index add = 7, concatenate = 11;
static_assert(std::is_same_v<Trace<Branched>::layer<add>, Add> &&
              std::is_same_v<Trace<Branched>::layer<concatenate>, Concatenate>);

FloatDataset examples(Index count, std::uint64_t seed = 3) {
  Random random(seed);
  std::vector<float> values(static_cast<std::size_t>(count * 40));
  std::generate(values.begin(), values.end(), [&] { return random.uniform(-1.0f, 1.5f); });
  return {values, {4, 5, 2}, std::vector<std::int32_t>(static_cast<std::size_t>(count)), 3};
}

Network<Branched, Float32> float_network(std::uint64_t seed) {
  Network<Branched, Float32> net(HeNormal{.seed = seed});
  Random random(seed + 100);
  for (const ParameterSlot& slot : ParameterLayout<Branched>::slots) {
    if (!slot.info.decays) {  // biases, and all of BatchNorm; variances must be positive
      for (float& value : slot.in(net.parameters())) {
        value = random.uniform(0.5f, 1.5f);
      }
    }
  }
  return net;
}

template <class P>
Network<Branched, P> network(std::uint64_t seed = 1) {
  if constexpr (std::same_as<P, Float32>) {
    return float_network(seed);
  } else {
    const auto net = float_network(seed);
    return quantize<P>(net, calibrate(net, examples(40)));
  }
}

template <class P>
std::vector<float> outputs(const Network<Branched, P>& net) {
  std::vector<float> x(9 * 40), y(9 * 3);
  copy_examples(examples(9, 17), Consecutive{0}, Batch<float, Shape<4, 5, 2>>(x.data(), 9));
  HeapArena<Network<Branched, P>> arena(4);
  net.forward({x.data(), 9}, {y.data(), 9}, arena);
  return y;
}

std::string scale_of(Index layer) { return detail::activation_name(layer) + ".scale"; }

/// What loading `file` is answered with. The network must not change.
template <class P>
std::string refusal(const TensorFile& file) {
  const Folder folder;
  file.write(folder / "net");
  Network<Branched, P> net = network<P>(2);
  const std::vector<float> before = outputs(net);
  const std::string message = refusal_by([&] { load(folder / "net", net); });
  CHECK((outputs(net) == before) == (message != "no error"));
  return message;
}

}  // namespace

TEST_CASE_TEMPLATE("save, load: branches and normalizations come back bit for bit", P, Float32, Int8<>,
                   Int8<Asymmetric>, Int16<>) {
  const Folder folder;
  const Network<Branched, P> saved = network<P>();
  save(folder / "a", saved);
  Network<Branched, P> loaded;
  load(folder / "a", loaded);
  CHECK(outputs(loaded) == outputs(saved));
  save(folder / "b", loaded);
  CHECK(contents(folder / "a") == contents(folder / "b"));
}

TEST_CASE_TEMPLATE("load: scales that a join cannot bring together", P, Int8<>, Int8<Asymmetric>, Int16<>) {
  const Folder folder;
  save(folder / "good", network<P>());
  const TensorFile good = TensorFile::read(folder / "good");
  CHECK(refusal<P>(good) == "no error");
  for (const Index layer : {add - 1, add, concatenate}) {
    for (const std::string bad : {"0", "-1", "nan", "inf", "1e-20", "1e20"}) {
      CHECK(has(refusal<P>(with_text(good, scale_of(layer), bad)),
                "metadata \"" + scale_of(layer) + "\": expected scales from 2^-40 to 2^40, found "));
    }
  }
  // Each scale is allowed by itself, and so are the multipliers of the convolutions around.
  const bool is_wide = sizeof(typename P::activation) == 2;
  const std::string message = refusal<P>(with_text(good, scale_of(add - 1), "1e12"));
  CHECK(has(message, "metadata \"activation.6.scale\" / that of layer 7 (Add): expected at most " +
                         std::string(is_wide ? "1073741824" : "2097152") + ", found "));
  CHECK(has(refusal<P>(with_text(good, scale_of(concatenate), "1e-12")),
            is_wide ? "\"activation.12.scale\" and zero point: " : "/ that of layer 11 (Concatenate): expected "));
}

TEST_CASE("load: a branch that was found to be zero everywhere is accepted at any scale of its join") {
  using P = Int8<Asymmetric>;
  const Folder folder;
  auto net = float_network(1);
  for (const ParameterSlot& slot : ParameterLayout<Branched>::slots) {
    if (slot.layer == add - 1) {
      std::ranges::fill(slot.in(net.parameters()), 0.0f);  // the projection
    } else if (slot.layer == add - 2) {
      for (float& value : slot.in(net.parameters())) {  // and nearly so the other branch
        value = slot.info.is_statistic ? value : 1e-12f * value;
      }
    }
  }
  const auto saved = quantize<P>(net, calibrate(net, examples(40)));
  CHECK(saved.activation(add - 1).scale == scale_of_zero);
  CHECK(saved.activation(add).scale < 1e-8f);
  save(folder / "x", saved);
  Network<Branched, P> loaded;
  load(folder / "x", loaded);
  CHECK(outputs(loaded) == outputs(saved));
}

TEST_CASE("quantize: branches that cancel but for what no code can tell are refused, naming the join") {
  // x - x computed as two branches whose weights differ in the last place.
  using Cancelling = Sequential<Input<4>, Residual<Dense<4, NoBias>, Dense<4, NoBias>>>;
  Network<Cancelling, Float32> net;
  for (std::size_t i = 0; i < 4; ++i) {
    net.parameters()[5 * i] = 1e6f;
    net.parameters()[16 + 5 * i] = -1e6f;
  }
  Ranges<Cancelling> ranges{{Range{-1, 1}, Range{-1e6f, 1e6f}, Range{-1e6f, 1e6f}, Range{-0.01f, 0.01f}}};
  CHECK_THROWS_WITH_AS(quantize<Int8<>>(net, ranges), doctest::Contains("layer 3 (Add): "), NumericError);
  CHECK_NOTHROW(quantize<Int16<>>(net, ranges));
}

}  // namespace branches_test
