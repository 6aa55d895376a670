// SPDX-License-Identifier: MIT
/// @file
/// The float products of every instruction set of this machine against plain loops in double, on random odd shapes.
/// Inputs end where their memory ends, so that AddressSanitizer sees a read beyond them; outputs lie between guards.
#include "qnn/kernels/vector/floats.hpp"

#include "kernel_cases.hpp"
#include "qnn/core/random.hpp"
#include "qnn/testing/guarded.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <concepts>
#include <string>
#include <vector>

namespace product_test {
namespace {

using namespace qnn;
using kernels::MatrixView, kernels::vector::Product, kernels::vector::Rows, kernels::vector::rows_of;

/// A matrix with `gap` floats between its rows, and none behind the last.
struct Table {
  Index rows, columns, stride;
  std::vector<float> data;

  Table(Index row_count, Index column_count, Index gap, Random& random)
      : rows(row_count),
        columns(column_count),
        stride(column_count + gap),
        data(static_cast<std::size_t>(rows == 0 ? 0 : (rows - 1) * stride + columns)) {
    for (float& value : data) {
      value = random.uniform(-1.0f, 1.0f);
    }
  }
  double at(Index row, Index column) const {
    return static_cast<double>(data[static_cast<std::size_t>(row * stride + column)]);
  }
  MatrixView<const float> view() const { return {data.data(), rows, columns, stride}; }
};

struct Sizes {
  Index m, n, k;
};

enum class Form { forward, input_gradient, weight_gradient };

/// c = start + a b by the kernel, compared with loops. Returns what is wrong, or nothing.
template <class Isa>
std::string difference(Isa tag, Form form, Sizes size, Index gap, bool has_bias, Random& random) {
  const auto [m, n, k] = size;
  const bool turns_a = form == Form::weight_gradient, turns_b = form == Form::forward;
  const Table a(turns_a ? k : m, turns_a ? m : k, gap, random), b(turns_b ? n : k, turns_b ? k : n, gap, random);
  std::vector<float> bias(static_cast<std::size_t>(has_bias ? n : 0));
  for (float& value : bias) {
    value = random.uniform(-1.0f, 1.0f);
  }
  const Table before(m, n, gap, random);
  testing::Guarded<float> c(static_cast<Index>(before.data.size()));
  std::copy(before.data.begin(), before.data.end(), c.begin());
  const bool adds = form == Form::weight_gradient;
  multiply(tag, Product{.m = m,
                        .n = n,
                        .k = k,
                        .a = rows_of(a.view()),
                        .b = rows_of(b.view()),
                        .a_is_transposed = turns_a,
                        .b_is_transposed = turns_b,
                        .c = c.data(),
                        .c_step = before.stride,
                        .bias = has_bias ? bias.data() : nullptr,
                        .adds = adds});
  if (!c.intact()) {
    return "a guard was written over";
  }
  for (Index row = 0; row < m; ++row) {
    for (Index column = 0; column < (row + 1 < m ? before.stride : n); ++column) {
      const double found = static_cast<double>(c.data()[row * before.stride + column]);
      if (column >= n) {
        if (found != before.at(row, column)) {
          return "a gap was written over";
        }
        continue;
      }
      double sum = adds ? before.at(row, column) : 0.0;
      sum += has_bias ? static_cast<double>(bias[static_cast<std::size_t>(column)]) : 0.0;
      for (Index i = 0; i < k; ++i) {
        sum += (turns_a ? a.at(i, row) : a.at(row, i)) * (turns_b ? b.at(column, i) : b.at(i, column));
      }
      if (!(std::abs(found - sum) < 1e-6 * static_cast<double>(k + 10))) {
        return "row " + std::to_string(row) + ", column " + std::to_string(column) + ": expected " +
               std::to_string(sum) + ", found " + std::to_string(found);
      }
    }
  }
  return "";
}

/// All forms of a product.
template <class Isa>
void check_forms(Isa tag, Sizes size, Index gap, Random& random) {
  CAPTURE(size.m);
  CAPTURE(size.n);
  CAPTURE(size.k);
  CAPTURE(gap);
  CHECK(difference(tag, Form::forward, size, gap, false, random) == "");
  CHECK(difference(tag, Form::forward, size, gap, true, random) == "");
  CHECK(difference(tag, Form::input_gradient, size, gap, false, random) == "");
  CHECK(difference(tag, Form::weight_gradient, size, gap, false, random) == "");
}

/// Calls `body` with the tag of every instruction set of this machine that has float kernels.
template <class Body>
void for_each_isa(Body&& body) {
  for (const isa::Name name : {isa::Name::avx2, isa::Name::avxvnni, isa::Name::avx512vnni}) {
    if (!isa::is_supported(name)) {
      MESSAGE("skipped: this machine has no ", isa::text(name));
      continue;
    }
    isa::with_tag(name, [&]<class Isa>(Isa tag) {
      if constexpr (std::derived_from<Isa, isa::Avx2>) {
        INFO(isa::text(name));
        body(tag);
      }
    });
  }
}

}  // namespace

TEST_CASE("float products: every number of rows and columns of a tile and around it, every part of a register") {
  for_each_isa([](auto tag) {
    Random random(1);
    for (Index m = 0; m <= 30; ++m) {
      check_forms(tag, {m, 1 + m % 5, 7}, 0, random);
    }
    for (Index n = 0; n <= 66; ++n) {
      check_forms(tag, {15, n, 5}, n % 3, random);
      check_forms(tag, {1 + n % 4, n, 18}, 0, random);
    }
    for (Index k = 0; k <= 35; ++k) {
      check_forms(tag, {1, 9, k}, 0, random);
      check_forms(tag, {9, 33, k}, 2, random);
    }
  });
}

TEST_CASE("float products: beyond a block") {
  for_each_isa([](auto tag) {
    Random random(2);
    for (const Sizes size :
         {Sizes{17, 97, 289}, {14, 96, 288}, {29, 193, 577}, {3, 200, 600}, {5, 1, 1000}, {1, 1, 1}}) {
      check_forms(tag, size, 0, random);
      check_forms(tag, size, 5, random);
    }
  });
}

TEST_CASE("float products: random shapes") {
  const Index count = kernel_cases::shape_count(60);
  for_each_isa([&](auto tag) {
    Random random(3);
    for (Index i = 0; i < count; ++i) {
      const Index limit = i % 10 == 0 ? 320 : 50;
      check_forms(tag, {random.below(limit), random.below(limit), random.below(limit)}, random.below(3), random);
    }
  });
}

}  // namespace product_test
