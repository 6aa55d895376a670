// SPDX-License-Identifier: MIT
/// @file
/// The dense kernels: each one of this machine against reference, and that against the formula written out once more.
#include "qnn/kernels/linear.hpp"

#include "qnn/layers/dense.hpp"

#include "random_linear.hpp"

#include <doctest/doctest.h>

namespace {

using namespace qnn;

template <class P, Index Inputs, Index Units>
void check_dense(std::uint64_t seed, Draw how) {
  using In = Shape<Inputs>;
  using Out = Shape<Units>;
  using Code = typename P::activation;
  static typename Dense<Units>::template at<P, In> machine;
  Random random(seed, Inputs, Units);
  randomize<P>(machine, random, how);
  constexpr Index count = 3;
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
