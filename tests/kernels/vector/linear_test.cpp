// SPDX-License-Identifier: MIT
/// @file
/// The vector kernels on hundreds of random shapes, against the plain loops: every instruction set of this machine,
/// every policy.
#include "../for_each_isa.hpp"
#include "computed_layers.hpp"
#include "kernel_cases.hpp"

#include "qnn/core/thread_scope.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

namespace linear_test {

TEST_CASE_TEMPLATE_DEFINE("vector kernels equal the plain loops", C, vector_kernels) {
  const qnn::Index count = kernel_cases::shape_count(250);
  qnn::for_each_isa([&](auto isa) {
    CHECK(random_layers::first_difference<typename C::policy, typename C::code>(isa, count) == "");
  });
}
TEST_CASE_TEMPLATE_APPLY(vector_kernels, kernel_cases::All);

/// Layers whose codes can be finished several rows at a time, and others that differ from them in one thing.
std::vector<random_layers::Shapes> whole_units() {
  std::vector<random_layers::Shapes> all;
  for (const qnn::Index outputs : {8, 16, 32, 48, 64}) {
    for (const qnn::Index blocks : {1, 4}) {
      for (const qnn::Index examples : {1, 3, 4, 7}) {
        all.push_back({1, examples, 21, outputs, 1, 1, 1, 1, 0, 0, false, false, blocks});
      }
      all.push_back({1, 7, 21, outputs, 1, 1, 1, 1, 0, 0, true, false, blocks});
      all.push_back({1, 7, 20, 2 * outputs, 1, 1, 1, 1, 0, 0, false, false, blocks, 2});
      all.push_back({9, 8, 3, outputs, 3, 3, 1, 1, 1, 1, false, true, blocks});
      all.push_back({9, 13, 3, outputs, 3, 3, 1, 1, 1, 1, false, false, blocks});
    }
  }
  return all;
}
/// The first of these shapes, or of as many of them as tests try, of which a kernel gives other codes than the plain
/// loops.
template <class Policy, class Code, class Isa>
std::string first_difference_of(const std::vector<random_layers::Shapes>& shapes, Isa isa) {
  const qnn::Index size = std::ssize(shapes), count = std::min(size, kernel_cases::shape_count(size));
  qnn::Index next = 0;
  return random_layers::first_difference<Policy, Code>(
      count, [&](qnn::Random&) { return shapes[static_cast<std::size_t>(next++ * size / count)]; },
      [&](const auto& layer) { return random_layers::computed(layer, isa); });
}

TEST_CASE_TEMPLATE_DEFINE("codes finished together equal those of the plain loops", C, finished_together) {
  const auto shapes = whole_units();
  qnn::for_each_isa(
      [&](auto isa) { CHECK(first_difference_of<typename C::policy, typename C::code>(shapes, isa) == ""); });
}
TEST_CASE_TEMPLATE_APPLY(finished_together, kernel_cases::All);

TEST_CASE("layers that fill tiles equal the plain loops") {
  const auto shapes = random_layers::tile_shapes();
  qnn::for_each_isa([&](auto isa) {
    CHECK(first_difference_of<qnn::IntegerMultiplier, std::int8_t>(shapes, isa) == "");
    CHECK(first_difference_of<qnn::FloatScale, std::uint8_t>(shapes, isa) == "");
  });
}

/// Large enough for two threads: rows of a dense layer, its channels where it has few rows, rows of an image.
std::vector<random_layers::Shapes> shared_shapes() {
  return {{1, 67, 256, 150, 1, 1, 1, 1, 0, 0, false, false, 4},
          {1, 3, 1032, 900, 1, 1, 1, 1, 0, 0, true, false, 4},
          {14, 12, 32, 64, 3, 3, 1, 1, 1, 1, false, true, 4}};
}

TEST_CASE_TEMPLATE("layers shared by threads equal the plain loops", C,
                   kernel_cases::Case<qnn::IntegerMultiplier, std::int8_t>,
                   kernel_cases::Case<qnn::FloatScale, std::uint8_t>,
                   kernel_cases::Case<qnn::IntegerMultiplier, std::int16_t>) {
  using Code = typename C::code;
  qnn::Random random(5);
  for (const auto& shape : shared_shapes()) {
    random_layers::Layer<typename C::policy, Code> layer(shape, random);
    const qnn::CodeRange all = qnn::full_range<Code>;
    for (const qnn::CodeRange codes : {qnn::CodeRange{0, 127}, all}) {
      std::generate(layer.image.begin(), layer.image.end(),
                    [&] { return static_cast<Code>(codes.lowest + random.below(codes.highest - codes.lowest + 1)); });
      layer.padding = 0;
      const auto expected = layer.expected();
      const qnn::ThreadScope scope(2);
      const qnn::Index products = shape.out_height() * shape.out_width() * shape.outputs * shape.fan_in();
      REQUIRE(qnn::kernels::vector::threads_for(products) == qnn::ThreadScope::threads());
      qnn::for_each_isa([&](auto isa) {
        INFO(shape.text());
        CHECK(random_layers::computed(layer, isa) == expected);
      });
    }
  }
  const qnn::ThreadScope scope(2);
  if (qnn::ThreadScope::threads() == 1) {
    MESSAGE("one thread alone: this program was built without OpenMP");
  }
}

}  // namespace linear_test
