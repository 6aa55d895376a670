// SPDX-License-Identifier: MIT
/// @file
/// Concatenate and Add in integers: every code is that of the reference, however many channels lie side by side.
#include "qnn/layers/concat.hpp"
#include "qnn/layers/residual.hpp"

#include "qnn/core/random.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace concat_test {
namespace {

using namespace qnn;

template <class P>
using Parameters = typename P::activations::parameters;

template <class P>
Parameters<P> random_parameters(Random& random) {
  return P::activations::scheme::parameters_for({random.uniform(-3.0f, 0.0f), random.uniform(0.1f, 3.0f)},
                                                P::activation_codes);
}

template <class Code>
std::vector<Code> random_codes(Random& random, Index count) {
  std::vector<Code> codes(static_cast<std::size_t>(count));
  for (Code& code : codes) {
    code = static_cast<Code>(random.below(Index{1} << 8 * sizeof(Code)));
  }
  return codes;
}

/// The code of one input, or of the sum of two, by the reference.
template <class P, std::size_t Count>
typename P::activation expected_code(const std::array<Parameters<P>, Count>& inputs, Parameters<P> output,
                                     const std::array<typename P::activation, Count>& codes) {
  using Code = typename P::activation;
  std::array<const Code*, Count> x;
  for (std::size_t k = 0; k < Count; ++k) {
    x[k] = &codes[k];
  }
  Code y{};
  kernels::reference::add_codes(code_sum<kernels::CodeSum<Code, Count>>(inputs, output, P::activation_codes), x, 1, &y);
  return y;
}

template <class P, Index First, Index Second>
void check_concatenate() {
  constexpr Index pixels = 7 * 9, examples = 3, all = First + Second;
  using In = Inputs<Shape<7, 9, First>, Shape<7, 9, Second>>;
  using Code = typename P::activation;
  Random random(First, Second, sizeof(Code));
  const auto a = random_codes<Code>(random, examples * pixels * First);
  const auto b = random_codes<Code>(random, examples * pixels * Second);
  const std::array inputs{random_parameters<P>(random), random_parameters<P>(random)};
  const auto output = random_parameters<P>(random);
  typename Concatenate::at<P, In> machine;
  machine.prepare(inputs, output, {});
  std::vector<Code> y(a.size() + b.size()), expected(y.size());
  machine.forward({{a.data(), b.data()}, examples}, {y.data(), examples});
  for (Index i = 0; i < examples * pixels * all; ++i) {
    const Index pixel = i / all, channel = i % all;
    const bool is_first = channel < First;
    const Code code = is_first ? a[static_cast<std::size_t>(pixel * First + channel)]
                               : b[static_cast<std::size_t>(pixel * Second + channel - First)];
    expected[static_cast<std::size_t>(i)] =
        expected_code<P>(std::array{inputs[is_first ? 0 : 1]}, output, std::array{code});
  }
  CHECK(y == expected);
}

}  // namespace

TEST_CASE_TEMPLATE("Concatenate in integers equals the reference", P, Int8<>, Int8<Asymmetric>, Int16<>,
                   Int16<Asymmetric>) {
  check_concatenate<P, 1, 3>();
  check_concatenate<P, 12, 64>();
  check_concatenate<P, 300, 513>();
}

TEST_CASE_TEMPLATE("Add in integers equals the reference", P, Int8<>, Int8<Asymmetric>, Int16<>, Int16<Asymmetric>) {
  using Code = typename P::activation;
  using S = Shape<5, 3, 7>;
  Random random(4, sizeof(Code));
  const auto a = random_codes<Code>(random, 2 * S::size), b = random_codes<Code>(random, 2 * S::size);
  const std::array inputs{random_parameters<P>(random), random_parameters<P>(random)};
  const auto output = random_parameters<P>(random);
  typename Add::at<P, Inputs<S, S>> machine;
  machine.prepare(inputs, output, Clamp{0.0f});
  std::vector<Code> y(a.size()), expected(a.size());
  machine.forward({{a.data(), b.data()}, 2}, {y.data(), 2});
  for (std::size_t i = 0; i < y.size(); ++i) {
    const Code sum = expected_code<P>(inputs, output, std::array{a[i], b[i]});
    expected[i] = std::max(sum, static_cast<Code>(output.zero_point));
  }
  CHECK(y == expected);
}

}  // namespace concat_test
