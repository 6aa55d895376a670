// SPDX-License-Identifier: MIT
/// @file
/// The matrix product behind every linear layer, y (m, n) = x (m, k) w (n, k)^T, by each implementation. Shapes are
/// written MxNxK.
///
///   gemm_f32           as layers call it: kernels of qnn on x86, elsewhere Eigen
///   gemm_i8, gemm_i16  the product alone: codes in, sums out (where the loops of qnn keep the lowest bits of a sum,
///                      which costs nothing; Eigen, which has no such kernel, casts and multiplies wide integers)
///   ..._requant        the layer's work: bias, multiplier, rounding and clamping of each sum as well
///
/// The implementation is `qnn`, or what QNN_ISA forces: `reference` the loops that define the result, `portable` the
/// same for compilers to vectorize, or an instruction set. Vector kernels know no product alone: what they do in the
/// rows without `_requant` is the work of the layer.
#include "common.hpp"

#include "qnn/kernels/gemm.hpp"
#include "qnn/kernels/linear.hpp"

#include <cmath>

namespace {

using qnn::Index, qnn::Shape;

/// Multiply-accumulate operations beyond which the slow implementations are left out.
constexpr Index largest_for_plain_loops = 20'000'000;
template <class P>
constexpr Index largest_for_wide_integers = sizeof(typename P::activation) == 1 ? 2'000'000'000 : 200'000'000;

/// A dense layer of N outputs and K inputs with random codes. Its output scale spreads the sums over the codes.
template <class P, Index N, Index K>
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
template <class P, Index N, Index K>
struct ProductOnly : Layer<P, N, K> {
  using Accumulator = typename P::accumulator;
  constexpr typename P::activation finish(Accumulator sum, Accumulator /*input_sum*/, Index /*channel*/) const {
    return static_cast<typename P::activation>(sum);
  }
};

template <class P, class Linear, Index N, Index K>
void integer_layer(benchmark::State& state, Index m) {
  using Code = typename P::activation;
  static const auto layer = std::make_unique<Linear>();
  const auto x = bench::random_values<Code>(m * K, 1);
  qnn::AlignedVector<Code> y(static_cast<std::size_t>(m * N));
  qnn::AlignedVector<Code> scratch(static_cast<std::size_t>(qnn::kernels::dense_scratch<Linear>(m)));
  const qnn::Batch<const Code, Shape<K>> input(x.data(), m);
  const qnn::Batch<Code, Shape<N>> output(y.data(), m);
  bench::measure(state, [&] {
    qnn::kernels::dense(*layer, input, output, scratch.data());
    benchmark::DoNotOptimize(y.data());
  });
  bench::count_multiplications(state, m * N * K);
}

/// Eigen on integers as wide as the sums: the product that one would write without a library for it.
template <class P>
void eigen_cast(benchmark::State& state, Index m, Index n, Index k) {
  using Accumulator = typename P::accumulator;
  using Codes = Eigen::Matrix<typename P::activation, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto x_values = bench::random_values<typename P::activation>(m * k, 1);
  const auto w_values = bench::random_values<typename P::activation>(n * k, 2);
  const Eigen::Map<const Codes> x(x_values.data(), m, k), w(w_values.data(), n, k);
  Eigen::Matrix<Accumulator, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> y(m, n);
  bench::measure(state, [&] {
    y.noalias() = x.template cast<Accumulator>() * w.template cast<Accumulator>().transpose();
    benchmark::DoNotOptimize(y.data());
  });
  bench::count_multiplications(state, m * n * k);
}

/// The float32 product of the Dense layer.
void float_product(benchmark::State& state, Index m, Index n, Index k) {
  const auto x = bench::random_values<float>(m * k, 1), w = bench::random_values<float>(n * k, 2);
  qnn::AlignedVector<float> y(static_cast<std::size_t>(m * n));
  bench::measure(state, [&] {
    qnn::kernels::multiply_transposed({x.data(), m, k}, {w.data(), n, k}, nullptr, {}, {y.data(), m, n});
    benchmark::DoNotOptimize(y.data());
  });
  bench::count_multiplications(state, m * n * k);
}

/// The same as an expression of Eigen, which is free to allocate.
void eigen_float(benchmark::State& state, Index m, Index n, Index k) {
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto x_values = bench::random_values<float>(m * k, 1), w_values = bench::random_values<float>(n * k, 2);
  const Eigen::Map<const Matrix> x(x_values.data(), m, k), w(w_values.data(), n, k);
  Matrix y(m, n);
  bench::measure(state, [&] {
    y.noalias() = x * w.transpose();
    benchmark::DoNotOptimize(y.data());
  });
  bench::count_multiplications(state, m * n * k);
}

template <class P, Index N, Index K>
void register_integers(Index m, const std::string& shape) {
  const std::string workload = std::string("gemm") + bench::suffix<P>;
  const auto add = [&](const std::string& name, const std::string& implementation, auto* function, auto... arguments) {
    benchmark::RegisterBenchmark(bench::name(name, implementation, shape).c_str(), function, m, arguments...);
  };
  if (!bench::runs_plain_loops() || m * N * K <= largest_for_plain_loops) {
    add(workload, bench::implementation(), integer_layer<P, ProductOnly<P, N, K>, N, K>);
    add(workload + "_requant", bench::implementation(), integer_layer<P, Layer<P, N, K>, N, K>);
  }
  if (bench::forced_isa().empty() && m * N * K <= largest_for_wide_integers<P>) {
    add(workload, "eigen_cast", eigen_cast<P>, N, K);
  }
}

template <Index N, Index K>
void register_shape(Index m) {
  const std::string shape = bench::gemm_shape_text(m, N, K);
  if (!bench::runs_plain_loops()) {  // floats have none
    benchmark::RegisterBenchmark(bench::name("gemm_f32", bench::implementation(), shape).c_str(), float_product, m, N,
                                 K);
  }
  if (bench::forced_isa().empty()) {
    benchmark::RegisterBenchmark(bench::name("gemm_f32", "eigen", shape).c_str(), eigen_float, m, N, K);
  }
  register_integers<qnn::Int8<>, N, K>(m, shape);
  register_integers<qnn::Int16<>, N, K>(m, shape);
}

}  // namespace

int main(int argument_count, char** arguments) {
  register_shape<128, 784>(1);     // a dense layer, one example
  register_shape<1024, 1024>(1);   // the same, larger than the nearest cache
  register_shape<128, 784>(64);    // a batch
  register_shape<1024, 1024>(64);  //
  register_shape<256, 256>(256);
  register_shape<1024, 1024>(1024);
  register_shape<64, 576>(3136);  // a convolution, 3x3x64 to 64 channels, lowered from 56x56 pixels
  return bench::run_registered(argument_count, arguments);
}
