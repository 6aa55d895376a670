// SPDX-License-Identifier: MIT
/// @file
/// The matrix product behind every linear layer, y (m, n) = x (m, k) w (n, k)^T, by each implementation. One thread.
///
///   gemm_f32           Eigen, as layers call it
///   gemm_i8, gemm_i16  the product alone: codes in, sums out (qnn's kernels keep the lowest bits of a sum, which costs
///                      nothing; Eigen, which has no such kernel, casts and multiplies wide integers)
///   ..._requant        the layer's work: bias, multiplier, rounding and clamping of each sum as well
///
/// Implementations: `reference` the loops that define the result, `portable` the same for compilers to vectorize, `qnn`
/// what networks run on this machine.
#include "common.hpp"

#include "qnn/kernels/eigen/gemm.hpp"
#include "qnn/kernels/linear.hpp"

#include <array>
#include <cmath>

namespace {

using qnn::Index, qnn::Shape;

/// A dense layer of N outputs and K inputs with random codes. Its output scale spreads the sums over the codes.
template <class P, Index K, Index N>
struct Layer : qnn::QuantizedLinear<P, Shape<N, K>> {
  Layer() {
    const auto codes = bench::random_values<typename P::weights::code>(N * K, 2);
    std::copy(codes.begin(), codes.end(), this->weight.codes().begin());
    const double deviation =
        std::sqrt(static_cast<double>(K) / 9) * P::activation_codes.highest * P::activation_codes.highest;
    this->prepare({1.0f}, {static_cast<float>(4 * deviation / P::activation_codes.highest)}, {});
  }
};

/// The same layer without all that comes after the product.
template <class P, Index K, Index N>
struct ProductOnly : Layer<P, K, N> {
  using Accumulator = typename P::accumulator;
  constexpr typename P::activation finish(Accumulator sum, Accumulator /*input_sum*/, Index /*channel*/) const {
    return static_cast<typename P::activation>(sum);
  }
};

// Kernels as types, so that one benchmark runs them all.
struct Reference {
  static constexpr auto name = "reference";
  static void run(const auto& layer, auto x, auto y) { qnn::kernels::reference::dense(layer, x, y); }
};
struct Portable {
  static constexpr auto name = "portable";
  static void run(const auto& layer, auto x, auto y) { qnn::kernels::portable::dense(layer, x, y); }
};
struct Dispatched {
  static constexpr auto name = "qnn";
  static void run(const auto& layer, auto x, auto y) { qnn::kernels::dense(layer, x, y); }
};

template <class Kernel, class LayerType, class Code, Index K, Index N>
void integer_kernel(benchmark::State& state, Index m) {
  const auto layer = std::make_unique<LayerType>();
  const auto x = bench::random_values<Code>(m * K, 1);
  qnn::AlignedVector<Code> y(static_cast<std::size_t>(m * N));
  for (auto _ : state) {
    Kernel::run(*layer, qnn::Batch<const Code, Shape<K>>(x.data(), m), qnn::Batch<Code, Shape<N>>(y.data(), m));
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  bench::count_multiplications(state, m * N * K);
}

/// Eigen on integers as wide as the sums: the product that one would write without a library for it.
template <class P>
void eigen_cast(benchmark::State& state, Index m, Index k, Index n) {
  using Accumulator = typename P::accumulator;
  using Codes = Eigen::Matrix<typename P::activation, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto x_values = bench::random_values<typename P::activation>(m * k, 1);
  const auto w_values = bench::random_values<typename P::activation>(n * k, 2);
  const Eigen::Map<const Codes> x(x_values.data(), m, k), w(w_values.data(), n, k);
  Eigen::Matrix<Accumulator, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> y(m, n);
  for (auto _ : state) {
    y.noalias() = x.template cast<Accumulator>() * w.template cast<Accumulator>().transpose();
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  bench::count_multiplications(state, m * n * k);
}

void eigen_float(benchmark::State& state, Index m, Index k, Index n) {
  const auto x = bench::random_values<float>(m * k, 1), w = bench::random_values<float>(n * k, 2);
  qnn::AlignedVector<float> y(static_cast<std::size_t>(m * n));
  for (auto _ : state) {
    qnn::kernels::eigen::multiply_transposed({x.data(), m, k}, {w.data(), n, k}, {y.data(), m, n});
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  bench::count_multiplications(state, m * n * k);
}

template <class P, Index K, Index N, class... Kernels>
void register_integers(Index m, const std::string& shape) {
  using Code = typename P::activation;
  const std::string workload = std::string("gemm") + bench::suffix<P>;
  const auto add = [&](const std::string& name, auto* function) {
    benchmark::RegisterBenchmark(name.c_str(), function, m);
  };
  (add(bench::name(workload, Kernels::name, shape), integer_kernel<Kernels, ProductOnly<P, K, N>, Code, K, N>), ...);
  benchmark::RegisterBenchmark(bench::name(workload, "eigen", shape).c_str(), eigen_cast<P>, m, K, N);
  (add(bench::name(workload + "_requant", Kernels::name, shape), integer_kernel<Kernels, Layer<P, K, N>, Code, K, N>),
   ...);
}

template <Index M, Index K, Index N>
void register_shape() {
  const std::string shape = std::to_string(M) + "x" + std::to_string(K) + "x" + std::to_string(N);
  benchmark::RegisterBenchmark(bench::name("gemm_f32", "eigen", shape).c_str(), eigen_float, M, K, N);
  register_integers<qnn::Int8<>, K, N, Reference, Portable, Dispatched>(M, shape);
  register_integers<qnn::Int16<>, K, N, Reference, Portable, Dispatched>(M, shape);
}

}  // namespace

int main(int argument_count, char** arguments) {
  register_shape<1, 784, 128>();   // a dense layer, one example
  register_shape<64, 784, 128>();  // the same, a batch
  register_shape<196, 288, 64>();  // a convolution, 3x3x32 to 64 channels, lowered from 14x14 pixels
  return bench::run_registered(argument_count, arguments);
}
