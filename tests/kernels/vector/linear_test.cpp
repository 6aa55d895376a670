// SPDX-License-Identifier: MIT
/// @file
/// The vector kernels on hundreds of random shapes, against the plain loops: every instruction set of this machine,
/// every policy.
#include "../for_each_isa.hpp"
#include "kernel_cases.hpp"
#include "random_layers.hpp"

#include <doctest/doctest.h>

namespace linear_test {

TEST_CASE_TEMPLATE_DEFINE("vector kernels equal the plain loops", C, vector_kernels) {
  const qnn::Index count = kernel_cases::shape_count(250);
  qnn::for_each_isa([&](auto isa) {
    CHECK(random_layers::first_difference<typename C::policy, typename C::code>(isa, count) == "");
  });
}
TEST_CASE_TEMPLATE_APPLY(vector_kernels, kernel_cases::All);

}  // namespace linear_test
