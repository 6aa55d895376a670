// SPDX-License-Identifier: MIT
/// @file
/// What this machine can do at most: nothing but the instruction that multiplies and adds, on registers, as many sums
/// at once as hide its latency. One thread. `peak_i8/avx512vnni/512` is the rate of 8-bit products with registers of
/// 512 bits, `peak_i8/amx/1024` that with tiles of 1024 bytes; the largest number of a workload is the peak of the
/// machine.
#include "common.hpp"

#include "qnn/kernels/amx/tile_registers.hpp"

#include <cstddef>

#if QNN_HAS_X86_KERNELS
#include <immintrin.h>
#elif QNN_HAS_ARM_KERNELS
#include <arm_neon.h>
#endif

namespace {

using qnn::Index;

/// Sums that grow side by side: more than latency times throughput of any processor, fewer than there are registers.
constexpr std::size_t sum_count = 12;
constexpr Index steps = 1000;

/// Defines a function that runs `steps` times `instruction` for each of the sums. Instructions are written as text, for
/// compilers to leave them alone and to add nothing: neither do they notice that all products are the same, nor move
/// numbers between registers.
#define BENCH_PEAK(name, Register, zero, one, instruction)                                   \
  void name() {                                                                              \
    const Register a = one, b = one;                                                         \
    Register sums[sum_count];                                                                \
    QNN_UNROLL for (std::size_t i = 0; i < sum_count; ++i) { sums[i] = zero; }               \
    for (Index step = 0; step < steps; ++step) {                                             \
      QNN_UNROLL for (std::size_t i = 0; i < sum_count; ++i) { instruction(sums[i], a, b); } \
    }                                                                                        \
  }

#if QNN_HAS_X86_KERNELS

#define BENCH_VPDPBUSD(sum, a, b) asm volatile("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b))
#define BENCH_VPDPWSSD(sum, a, b) asm volatile("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b))
#define BENCH_VFMADD_512(sum, a, b) asm volatile("vfmadd231ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b))
#define BENCH_AVX_VPDPBUSD(sum, a, b) asm volatile("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b))
#define BENCH_AVX_VPDPWSSD(sum, a, b) asm volatile("%{vex%} vpdpwssd %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b))
#define BENCH_VFMADD(sum, a, b) asm volatile("vfmadd231ps %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b))
#define BENCH_VPMADDWD(sum, a, b)                                                                        \
  do {                                                                                                   \
    __m256i pairs;                                                                                       \
    asm volatile("vpmaddwd %3, %2, %1\n\tvpaddd %1, %0, %0" : "+x"(sum), "=&x"(pairs) : "x"(a), "x"(b)); \
  } while (false)
#define BENCH_VPMADDUBSW(sum, a, b)                                                  \
  do {                                                                               \
    __m256i pairs;                                                                   \
    asm volatile("vpmaddubsw %3, %2, %1\n\tvpmaddwd %3, %1, %1\n\tvpaddd %1, %0, %0" \
                 : "+x"(sum), "=&x"(pairs)                                           \
                 : "x"(a), "x"(b));                                                  \
  } while (false)

QNN_TARGET_BEGIN("avx512f,avx512bw,avx512vl,avx512vnni")
BENCH_PEAK(vpdpbusd_512, __m512i, _mm512_setzero_si512(), _mm512_set1_epi8(1), BENCH_VPDPBUSD)
BENCH_PEAK(vpdpbusd_256, __m256i, _mm256_setzero_si256(), _mm256_set1_epi8(1), BENCH_VPDPBUSD)
BENCH_PEAK(vpdpwssd_512, __m512i, _mm512_setzero_si512(), _mm512_set1_epi8(1), BENCH_VPDPWSSD)
BENCH_PEAK(fma_512, __m512, _mm512_setzero_ps(), _mm512_set1_ps(1.0f), BENCH_VFMADD_512)
QNN_TARGET_END

QNN_TARGET_BEGIN("avx2,avxvnni")
BENCH_PEAK(avx_vpdpbusd_256, __m256i, _mm256_setzero_si256(), _mm256_set1_epi8(1), BENCH_AVX_VPDPBUSD)
BENCH_PEAK(avx_vpdpwssd_256, __m256i, _mm256_setzero_si256(), _mm256_set1_epi8(1), BENCH_AVX_VPDPWSSD)
QNN_TARGET_END

QNN_TARGET_BEGIN("avx2,fma")
BENCH_PEAK(vpmaddubsw_256, __m256i, _mm256_setzero_si256(), _mm256_set1_epi8(1), BENCH_VPMADDUBSW)
BENCH_PEAK(vpmaddwd_256, __m256i, _mm256_setzero_si256(), _mm256_set1_epi8(1), BENCH_VPMADDWD)
BENCH_PEAK(fma_256, __m256, _mm256_setzero_ps(), _mm256_set1_ps(1.0f), BENCH_VFMADD)
QNN_TARGET_END

#if defined(__linux__)
/// Four registers of sums, since there are eight in all.
QNN_TARGET_BEGIN("amx-tile,amx-int8")
void tdpbusd_1024() {
  using namespace qnn::kernels::amx;
  TileShapes shapes;
  for (std::size_t tile = 0; tile < 6; ++tile) {
    shapes.set(tile, 16, 64);
  }
  load_shapes(shapes);
  for (std::size_t i = 0; i < steps * sum_count / 4; ++i) {
    add_tile_products<std::uint8_t, 0, 4, 5>();
    add_tile_products<std::uint8_t, 1, 4, 5>();
    add_tile_products<std::uint8_t, 2, 4, 5>();
    add_tile_products<std::uint8_t, 3, 4, 5>();
  }
  release_tiles();
}
QNN_TARGET_END
#endif

#elif QNN_HAS_ARM_KERNELS

#define BENCH_SMLAL(sum, a, b) asm volatile("smlal %0.4s, %1.4h, %2.4h" : "+w"(sum) : "w"(a), "w"(b))
#define BENCH_FMLA(sum, a, b) asm volatile("fmla %0.4s, %1.4s, %2.4s" : "+w"(sum) : "w"(a), "w"(b))
#define BENCH_SDOT(sum, a, b) asm volatile("sdot %0.4s, %1.16b, %2.16b" : "+w"(sum) : "w"(a), "w"(b))

BENCH_PEAK(smlal_128, int32x4_t, vdupq_n_s32(0), vdupq_n_s32(1), BENCH_SMLAL)
BENCH_PEAK(fmla_128, float32x4_t, vdupq_n_f32(0), vdupq_n_f32(1), BENCH_FMLA)

// Compiled as kernels/neon_dotprod is, which says why.
#if defined(__clang__)
QNN_TARGET_BEGIN("dotprod")
#elif defined(__ARM_FEATURE_DOTPROD)
QNN_TARGET_BEGIN("+dotprod")
#else
QNN_TARGET_BEGIN("arch=armv8.2-a+dotprod")
#endif
BENCH_PEAK(sdot_128, int32x4_t, vdupq_n_s32(0), vdupq_n_s32(1), BENCH_SDOT)
QNN_TARGET_END

#endif

/// @param products multiply-accumulate operations of one instruction
[[maybe_unused]] void register_peak(const std::string& name, void (*function)(), Index products) {
  benchmark::RegisterBenchmark(name.c_str(), [function, products](benchmark::State& state) {
    for (auto _ : state) {
      function();
    }
    bench::count_multiplications(state, products * steps * static_cast<Index>(sum_count));
  });
}

void register_all() {
  using qnn::isa::Name, qnn::isa::is_supported;
#if QNN_HAS_X86_KERNELS
#if defined(__linux__)
  if (is_supported(Name::amx)) {
    register_peak("peak_i8/amx/1024", tdpbusd_1024, 16 * 16 * 64);
  }
#endif
  if (is_supported(Name::avx512vnni)) {
    register_peak("peak_i8/avx512vnni/512", vpdpbusd_512, 64);
    register_peak("peak_i8/avx512vnni/256", vpdpbusd_256, 32);
    register_peak("peak_i16/avx512vnni/512", vpdpwssd_512, 32);
    register_peak("peak_f32/avx512/512", fma_512, 16);
  }
  if (is_supported(Name::avxvnni)) {
    register_peak("peak_i8/avxvnni/256", avx_vpdpbusd_256, 32);
    register_peak("peak_i16/avxvnni/256", avx_vpdpwssd_256, 16);
  }
  if (is_supported(Name::avx2) && __builtin_cpu_supports("fma")) {
    register_peak("peak_i8/avx2/256", vpmaddubsw_256, 32);  // codes of seven bits
    register_peak("peak_i16/avx2/256", vpmaddwd_256, 16);
    register_peak("peak_f32/avx2/256", fma_256, 8);
  }
#elif QNN_HAS_ARM_KERNELS
  if (is_supported(Name::neon_dotprod)) {
    register_peak("peak_i8/neon_dotprod/128", sdot_128, 16);
  }
  register_peak("peak_i8/neon/128", smlal_128, 4);  // 8-bit codes widened to 16 bits
  register_peak("peak_i16/neon/128", smlal_128, 4);
  register_peak("peak_f32/neon/128", fmla_128, 4);
#endif
}

}  // namespace

int main(int argument_count, char** arguments) {
  register_all();
  return bench::run_registered(argument_count, arguments);
}
