// SPDX-License-Identifier: MIT
/// @file
/// For programs that run kernels with some instructions replaced by others: what they need, and what they found.
#pragma once

#include "../vector/computed_layers.hpp"

#include "qnn/kernels/isa.hpp"

#include <cstdint>
#include <cstdio>
#include <string>

/// Whether this machine has the instructions that stand in for others; says so where it has not.
inline bool has_avx512vnni() {
  const bool has = qnn::isa::is_supported(qnn::isa::Name::avx512vnni);
  if (!has) {
    std::puts("skipped: this machine has no AVX512-VNNI");
  }
  return has;
}

/// Prints and counts the differences that are not empty.
class Differences {
 public:
  void add(const std::string& difference) {
    if (!difference.empty()) {
      std::printf("differs: %s\n", difference.c_str());
      ++count_;
    }
  }
  /// The exit status of the program.
  int report(const char* kernels) const {
    std::printf("%s kernels %s\n", kernels, count_ == 0 ? "equal the plain loops" : "FAILED");
    return count_;
  }

 private:
  int count_ = 0;
};

/// Random linear layers of every code, each with some policies.
template <class Isa>
void add_linear_layers(Isa isa, qnn::Index count, Differences& differences) {
  using random_layers::first_difference;
  differences.add(first_difference<qnn::IntegerMultiplier, std::int8_t>(isa, count));
  differences.add(first_difference<qnn::IntegerMultiplier, std::uint8_t>(isa, count));
  differences.add(first_difference<qnn::FloatScale, std::int8_t>(isa, count));
  differences.add(first_difference<qnn::DoubleRounding, std::uint8_t>(isa, count));
  differences.add(first_difference<qnn::PowerOfTwoShift, std::int8_t>(isa, count));
  differences.add(first_difference<qnn::IntegerMultiplier, std::int16_t>(isa, count));
  differences.add(first_difference<qnn::FloatScale, std::int16_t>(isa, count));
}
