// SPDX-License-Identifier: MIT
/// @file
/// The kernels of AVX-VNNI on processors that have AVX512-VNNI instead, by giving them its encoding of the same two
/// instructions: most machines that tests run on have one or the other.
// compile-options: -O2
#include "qnn/config.hpp"

#include <cstdio>

#if QNN_HAS_X86_KERNELS
#include <immintrin.h>

QNN_TARGET_BEGIN("avx512f,avx512vl,avx512vnni")
namespace {
QNN_ALWAYS_INLINE __m256i sum_of_four(__m256i sums, __m256i x, __m256i w) { return _mm256_dpbusd_epi32(sums, x, w); }
QNN_ALWAYS_INLINE __m256i sum_of_two(__m256i sums, __m256i x, __m256i w) { return _mm256_dpwssd_epi32(sums, x, w); }
}  // namespace
QNN_TARGET_END
// The kernels' headers come last: they shall see these names.
#define _mm256_dpbusd_avx_epi32 sum_of_four
#define _mm256_dpwssd_avx_epi32 sum_of_two
#define QNN_AVXVNNI_TARGET "avx2,avx512f,avx512vl,avx512vnni"
#include "../vector/constant_layers.hpp"
#include "../vector/random_depthwise.hpp"
#include "differences.hpp"

int main() {
  using namespace qnn;
  if (!has_avx512vnni()) {
    return 0;
  }
  Differences differences;
  add_linear_layers(isa::AvxVnni{}, 300, differences);
  differences.add(random_layers::first_constant_difference(isa::AvxVnni{}));
  using random_layers::first_depthwise_difference;
  differences.add(first_depthwise_difference<IntegerMultiplier, std::int8_t>(isa::AvxVnni{}, 300));
  differences.add(first_depthwise_difference<FloatScale, std::uint8_t>(isa::AvxVnni{}, 300));
  differences.add(first_depthwise_difference<IntegerMultiplier, std::int16_t>(isa::AvxVnni{}, 300));
  return differences.report("AVX-VNNI");
}
#else
int main() { std::puts("skipped: no kernels for x86 here"); }
#endif
