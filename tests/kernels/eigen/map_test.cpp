// SPDX-License-Identifier: MIT
#include "qnn/kernels/eigen/map.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <numeric>
#include <type_traits>

namespace map_test {

using namespace qnn;

TEST_CASE("as_matrix: a view's outermost extent counts rows, and memory is shared") {
  std::array<float, 24> memory{};
  std::iota(memory.begin(), memory.end(), 0.0f);
  const View<float, Shape<2, 3, 4>> image(memory.data());
  auto matrix = as_matrix(image);
  REQUIRE(matrix.rows() == 2);
  REQUIRE(matrix.cols() == 12);
  CHECK(matrix(1, 5) == image(1, 1, 1));
  matrix(1, 5) = -7.0f;
  CHECK(image(1, 1, 1) == -7.0f);
}

TEST_CASE("as_matrix: a flat view is one row, a const view is read-only") {
  const std::array<float, 3> memory{1, 2, 3};
  const auto matrix = as_matrix(View<const float, Shape<3>>(memory.data()));
  CHECK(matrix.rows() == 1);
  CHECK(matrix.sum() == 6.0f);
  static_assert(std::is_same_v<decltype(as_matrix(View<const float, Shape<3>>(nullptr))), EigenMap<const float>>);
}

TEST_CASE_TEMPLATE("as_matrix: the codes of a tensor, one row for each output channel", Code, std::int8_t,
                   std::int16_t) {
  const std::array<float, 6> values{1, -2, 3, 10, 20, -30};
  auto tensor = QuantTensor<Code, Symmetric, PerChannel>::quantize(values, {2, 3});
  auto matrix = as_matrix(tensor);
  REQUIRE(matrix.rows() == 2);
  REQUIRE(matrix.cols() == 3);
  CHECK(matrix(0, 2) == narrow_range<Code>.highest);
  CHECK(matrix(1, 2) == narrow_range<Code>.lowest);
  matrix(0, 0) = 5;
  CHECK(tensor.codes()[0] == 5);
  const auto& constant = tensor;
  CHECK(as_matrix(constant)(0, 0) == 5);
}

TEST_CASE("as_view: an Eigen matrix seen as a tensor, if it has as many elements") {
  Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> matrix(2, 6);
  matrix.setZero();
  const auto view = as_view<Shape<2, 3, 2>>(matrix);
  view(1, 2, 0) = 4.0f;
  CHECK(matrix(1, 4) == 4.0f);
  CHECK_THROWS_WITH_AS((as_view<Shape<2, 3, 3>>(matrix)), "qnn: as_view: elements: expected 18, found 12",
                       ArgumentError);
  Eigen::VectorXf vector = Eigen::VectorXf::LinSpaced(4, 0.0f, 3.0f);
  CHECK(as_view<Shape<4>>(vector)[3] == 3.0f);
}

}  // namespace map_test
