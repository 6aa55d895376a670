// SPDX-License-Identifier: MIT
/// @file
/// The dense kernels: each one of this machine against reference, and that against the formula written out once more.
#include "qnn/kernels/linear.hpp"

#include "qnn/layers/dense.hpp"

#include "random_linear.hpp"

#include <doctest/doctest.h>

namespace {

using namespace qnn;

template <class P, Index Inputs, Index Units, Index count = 3>
void check_dense(std::uint64_t seed, Draw how) {
  using In = Shape<Inputs>;
  using Out = Shape<Units>;
  using Code = typename P::activation;
  static typename Dense<Units>::template at<P, In> machine;
  Random random(seed, Inputs, Units);
  randomize<P>(machine, random, how);
  const auto x = random_codes<Code>(random, count * Inputs, P::activation_codes, how);
  std::vector<Code> portable(static_cast<std::size_t>(count * Units)), reference = portable, formula = portable;
  const Batch<const Code, In> inputs(x.data(), count);
  kernels::portable::dense(machine, inputs, Batch<Code, Out>(portable.data(), count));
  machine.pack();
  std::vector<Code> dispatched(portable.size()), scratch(static_cast<std::size_t>(machine.scratch(count)));
  kernels::dense(machine, inputs, Batch<Code, Out>(dispatched.data(), count), scratch.data());
  kernels::reference::dense(machine, inputs, Batch<Code, Out>(reference.data(), count));
  for (std::size_t n = 0; n < count; ++n) {
    for (std::size_t o = 0; o < Units; ++o) {
      std::int64_t sum = machine.folded_bias[o];
      for (std::size_t k = 0; k < Inputs; ++k) {
        const std::int64_t weight = machine.weight.codes()[o * Inputs + k];
        sum += x[n * Inputs + k] * (weight - machine.weight.parameters(static_cast<Index>(o)).zero_point);
      }
      const Index group = P::weights::granularity::group_of(static_cast<Index>(o));
      formula[n * Units + o] = machine.stage(static_cast<typename P::accumulator>(sum), group);
    }
  }
  INFO(P::name() << ", " << Inputs << " inputs, " << Units << " units");
  CHECK(portable == reference);
  CHECK(dispatched == reference);
  CHECK(reference == formula);
}

/// Fan-ins and numbers of outputs around the blocks of the kernels.
template <class P>
void check_sizes() {
  for (const Draw how : {Draw::random, Draw::ends, Draw::lowest, Draw::highest}) {
    check_dense<P, 1, 1>(1, how);
    check_dense<P, 3, 5>(2, how);
    check_dense<P, 17, 4>(3, how);
    check_dense<P, 64, 7>(4, how);
    check_dense<P, 130, 10>(5, how);
  }
}

}  // namespace

TEST_CASE_TEMPLATE("dense kernels return what the formula says", P, precisions::A, precisions::B, precisions::C,
                   precisions::D, precisions::E, precisions::F, precisions::G, precisions::H, precisions::I,
                   precisions::J) {
  check_sizes<P>();
}

TEST_CASE("dense kernels at the largest fan-in that the overflow proof allows") {
  // 2^31 - 1 over 2 over 128 * 127 is 66052: all products at their limit, biases at theirs.
  static_assert(Dense<1>::at<precisions::A, Shape<1>>::safe_fan_in == 66052);
  for (const Draw how : {Draw::lowest, Draw::highest, Draw::ends}) {
    check_dense<precisions::A, 66052, 2>(6, how);
  }
  constexpr Index largest = Dense<1>::at<precisions::D, Shape<1>>::safe_fan_in;
  static_assert(largest == 2147483647 / 2 / (255 * 128 * 2));
  for (const Draw how : {Draw::lowest, Draw::highest, Draw::ends}) {
    check_dense<precisions::D, largest, 2>(7, how);
  }
}

TEST_CASE("dense kernels: more examples than are lowered at once, one more and many more") {
  check_dense<precisions::A, 30, 9, 49>(8, Draw::random);
  check_dense<precisions::D, 32, 17, 100>(9, Draw::random);
  check_dense<precisions::F, 30, 9, 97>(10, Draw::random);
}

TEST_CASE("dense kernels: sums of 16-bit halves are carried over before they overflow") {
  for (const Draw how : {Draw::lowest, Draw::highest, Draw::ends}) {
    check_dense<precisions::F, 600, 3>(11, how);
    check_dense<precisions::G, 600, 3>(12, how);
  }
  // The low half of -1 is 255, the largest; with the lowest weights.
  using In = Shape<2000>;
  using Linear = Dense<1>::at<precisions::G, In>;
  static Linear machine;
  std::fill(machine.weight.codes().begin(), machine.weight.codes().end(), std::int16_t{-32768});
  machine.stage.multipliers[0] = precisions::G::requantization::multiplier(0x1p-16);
  machine.pack();
  const std::vector<std::int16_t> x(In::size, std::int16_t{-1});
  std::vector<std::int16_t> y(1), scratch(static_cast<std::size_t>(Linear::scratch(1)));
  kernels::dense(machine, Batch<const std::int16_t, In>(x.data(), 1), Batch<std::int16_t, Shape<1>>(y.data(), 1),
                 scratch.data());
  CHECK(y[0] == 1000);  // 2000 * 32768 / 65536
}

TEST_CASE("dense kernels: a multiplier that vector kernels do not hold goes to the portable loops") {
  using In = Shape<20>;
  using P = precisions::A;
  static Dense<5>::at<P, In> machine;
  Random random(13, 1, 1);
  randomize<P>(machine, random, Draw::random);
  machine.stage.multipliers[2] = P::requantization::multiplier(0.5);
  machine.pack();
  CHECK_FALSE(kernels::can_run_vectors(machine));
  const auto x = random_codes<std::int8_t>(random, In::size, P::activation_codes);
  std::vector<std::int8_t> y(5), expected = y, scratch(static_cast<std::size_t>(machine.scratch(1)));
  const Batch<const std::int8_t, In> inputs(x.data(), 1);
  kernels::dense(machine, inputs, Batch<std::int8_t, Shape<5>>(y.data(), 1), scratch.data());
  kernels::reference::dense(machine, inputs, Batch<std::int8_t, Shape<5>>(expected.data(), 1));
  CHECK(y == expected);

  // A channel of zeros, as pruning leaves it, may have any multiplier.
  const auto zeros = machine.weight.codes().subspan(2 * In::size, In::size);
  std::fill(zeros.begin(), zeros.end(), std::int8_t{0});
  machine.folded_bias[2] = 0;
  machine.pack();
  CHECK(kernels::can_run_vectors(machine) == (isa::active() > isa::Name::portable));
  kernels::dense(machine, inputs, Batch<std::int8_t, Shape<5>>(y.data(), 1), scratch.data());
  kernels::reference::dense(machine, inputs, Batch<std::int8_t, Shape<5>>(expected.data(), 1));
  CHECK(y == expected);
}

namespace {

/// A policy of a user's own, which no kernel knows.
struct TiesDown : IntegerMultiplier {
  static constexpr auto name = "ties down";
  template <std::signed_integral Accumulator>
  static constexpr std::int32_t apply(Accumulator accumulator, Multiplier multiplier) {
    return -IntegerMultiplier::apply(static_cast<Accumulator>(-accumulator), multiplier);
  }
};

}  // namespace

TEST_CASE("dense kernels: a policy derived from one with vector kernels keeps its own rounding") {
  check_dense<Int8<Symmetric, PerChannel, TiesDown>, 40, 7>(14, Draw::random);
}
