// SPDX-License-Identifier: MIT
/// @file
/// The depthwise kernels on hundreds of random shapes, against the plain loops: every instruction set of this machine,
/// every policy.
#include "random_depthwise.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

namespace depthwise_test {
namespace {

using namespace qnn;

template <class Policy, class Code>
struct Case {
  using policy = Policy;
  using code = Code;
};

}  // namespace

TEST_CASE_TEMPLATE("depthwise kernels equal the plain loops", C, Case<IntegerMultiplier, std::int8_t>,
                   Case<IntegerMultiplier, std::uint8_t>, Case<FloatScale, std::int8_t>, Case<FloatScale, std::uint8_t>,
                   Case<DoubleRounding, std::int8_t>, Case<DoubleRounding, std::uint8_t>,
                   Case<PowerOfTwoShift, std::int8_t>, Case<PowerOfTwoShift, std::uint8_t>,
                   Case<IntegerMultiplier, std::int16_t>, Case<FloatScale, std::int16_t>,
                   Case<PowerOfTwoShift, std::int16_t>) {
  const char* const requested = std::getenv("QNN_TEST_SHAPES");
  const Index count = requested == nullptr ? 250 : std::atol(requested);
  for (const isa::Name name :
       {isa::Name::avx2, isa::Name::avxvnni, isa::Name::avx512vnni, isa::Name::neon, isa::Name::neon_dotprod}) {
    if (!isa::is_supported(name)) {
      MESSAGE("skipped: this machine has no ", isa::text(name));
      continue;
    }
    isa::with_tag(name, [&]<class Isa>(Isa tag) {
      if constexpr (std::derived_from<Isa, isa::Vector>) {
        INFO(isa::text(name));
        CHECK(random_layers::first_depthwise_difference<typename C::policy, typename C::code>(tag, count) == "");
      }
    });
  }
}

}  // namespace depthwise_test
