// SPDX-License-Identifier: MIT
/// @file
/// The dense kernels: each one of this machine against reference, and that against the formula written out once more.
#include "qnn/kernels/linear.hpp"

#include "qnn/layers/dense.hpp"

#include "random_linear.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <vector>

namespace dense_test {
namespace {

using namespace qnn;

/// What the kernels gave for the same inputs.
template <class P>
struct Outputs {
  using Code = typename P::activation;
  explicit Outputs(Index size) : portable(static_cast<std::size_t>(size)), dispatched(portable), reference(portable) {}
  std::vector<Code> portable, dispatched, reference;
};

/// From an accumulator and the position of its channel to the code.
template <class P>
using StageFunction = std::function<typename P::activation(typename P::accumulator, Index)>;

/// The outputs for each row of inputs, straight from the formula.
template <class P>
std::vector<typename P::activation> formula_of(const LinearNumbers<P>& numbers,
                                               const std::vector<typename P::activation>& x,
                                               const StageFunction<P>& stage) {
  const auto inputs = static_cast<std::size_t>(numbers.fan_in);
  std::vector<typename P::activation> y;
  for (std::size_t first = 0; first < x.size(); first += inputs) {
    for (std::size_t o = 0; o < numbers.biases.size(); ++o) {
      std::int64_t sum = numbers.biases[o];
      for (std::size_t k = 0; k < inputs; ++k) {
        const std::int64_t weight = weight_at<P>(numbers.weights, numbers.groups, inputs, o, k);
        sum += x[first + k] * (weight - numbers.of_channel(o).zero_point);
      }
      y.push_back(stage(static_cast<typename P::accumulator>(sum), static_cast<Index>(o)));
    }
  }
  return y;
}

template <class P>
void compare(const LinearNumbers<P>& numbers, const std::vector<typename P::activation>& x, const Outputs<P>& outputs,
             const StageFunction<P>& stage) {
  INFO(P::name() << ", " << numbers.fan_in << " inputs, " << numbers.biases.size() << " units");
  CHECK(outputs.portable == outputs.reference);
  CHECK(outputs.dispatched == outputs.reference);
  CHECK(outputs.reference == formula_of<P>(numbers, x, stage));
}

template <class P, Index Inputs, Index Units, Index count = 3>
void check_dense(std::uint64_t seed, Draw how, Draw inputs_how) {
  using In = Shape<Inputs>;
  using Out = Shape<Units>;
  using Code = typename P::activation;
  static typename Dense<Units>::template at<P, In> machine;
  Random random(seed, Inputs, Units);
  randomize<P>(machine, random, how);
  machine.pack();
  const auto x = random_codes<Code>(random, count * Inputs, P::activation_codes, inputs_how);
  const Batch<const Code, In> inputs(x.data(), count);
  Outputs<P> outputs(count * Units);
  std::vector<Code> scratch(static_cast<std::size_t>(machine.scratch(count)));
  kernels::portable::dense(machine, inputs, Batch<Code, Out>(outputs.portable.data(), count));
  kernels::dense(machine, inputs, Batch<Code, Out>(outputs.dispatched.data(), count), scratch.data());
  kernels::reference::dense(machine, inputs, Batch<Code, Out>(outputs.reference.data(), count));
  compare<P>(numbers_of<P>(machine), x, outputs, [](typename P::accumulator sum, Index o) {
    return machine.stage(sum, P::weights::granularity::group_of(o));
  });
}

template <class P, Index Inputs, Index Units, Index count = 3>
void check_dense(std::uint64_t seed, Draw how) {
  check_dense<P, Inputs, Units, count>(seed, how, how);
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
  check_dense<P, 64, 7>(21, Draw::random, Draw::seven_bit);
  check_dense<P, 130, 10>(22, Draw::lowest, Draw::seven_bit);
}

}  // namespace

TEST_CASE_TEMPLATE("dense kernels return what the formula says", P, precisions::A, precisions::B, precisions::C,
                   precisions::D, precisions::E, precisions::F, precisions::G, precisions::H, precisions::I,
                   precisions::J, precisions::K, precisions::L, precisions::M, precisions::N, precisions::O,
                   precisions::Q, precisions::R, precisions::S, precisions::T) {
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
  check_dense<precisions::A, 30, 9, 65>(8, Draw::random);
  check_dense<precisions::D, 32, 17, 100>(9, Draw::random);
  check_dense<precisions::F, 30, 9, 129>(10, Draw::random);
  check_dense<precisions::K, 31, 17, 66>(15, Draw::random);
  check_dense<precisions::M, 1027, 6, 2>(16, Draw::random);  // rows are unpacked in parts, and begin within bytes
  check_dense<precisions::R, 1027, 6, 2>(17, Draw::random);
  // Of codes as they are by AMX: 64 rows and then 17, a last step that is not complete, and 6 rows for other kernels.
  check_dense<precisions::A, 64, 70, 33>(18, Draw::random);
  check_dense<precisions::A, 77, 70, 81>(19, Draw::random);
  check_dense<precisions::D, 64, 70, 70>(20, Draw::random);
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

}  // namespace dense_test
