// SPDX-License-Identifier: MIT
/// @file
/// The float matrix products against plain loops in double, around and beyond the sizes of the tiles.
#include "qnn/kernels/eigen/gemm.hpp"

#include "qnn/core/random.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace gemm_test {
namespace {

using namespace qnn;
using namespace qnn::kernels::eigen;
using qnn::kernels::MatrixView;

/// Rows `stride` apart; what lies between them must not be touched.
struct Table {
  Index rows, columns, stride;
  std::vector<float> data;

  Table(Index row_count, Index column_count, Index gap, Random& random)
      : rows(row_count),
        columns(column_count),
        stride(column_count + gap),
        data(static_cast<std::size_t>(row_count * stride)) {
    for (float& value : data) {
      value = random.uniform(-1.0f, 1.0f);
    }
  }
  float& at(Index row, Index column) { return data[static_cast<std::size_t>(row * stride + column)]; }
  double at(Index row, Index column) const {
    return static_cast<double>(data[static_cast<std::size_t>(row * stride + column)]);
  }
  operator MatrixView<float>() { return {data.data(), rows, columns, stride}; }
  operator MatrixView<const float>() const { return {data.data(), rows, columns, stride}; }
};

/// `expected(row, column)` inside, `before` in the gaps.
template <class Expected>
void check(const Table& found, const Table& before, Index depth, Expected&& expected) {
  Index wrong = 0;
  for (Index row = 0; row < found.rows; ++row) {
    for (Index column = 0; column < found.stride; ++column) {
      const double value = found.at(row, column);
      const bool right = column < found.columns
                             ? std::abs(value - expected(row, column)) < 1e-6 * static_cast<double>(depth + 10)
                             : value == before.at(row, column);
      wrong += right ? 0 : 1;
    }
  }
  CHECK(wrong == 0);
}

struct Sizes {
  Index m, n, k;
};

}  // namespace

TEST_CASE("gemm: odd sizes, tiles and strides") {
  Random random(1);
  for (const Sizes size : {Sizes{1, 1, 1},
                           {1, 7, 5},
                           {1, 130, 300},
                           {2, 1, 3},
                           {3, 5, 1},
                           {5, 3, 17},
                           {7, 1, 257},
                           {127, 129, 3},
                           {129, 2, 255},
                           {128, 128, 256},
                           {129, 131, 257},
                           {3, 257, 513},
                           {130, 1, 600}}) {
    for (const Index gap : {0, 3}) {
      CAPTURE(size.m);
      CAPTURE(size.n);
      CAPTURE(size.k);
      CAPTURE(gap);
      const Table x(size.m, size.k, gap, random), w(size.n, size.k, gap, random), dy(size.m, size.n, gap, random);
      const Table y_before(size.m, size.n, gap, random);
      Table y = y_before;
      multiply_transposed(x, w, y);
      check(y, y_before, size.k, [&](Index row, Index column) {
        double sum = 0;
        for (Index i = 0; i < size.k; ++i) {
          sum += x.at(row, i) * w.at(column, i);
        }
        return sum;
      });
      const Table dx_before(size.m, size.k, gap, random);
      Table dx = dx_before;
      multiply(dy, w, dx);
      check(dx, dx_before, size.n, [&](Index row, Index column) {
        double sum = 0;
        for (Index i = 0; i < size.n; ++i) {
          sum += dy.at(row, i) * w.at(i, column);
        }
        return sum;
      });
      const Table dw_before(size.n, size.k, gap, random);
      Table dw = dw_before;
      add_transposed_product(dy, x, dw);
      check(dw, dw_before, size.m, [&](Index row, Index column) {
        double sum = dw_before.at(row, column);
        for (Index i = 0; i < size.m; ++i) {
          sum += dy.at(i, row) * x.at(i, column);
        }
        return sum;
      });
    }
  }
}

TEST_CASE("gemm: bias and its gradient") {
  std::vector<float> y{1, 2, 3, 4, 5, 6}, sums{100, 200, 300};
  const std::vector<float> bias{10, 20, 30};
  add_to_rows(bias.data(), {y.data(), 2, 3});
  CHECK(y == std::vector<float>{11, 22, 33, 14, 25, 36});
  add_row_sums({y.data(), 2, 3}, sums.data());
  CHECK(sums == std::vector<float>{125, 247, 369});
}

}  // namespace gemm_test
