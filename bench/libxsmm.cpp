// SPDX-License-Identifier: MIT
/// @file
/// LIBXSMM does the products of gemm.cpp, under the same names: kernels that it compiles at run time for blocks of 64
/// examples and 64 outputs, over the whole depth. One thread. Weights are packed before the clock starts.
///
///   gemm_f32           floats in, floats out
///   gemm_i8, gemm_i16  the product alone: codes in, sums of 32 bits out. 8-bit activations are unsigned
///
/// The implementation is `libxsmm`, and `libxsmm_sums32` for 16-bit codes: few products of large codes overflow its
/// sums, which those of qnn do not.
#include "common.hpp"

#include <libxsmm.h>

#include <algorithm>
#include <cmath>

namespace {

using qnn::Index;
using Size = libxsmm_blasint;

constexpr Index block = 64;  // divides the outputs of all shapes, and their examples unless there is one

/// What a kernel multiplies, how many neighbours of the depth lie together in packed weights (`step`), and the function
/// of LIBXSMM that makes the kernel.
struct Floats {
  using Weight = float;
  using Activation = float;
  using Sum = float;
  using Kernel = libxsmm_smmfunction;
  static constexpr Index step = 1;
  static constexpr int flags = LIBXSMM_GEMM_FLAG_NONE;
  static constexpr auto make = libxsmm_smmdispatch;
};
struct Bytes {
  using Weight = char;  // LIBXSMM's name of a signed one
  using Activation = unsigned char;
  using Sum = int;
  using Kernel = libxsmm_subimmfunction;
  static constexpr Index step = 4;
  static constexpr int flags = LIBXSMM_GEMM_FLAG_VNNI_A;
  static constexpr auto make = libxsmm_subimmdispatch;
};
struct Words {
  using Weight = short;
  using Activation = short;
  using Sum = int;
  using Kernel = libxsmm_wimmfunction;
  static constexpr Index step = 2;
  static constexpr int flags = LIBXSMM_GEMM_FLAG_VNNI_A;
  static constexpr auto make = libxsmm_wimmdispatch;
};

/// Floats in [-1, 1), or codes up to 100 of either sign: sums of 16-bit codes do not overflow either, so that they can
/// be checked.
template <class T>
qnn::AlignedVector<T> values(Index count, std::uint64_t seed) {
  if constexpr (std::is_same_v<T, float>) {
    return bench::random_values<float>(count, seed);
  } else {
    qnn::AlignedVector<T> codes(static_cast<std::size_t>(count));
    qnn::Random random(seed);
    constexpr Index lowest = std::is_unsigned_v<T> ? 0 : -100;
    std::generate(codes.begin(), codes.end(), [&] { return static_cast<T>(lowest + random.below(101 - lowest)); });
    return codes;
  }
}

/// y (m, n) = x (m, k) w (n, k)^T.
template <class Numbers>
class Product {
 public:
  Product(Index m, Index n, Index k)
      : m_(m),
        n_(n),
        k_(k),
        x_(values<typename Numbers::Activation>(m * k, 1)),
        w_(values<Weight>(n * k, 2)),
        packed_(w_.size()),
        y_(static_cast<std::size_t>(m * n)) {
    pack();
    // Matrices are columns to LIBXSMM: weights stand on the left.
    const Size outputs = block, examples = static_cast<Size>(std::min(m, block)), depth = static_cast<Size>(k),
               row_of_y = static_cast<Size>(n);
    const Sum one = 1, none = 0;
    kernel_ =
        Numbers::make(outputs, examples, depth, &outputs, &depth, &row_of_y, &one, &none, &Numbers::flags, nullptr);
  }

  bool has_kernel() const { return kernel_ != nullptr; }

  void run() {
    for (Index row = 0; row < m_; row += block) {
      for (Index column = 0; column < n_; column += block) {
        kernel_(packed_.data() + column * k_, x_.data() + row * k_, y_.data() + row * n_ + column);
      }
    }
    benchmark::DoNotOptimize(y_.data());
  }

  /// Whether the last sum is right, as it is only where blocks and packing are what the kernel takes them for.
  bool is_right() const {
    double sum = 0;
    for (Index i = 0; i < k_; ++i) {
      sum += static_cast<double>(at(x_, (m_ - 1) * k_ + i)) * static_cast<double>(at(w_, (n_ - 1) * k_ + i));
    }
    return std::abs(sum - static_cast<double>(y_.back())) <= 1e-5 * static_cast<double>(k_);
  }

 private:
  using Weight = typename Numbers::Weight;
  using Sum = typename Numbers::Sum;

  template <class Vector>
  static auto& at(Vector& vector, Index i) {
    return vector[static_cast<std::size_t>(i)];
  }

  /// Blocks of outputs after one another; in a block, for each step of the depth, all outputs.
  void pack() {
    constexpr Index step = Numbers::step;
    for (Index output = 0; output < n_; ++output) {
      for (Index i = 0; i < k_; ++i) {
        const Index first = output / block * block * k_;
        at(packed_, first + (i / step * block + output % block) * step + i % step) = at(w_, output * k_ + i);
      }
    }
  }

  Index m_, n_, k_;
  qnn::AlignedVector<typename Numbers::Activation> x_;
  qnn::AlignedVector<Weight> w_, packed_;
  qnn::AlignedVector<Sum> y_;
  typename Numbers::Kernel kernel_;
};

template <class Numbers>
void run(benchmark::State& state, Index m, Index n, Index k) {
  Product<Numbers> product(m, n, k);
  if (!product.has_kernel()) {
    state.SkipWithError("no kernel for this processor");
    return;
  }
  bench::measure(state, [&] { product.run(); });
  bench::count_multiplications(state, m * n * k);
  if (!product.is_right()) {
    state.SkipWithError("its sums are wrong");
  }
}

}  // namespace

int main(int argument_count, char** arguments) {
  for (const auto& [m, n, k] : bench::gemm_shapes) {
    const auto add = [m = m, n = n, k = k](const std::string& workload, const std::string& implementation,
                                           auto* function) {
      const std::string shape = bench::gemm_shape_text(m, n, k);
      benchmark::RegisterBenchmark(bench::name(workload, implementation, shape).c_str(), function, m, n, k);
    };
    add("gemm_f32", "libxsmm", run<Floats>);
    add("gemm_i8", "libxsmm", run<Bytes>);
    add("gemm_i16", "libxsmm_sums32", run<Words>);
  }
  return bench::run_registered(argument_count, arguments);
}
