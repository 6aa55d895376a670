// SPDX-License-Identifier: MIT
#include "qnn/network/initializer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace initializer_test {
namespace {

constexpr std::size_t count = 200'000;

template <qnn::Initializer I>
std::vector<float> filled(const I& initializer, qnn::Index fan_in, qnn::Index fan_out, std::uint64_t stream = 0,
                          std::size_t size = count) {
  std::vector<float> weight(size, 99.0f);
  initializer(weight, fan_in, fan_out, stream);
  return weight;
}

/// Mean and variance within five standard errors; the variance of a normal sample's variance is the larger of the two.
void check_moments(const std::vector<float>& weight, double variance) {
  double sum = 0, squares = 0;
  for (const float element : weight) {
    sum += static_cast<double>(element);
    squares += static_cast<double>(element) * static_cast<double>(element);
  }
  const double size = static_cast<double>(weight.size());
  CHECK(std::fabs(sum / size) < 5 * std::sqrt(variance / size));
  CHECK(squares / size == doctest::Approx(variance).epsilon(5 * std::sqrt(2 / size)));
}

double largest(const std::vector<float>& weight) {
  float bound = 0;
  for (const float element : weight) {
    bound = std::max(bound, std::fabs(element));
  }
  return static_cast<double>(bound);
}

}  // namespace

TEST_CASE("initializers: mean zero and the variance of their formula") {
  for (const auto& fans : {std::pair<qnn::Index, qnn::Index>{1, 1}, {9, 288}, {3136, 128}, {17, 3}}) {
    const qnn::Index fan_in = fans.first, fan_out = fans.second;
    CAPTURE(fan_in);
    const auto in = static_cast<double>(fan_in), both = static_cast<double>(fan_in + fan_out);
    check_moments(filled(qnn::HeNormal{.seed = 7}, fan_in, fan_out), 2 / in);
    check_moments(filled(qnn::HeUniform{.seed = 7}, fan_in, fan_out), 2 / in);
    check_moments(filled(qnn::GlorotNormal{.seed = 7}, fan_in, fan_out), 2 / both);
    check_moments(filled(qnn::GlorotUniform{.seed = 7}, fan_in, fan_out), 2 / both);
  }
}

TEST_CASE("initializers: uniform ones fill their interval, normal ones have tails") {
  const double he = std::sqrt(6.0 / 50), glorot = std::sqrt(6.0 / 80);
  CHECK(largest(filled(qnn::HeUniform{.seed = 3}, 50, 30)) <= he * (1 + 1e-6));
  CHECK(largest(filled(qnn::HeUniform{.seed = 3}, 50, 30)) > he * 0.999);
  CHECK(largest(filled(qnn::GlorotUniform{.seed = 3}, 50, 30)) <= glorot * (1 + 1e-6));
  CHECK(largest(filled(qnn::GlorotUniform{.seed = 3}, 50, 30)) > glorot * 0.999);
  CHECK(largest(filled(qnn::HeNormal{.seed = 3}, 50, 30)) > 3.5 * std::sqrt(2.0 / 50));
  CHECK(largest(filled(qnn::GlorotNormal{.seed = 3}, 50, 30)) > 3.5 * std::sqrt(2.0 / 80));
}

TEST_CASE("initializers: the same numbers for the same seed and stream, others for others") {
  const auto check = []<class I>(I) {
    const std::vector<float> weight = filled(I{.seed = 5}, 10, 20, 3, 101);
    CHECK(weight == filled(I{.seed = 5}, 10, 20, 3, 101));
    CHECK(weight != filled(I{.seed = 5}, 10, 20, 4, 101));
    CHECK(weight != filled(I{.seed = 6}, 10, 20, 3, 101));
    CHECK(std::count(weight.begin(), weight.end(), 99.0f) == 0);
  };
  check(qnn::HeNormal{});
  check(qnn::HeUniform{});
  check(qnn::GlorotNormal{});
  check(qnn::GlorotUniform{});
}

TEST_CASE("initializers: streams are uncorrelated") {
  const std::vector<float> first = filled(qnn::HeNormal{.seed = 1}, 2, 2, 0);
  const std::vector<float> second = filled(qnn::HeNormal{.seed = 1}, 2, 2, 1);
  double product = 0;
  for (std::size_t i = 0; i < count; ++i) {
    product += static_cast<double>(first[i]) * static_cast<double>(second[i]);
  }
  CHECK(std::fabs(product / static_cast<double>(count)) < 5 / std::sqrt(static_cast<double>(count)));
}

TEST_CASE("initializers: refuse fans that are not positive") {
  CHECK_THROWS_AS(filled(qnn::HeNormal{}, 0, 1), qnn::ContractViolation);
  CHECK_THROWS_AS(filled(qnn::HeUniform{}, -1, 1), qnn::ContractViolation);
  CHECK_THROWS_AS(filled(qnn::GlorotNormal{}, 1, 0), qnn::ContractViolation);
  CHECK_THROWS_AS(filled(qnn::GlorotUniform{}, 0, 1), qnn::ContractViolation);
}

}  // namespace initializer_test
