// SPDX-License-Identifier: MIT
/// @file
/// Jobs by parts, on every instruction set of this machine: each output once, with the codes of the whole job.
#include "qnn/kernels/vector/shared_job.hpp"

#include "../for_each_isa.hpp"
#include "computed_layers.hpp"
#include "kernel_cases.hpp"

#include <doctest/doctest.h>

#include <cstdint>

namespace shared_job_test {
namespace {

using namespace qnn;
using kernel_cases::Case;
using kernels::vector::Job, kernels::vector::share_of;

/// Outputs of a job, over all examples or pixels and channels.
template <class Code, class Accumulator>
Index outputs_of(const Job<Code, Accumulator>& job) {
  const Index side = job.pools ? 2 : 1;
  return job.positions.rows / side * (job.positions.columns / side) * job.channels;
}

}  // namespace

TEST_CASE_TEMPLATE("the parts of a job are the job", C, Case<IntegerMultiplier, std::int8_t>,
                   Case<FloatScale, std::uint8_t>, Case<IntegerMultiplier, std::int16_t>) {
  using Policy = typename C::policy;
  const Index count = kernel_cases::shape_count(60);
  for_each_isa([&](auto isa) {
    for (const Index parts : {1, 2, 3, 7}) {
      INFO(parts << " parts");
      const auto by_parts = [&](const auto& layer) {
        return random_layers::computed(layer, isa, [&](const auto& job) {
          Index outputs = 0;
          for (Index part = 0; part < parts; ++part) {
            const auto mine = share_of(job, parts, part);
            outputs += outputs_of(mine);
            if (mine.channels > 0) {
              kernels::vector::run<Policy>(isa, mine);
            }
          }
          REQUIRE(outputs == outputs_of(job));
        });
      };
      CHECK(random_layers::first_difference<Policy, typename C::code>(count, random_layers::random_shapes, by_parts) ==
            "");
    }
  });
}

}  // namespace shared_job_test
