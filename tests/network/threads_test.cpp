// SPDX-License-Identifier: MIT
/// @file
/// Networks give the same results on any number of threads, which share layers (ThreadScope) or examples
/// (forward_parallel).
#include "qnn/core/random.hpp"
#include "qnn/layers.hpp"
#include "qnn/network/forward_parallel.hpp"
#include "qnn/network/network.hpp"
#include "qnn/quantization/quantize.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace threads_test {
namespace {

using namespace qnn;

// Large enough for seven threads: rows of pooled pixels, pixels as the rows of a product; with few examples panels of
// channels, with more of them examples.
using Image = Sequential<Input<15, 13, 40>, Conv2d<128, Kernel<3>, Same>, ReLU, MaxPool2d<2>, Conv2d<1400, Kernel<1>>,
                         ReLU, MaxPool2d<3>, Flatten, Dense<10>>;
using Rows = Sequential<Input<900>, Dense<650>, ReLU, Dense<70>>;
using Small = Sequential<Input<300>, Dense<130>, ReLU, Dense<70>>;
constexpr int thread_counts[] = {2, 3, 7};

/// Random weights and examples at precision P.
template <class Architecture, class P>
struct Case {
  using Net = Network<Architecture, P>;
  using In = typename Trace<Architecture>::input;
  using Out = typename Trace<Architecture>::output;
  using Element = typename P::activation;
  std::unique_ptr<Net> network;
  std::vector<Element> x;

  explicit Case(Index most) : x(static_cast<std::size_t>(most * In::size)) {
    Random random(3);
    auto real = std::make_unique<Network<Architecture, Float32>>(HeUniform{.seed = 1});
    if constexpr (std::is_same_v<P, Float32>) {
      std::generate(x.begin(), x.end(), [&] { return random.uniform(-1.0f, 1.0f); });
      network = std::move(real);
    } else {
      const Index codes = Index{P::activation_codes.highest} - P::activation_codes.lowest + 1;
      std::generate(x.begin(), x.end(),
                    [&] { return static_cast<Element>(P::activation_codes.lowest + random.below(codes)); });
      Ranges<Architecture> ranges;
      ranges.of_layer.fill(Range{-4.0f, 4.0f});
      network = std::make_unique<Net>();
      quantize_to(*network, *real, ranges);
    }
  }
  /// Outputs of the first examples by run(x, y, arena), with room for `capacity` of them.
  template <class Run>
  std::vector<Element> outputs(Index count, Index capacity, Run&& run) const {
    std::vector<Element> y(static_cast<std::size_t>(count * Out::size));
    HeapArena<Net> arena(capacity);
    run(Batch<const Element, In>(x.data(), count), Batch<Element, Out>(y.data(), count), arena);
    return y;
  }
  std::vector<Element> codes(Index count, Index capacity, int threads) const {
    const ThreadScope scope{threads};
    return outputs(count, capacity, [&](auto from, auto to, auto& arena) { network->forward_codes(from, to, arena); });
  }
  std::vector<Element> parallel(Index count, Index capacity, int threads) const {
    return outputs(count, capacity, [&](auto from, auto to, auto& arena) {
      if constexpr (std::is_same_v<P, Float32>) {
        forward_parallel(*network, from, to, arena, threads);
      } else {
        forward_codes_parallel(*network, from, to, arena, threads);
      }
    });
  }
};

/// Whether some codes differ from others: a network that saturates everywhere proves nothing.
template <class Element>
bool is_varied(const std::vector<Element>& y) {
  return std::any_of(y.begin(), y.end(), [&](Element code) { return code != y[0]; });
}

}  // namespace

TEST_CASE_TEMPLATE("layers shared by threads give the same codes", P, Int8<>,
                   Quantized<Format<std::int8_t, Asymmetric>, Format<std::uint8_t, Asymmetric>, FloatScale>, Int16<>) {
  const Case<Image, P> image(3);
  for (const Index count : {1, 3}) {
    const auto expected = image.codes(count, 2, 1);
    REQUIRE(is_varied(expected));
    for (const int threads : thread_counts) {
      CHECK(image.codes(count, 2, threads) == expected);
    }
  }
  const Case<Rows, P> rows(90);
  for (const Index count : {1, 13, 90}) {  // 64 rows are lowered at once
    const auto expected = rows.codes(count, count, 1);
    REQUIRE(is_varied(expected));
    for (const int threads : {2, 3, 7, 13}) {
      CHECK(rows.codes(count, count, threads) == expected);
    }
  }
}

TEST_CASE_TEMPLATE("examples shared by threads give the same codes as one thread and as forward_codes", P, Int8<>,
                   Int16<Asymmetric>) {
  const Case<Small, P> rows(33);
  for (const Index count : {0, 1, 2, 5, 33}) {
    const auto expected = rows.codes(count, 4, 1);
    for (const Index capacity : {1, 3, 8, 40}) {
      for (const int threads : {0, 1, 2, 3, 7}) {
        CHECK(rows.parallel(count, capacity, threads) == expected);
      }
    }
  }
}

TEST_CASE("examples shared by threads give the same floats, bit for bit") {
  const Case<Small, Float32> rows(70);
  for (const Index count : {1, 2, 17, 33, 70}) {
    const auto enough = rows.parallel(count, 16, 1);
    for (const Index capacity : {1, 7, 16, 40, 128}) {
      const auto expected = rows.parallel(count, capacity, 1);
      CHECK((capacity < 16 || expected == enough));
      for (const int threads : thread_counts) {
        CHECK(rows.parallel(count, capacity, threads) == expected);
      }
    }
  }
}

TEST_CASE("forward_parallel: from floats to floats through integers") {
  const Case<Small, Float32> real(9);
  const Case<Small, Int8<>> integer(1);
  std::vector<float> expected(9 * 70), y = expected;
  HeapArena<Network<Small, Int8<>>> arena(5);
  integer.network->forward({real.x.data(), 9}, {expected.data(), 9}, arena);
  forward_parallel(*integer.network, {real.x.data(), 9}, {y.data(), 9}, arena, 2);
  CHECK(y == expected);
  CHECK(is_varied(y));
}

TEST_CASE("forward_parallel: what is out of range is refused, in any thread") {
  const Case<Small, Int8<>> rows(3);
  std::vector<float> x(3 * 300), y(3 * 70);
  HeapArena<Network<Small, Int8<>>> arena(4);
  CHECK_THROWS_WITH_AS(forward_parallel(*rows.network, {x.data(), 3}, {y.data(), 3}, arena, -1),
                       "qnn: threads: expected 0 (all) to 1024, found -1", ArgumentError);
  CHECK_THROWS_AS(forward_parallel(*rows.network, {x.data(), 3}, {y.data(), 2}, arena, 2), ContractViolation);
  CHECK_THROWS_AS(forward_parallel(*rows.network, {x.data(), 3}, {y.data(), 3}, {nullptr, 0}, 2), ContractViolation);
  x.back() = std::numeric_limits<float>::infinity();
  CHECK_THROWS_AS(forward_parallel(*rows.network, {x.data(), 3}, {y.data(), 3}, arena, 3), ContractViolation);
}

}  // namespace threads_test
