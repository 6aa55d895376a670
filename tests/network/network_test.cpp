// SPDX-License-Identifier: MIT
#include "qnn/network/network.hpp"

#include "qnn/data/dataset.hpp"
#include "qnn/evaluation/predict.hpp"
#include "qnn/layers.hpp"
#include "qnn/quantization/quantize.hpp"

#include <doctest/doctest.h>

#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace network_test {
namespace {

using SmallNetwork = qnn::Network<qnn::Sequential<qnn::Input<4>, qnn::Dense<2>>, qnn::Float32>;
static_assert(std::copyable<SmallNetwork>, "so that a class with a network in it can be copied");

template <class Network>
concept LendsParameters = requires(Network network) {
  std::forward<Network>(network).parameters();
};
static_assert(LendsParameters<SmallNetwork&> && LendsParameters<const SmallNetwork&>);
static_assert(!LendsParameters<SmallNetwork> && !LendsParameters<const SmallNetwork>,
              "parameters must not outlive a temporary network");

using namespace qnn;
using Floats = std::vector<float>;

// Odd extents, in-place layers first and last, an activation that is not fused, a skipped one in the middle.
using Odd = Sequential<Input<7, 5, 3>, ReLU, Conv2d<5, Kernel<3>, Same, Stride<2>>, ReLU6, MaxPool2d<2, Same>, ReLU,
                       Dropout<30>, Flatten, Dense<11>, ReLU, Dense<3>, Softmax>;
constexpr Index inputs = Trace<Odd>::input::size, outputs = Trace<Odd>::output::size;

Floats random_examples(Index count) {
  Random random(17);
  Floats x(static_cast<std::size_t>(count * inputs));
  std::generate(x.begin(), x.end(), [&] { return random.uniform(-1.0f, 1.0f); });
  return x;
}

/// The ranges of these examples, as calibration finds them.
template <class Architecture>
Ranges<Architecture> ranges_of(const Network<Architecture, Float32>& network, const Floats& x) {
  Ranges<Architecture> ranges;
  const Index count = static_cast<Index>(x.size()) / Trace<Architecture>::input::size;
  Floats y(static_cast<std::size_t>(count * Trace<Architecture>::output::size));
  HeapArena<Network<Architecture, Float32>> arena(count);
  network.forward({x.data(), count}, {y.data(), count}, arena, [&]<Index I>(IndexConstant<I>, const auto& values) {
    ranges.of_layer[I] = range_of({values.data(), static_cast<std::size_t>(values.size())});
  });
  return ranges;
}

template <class P>
Floats run(const Network<Odd, P>& network, const Floats& x, Index capacity) {
  const Index count = static_cast<Index>(x.size()) / inputs;
  Floats y(static_cast<std::size_t>(count * outputs));
  HeapArena<Network<Odd, P>> arena(capacity);
  network.forward({x.data(), count}, {y.data(), count}, arena);
  return y;
}

}  // namespace

TEST_CASE_TEMPLATE("integer results depend on neither capacity nor threads", P, Int8<>,
                   Int8<Asymmetric, PerTensor, FloatScale>, Int16<Asymmetric>) {
  const Network<Odd, Float32> real(HeUniform{.seed = 5});
  const Floats x = random_examples(19);
  const auto network = quantize<P>(real, ranges_of(real, x));
  const Floats expected = run(network, x, 19);
  for (const Index capacity : {1, 2, 3, 7, 18, 64}) {
    CHECK(run(network, x, capacity) == expected);
  }
  const FloatDataset examples(x, {7, 5, 3}, std::vector<std::int32_t>(19, 0), 3);
  for (const int threads : {1, 2, 3}) {
    CHECK(predict(network, examples, threads) == expected);
  }
  // Agreement with float: within a few percent of probability.
  const Floats reals = run(real, x, 19);
  for (std::size_t i = 0; i < reals.size(); ++i) {
    CHECK(std::abs(reals[i] - expected[i]) < 0.05f);
  }
}

TEST_CASE("integers: as many examples at a time as caches hold, whatever the arena has room for") {
  using Large = Sequential<Input<48, 48, 8>, Conv2d<16, Kernel<3>, Same>, ReLU, GlobalAveragePool2d, Dense<3>>;
  using P = Int8<>;
  static_assert(resident_examples<Large, P> == 512 * 1024 / arena_bytes<Large, P>);
  static_assert(resident_examples<Large, P> > 4 && resident_examples<Large, P> < 11);
  static_assert(resident_examples<Sequential<Input<256, 256, 4>, Conv2d<4, Kernel<1>>>, P> == 4);
  const Network<Large, Float32> real(HeUniform{.seed = 6});
  Random random(6);
  Floats x(11 * 48 * 48 * 8);
  std::ranges::generate(x, [&] { return random.normal(); });
  const auto network = quantize<P>(real, ranges_of(real, x));
  HeapArena<Network<Large, P>> large(11), small(1);
  Floats expected(11 * 3), found(11 * 3), observed(11 * 3);
  network.forward({x.data(), 11}, {expected.data(), 11}, small);
  network.forward({x.data(), 11}, {found.data(), 11}, large);
  CHECK(found == expected);
  // Who looks between the layers sees all that the arena has room for.
  network.forward({x.data(), 11}, {observed.data(), 11}, large,
                  [](auto, const auto& codes) { CHECK(codes.count() == 11); });
  CHECK(observed == expected);
}

TEST_CASE("float results in chunks are those at once, up to the order of sums") {
  const Network<Odd, Float32> network(HeUniform{.seed = 5});
  const Floats x = random_examples(19), expected = run(network, x, 19);
  for (const Index capacity : {1, 2, 7, 18, 64}) {
    const Floats found = run(network, x, capacity);
    for (std::size_t i = 0; i < found.size(); ++i) {
      CHECK(std::abs(found[i] - expected[i]) < 1e-5f);
    }
  }
}

TEST_CASE("a float network computes the same bits whether or not somebody looks between its layers") {
  const Network<Odd, Float32> network(HeUniform{.seed = 5});
  const Floats x = random_examples(4);
  Floats observed(static_cast<std::size_t>(4 * outputs));
  HeapArena<Network<Odd, Float32>> arena(4);
  Index layers = 0;
  network.forward({x.data(), 4}, {observed.data(), 4}, arena, [&](auto, const auto&) { ++layers; });
  CHECK(layers == Trace<Odd>::layer_count - 2);  // all but Dropout and Flatten
  CHECK(run(network, x, 4) == observed);
}

TEST_CASE("a new network is all zeros at scale 1, whatever stands between its layers") {
  // g++ 12 loses default member values behind an empty element of a std::tuple.
  const Network<Sequential<Input<2, 2, 3>, Flatten, Dense<4>, Dropout<10>, Flatten, Dense<3>>, Int8<>> network;
  const auto check = [](const auto& layer) {
    for (const auto& parameters : layer.weight.parameters()) {
      CHECK(parameters.scale == scale_of_zero);
    }
    CHECK(layer.stage.codes == full_range<std::int8_t>);
  };
  check(network.layer<2>());
  check(network.layer<5>());
}

TEST_CASE("forward quantizes, runs in codes and dequantizes") {
  const Network<Odd, Float32> real(HeUniform{.seed = 5});
  const Floats x = random_examples(4);
  const auto network = quantize<Int8<Asymmetric>>(real, ranges_of(real, x));
  std::vector<std::int8_t> codes(x.size()), y(static_cast<std::size_t>(4 * outputs));
  for (std::size_t i = 0; i < x.size(); ++i) {
    codes[i] = quantize_value<std::int8_t>(x[i], network.activation(0), full_range<std::int8_t>);
  }
  Arena<Network<Odd, Int8<Asymmetric>>, 3> arena;
  network.forward_codes({codes.data(), 4}, {y.data(), 4}, arena);
  const Floats found = run(network, x, 4);
  for (std::size_t i = 0; i < y.size(); ++i) {
    CHECK(found[i] == dequantize_value(y[i], network.output_parameters()));
  }
}

TEST_CASE("observers see every layer that runs, once for each chunk, at the end of its stage") {
  const Network<Odd, Float32> real(HeUniform{.seed = 5});
  const Floats x = random_examples(5);
  Floats y(static_cast<std::size_t>(5 * outputs));
  std::vector<Index> seen;
  const auto look = [&]<Index I>(IndexConstant<I>, const auto& values) {
    static_assert(std::remove_cvref_t<decltype(values)>::shape::size == Trace<Odd>::shape<I>::size);
    seen.push_back(I);
    seen.push_back(values.count());
  };
  HeapArena<Network<Odd, Float32>> arena(4);
  real.forward({x.data(), 5}, {y.data(), 5}, arena, look);
  CHECK(seen == std::vector<Index>{0, 4, 1, 4, 2, 4, 3, 4, 4, 4, 5, 4, 8, 4, 9, 4, 10, 4, 11, 4,
                                   0, 1, 1, 1, 2, 1, 3, 1, 4, 1, 5, 1, 8, 1, 9, 1, 10, 1, 11, 1});

  seen.clear();
  const auto integer = quantize<Int8<>>(real, ranges_of(real, x));
  HeapArena<Network<Odd, Int8<>>> codes(5);
  integer.forward({x.data(), 5}, {y.data(), 5}, codes, look);
  // The convolution's observation is that of its ReLU6 (3), the dense layer's that of its ReLU (9).
  CHECK(seen == std::vector<Index>{0, 5, 1, 5, 3, 5, 4, 5, 5, 5, 9, 5, 10, 5, 11, 5});
}

TEST_CASE("ranges are asked for at the end of a stage") {
  const Network<Odd, Float32> real(HeUniform{.seed = 5});
  auto ranges = ranges_of(real, random_examples(5));
  ranges.of_layer[3] = {0.0f, 2.55f};
  const auto network = quantize<Int8<Asymmetric>>(real, ranges);
  CHECK(network.activation(2) == Asymmetric::Parameters{0.01f, -128});
  CHECK(network.activation(3) == network.activation(2));
  CHECK(network.activation(7) == network.activation(2));  // pool, ReLU, Dropout, Flatten keep scale and codes
}

TEST_CASE("contracts: as many outputs as inputs, finite examples") {
  const Network<Odd, Float32> real(HeUniform{.seed = 5});
  Floats x = random_examples(2), y(static_cast<std::size_t>(2 * outputs));
  HeapArena<Network<Odd, Float32>> arena(2);
  CHECK_THROWS_AS(real.forward({x.data(), 2}, {y.data(), 1}, arena), ContractViolation);
  const auto network = quantize<Int8<>>(real, ranges_of(real, x));
  x[3] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(run(network, x, 2), ContractViolation);
  x[3] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_AS(run(network, x, 2), ContractViolation);
}

TEST_CASE("quantize: a unit whose weights have all but vanished beside its bias") {
  // Weight decay takes the weights of a dead unit to any small number; its bias stays.
  using One = Sequential<Input<2>, Dense<2>>;
  for (const float weight : {0.0f, 1e-44f, 1e-30f, 1e-15f, 1e-12f, 1e-9f}) {
    CAPTURE(weight);
    Network<One, Float32> real;
    const Floats parameters{weight, -weight, 0.5f, -0.25f, 0.75f, 0.125f};
    std::copy(parameters.begin(), parameters.end(), real.parameters().begin());
    const Ranges<One> ranges{{Range{-1.0f, 1.0f}, Range{-1.0f, 1.0f}}};
    const auto check = [&]<class P>(P) {
      const auto network = quantize<P>(real, ranges);
      const Floats x{0.5f, 0.25f};
      Floats y(2);
      Arena<Network<One, P>> arena;
      network.forward({x.data(), 1}, {y.data(), 1}, arena);
      CHECK(std::abs(y[0] - 0.75f) < 0.01f);
      CHECK(std::abs(y[1] - 0.3125f) < 0.01f);
    };
    check(Int8<>{});
    check(Int8<Asymmetric, PerChannel, DoubleRounding>{});
    check(Int8<Symmetric, PerChannel, PowerOfTwoShift>{});
    check(Quantized<Format<std::int8_t, Asymmetric, PerChannel>, Format<std::uint8_t, Asymmetric>>{});
    check(Int16<>{});
  }
}

}  // namespace network_test
