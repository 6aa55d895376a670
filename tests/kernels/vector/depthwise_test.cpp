// SPDX-License-Identifier: MIT
/// @file
/// The depthwise kernels on hundreds of random shapes, against the plain loops: every instruction set of this machine,
/// every policy.
#include "../for_each_isa.hpp"
#include "kernel_cases.hpp"
#include "random_depthwise.hpp"

#include <doctest/doctest.h>

namespace depthwise_test {

TEST_CASE_TEMPLATE_DEFINE("depthwise kernels equal the plain loops", C, depthwise_kernels) {
  const qnn::Index count = kernel_cases::shape_count(250);
  qnn::for_each_isa([&](auto isa) {
    CHECK(random_layers::first_depthwise_difference<typename C::policy, typename C::code>(isa, count) == "");
  });
}
TEST_CASE_TEMPLATE_APPLY(depthwise_kernels, kernel_cases::All);

}  // namespace depthwise_test
