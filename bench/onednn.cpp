// SPDX-License-Identifier: MIT
/// @file
/// oneDNN 2 does the same work: the layers and networks of gemm.cpp and networks.cpp, under the same names. One thread.
///
/// The comparison is at its best for oneDNN: it chooses all layouts but that of the input, weights are reordered before
/// the clock starts, ReLU is fused, 8-bit activations are unsigned with signed weights, each channel has its scale.
///
///   gemm_i8          sums out        gemm_i8_requant, mlp_i8, cnn_i8   codes in, codes out
///   gemm_f32         inner product   mlp_f32, cnn_f32                  floats in, floats out
///
/// `onednn` is the primitive inner_product, `onednn_matmul` the primitive matmul.
#include "architectures.hpp"
#include "common.hpp"

#include <dnnl.hpp>

#include <array>
#include <cmath>
#include <unordered_map>
#include <utility>

namespace {

using dnnl::memory;
using qnn::Index;
using Data = memory::data_type;
using Tag = memory::format_tag;
using Dims = memory::dims;

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

/// Types of inputs and outputs; weights are s8 where inputs are integers.
struct Types {
  Data in, out;
  bool is_integer() const { return in != Data::f32; }
  Data weights() const { return is_integer() ? Data::s8 : Data::f32; }
  Data bias() const { return is_integer() ? Data::s32 : Data::f32; }
  bool requantizes() const { return is_integer() && out != Data::s32; }
};
constexpr Types float_types{Data::f32, Data::f32}, product_types{Data::u8, Data::s32}, code_types{Data::u8, Data::u8};

void fill(const memory& values, std::uint64_t seed) {
  const auto bytes = static_cast<Index>(values.get_desc().get_size());
  if (values.get_desc().data_type() == Data::f32) {
    const auto random = bench::random_values<float>(bytes / 4, seed);
    std::copy(random.begin(), random.end(), static_cast<float*>(values.get_data_handle()));
  } else if (values.get_desc().data_type() == Data::s32) {
    std::fill_n(static_cast<std::int32_t*>(values.get_data_handle()), bytes / 4, 1000);
  } else {
    const auto random = bench::random_values<std::int8_t>(bytes, seed);
    std::copy(random.begin(), random.end(), static_cast<std::int8_t*>(values.get_data_handle()));
  }
}

/// Primitives in the order of their execution.
class Chain {
 public:
  explicit Chain(const memory::desc& input) : current_(input, engine()) { fill(current_, 1); }

  void run() {
    for (auto& [primitive, arguments] : steps_) {
      primitive.execute(stream_, arguments);
    }
    stream_.wait();
  }
  memory::desc shape() const { return current_.get_desc(); }

  /// A primitive with weights and bias. It reads the current tensor, reordered where it wants another layout.
  template <class Description>
  void add_linear(const Description& description, const Dims& weights, Tag plain, Data weight_type) {
    reorder_to(description.src_desc());
    memory original({weights, weight_type, plain}, engine());
    fill(original, 2);
    memory packed(description.weights_desc(), engine());
    dnnl::reorder(original, packed).execute(stream_, original, packed);
    stream_.wait();
    memory bias(description.bias_desc(), engine()), output(description.dst_desc(), engine());
    fill(bias, 3);
    add(typename PrimitiveOf<Description>::type(description), output,
        {{DNNL_ARG_WEIGHTS, packed}, {DNNL_ARG_BIAS, bias}});
  }
  /// A primitive with nothing but input and output.
  void add_plain(const dnnl::primitive& primitive, const memory::desc& output) {
    add(primitive, {output, engine()}, {});
  }
  void reorder_to(const memory::desc& wanted) {
    if (wanted != shape()) {
      const memory output(wanted, engine());
      add(dnnl::reorder(current_, output), output, {});
    }
  }

 private:
  template <class Description>
  struct PrimitiveOf;
  using Arguments = std::unordered_map<int, memory>;

  void add(const dnnl::primitive& primitive, const memory& output, Arguments arguments) {
    arguments.insert({{DNNL_ARG_SRC, current_}, {DNNL_ARG_DST, output}});
    steps_.emplace_back(primitive, std::move(arguments));
    current_ = output;
  }

  dnnl::stream stream_{engine()};
  memory current_;
  std::vector<std::pair<dnnl::primitive, Arguments>> steps_;
};
template <>
struct Chain::PrimitiveOf<dnnl::inner_product_forward::primitive_desc> {
  using type = dnnl::inner_product_forward;
};
template <>
struct Chain::PrimitiveOf<dnnl::matmul::primitive_desc> {
  using type = dnnl::matmul;
};
template <>
struct Chain::PrimitiveOf<dnnl::convolution_forward::primitive_desc> {
  using type = dnnl::convolution_forward;
};

/// What is fused to a linear layer of `channels` outputs: a scale for each channel, ReLU.
dnnl::primitive_attr fused(Types types, bool relu, Index channels, Index fan_in) {
  dnnl::primitive_attr attributes;
  if (types.requantizes()) {
    const float scale = 1.0f / (64.0f * std::sqrt(static_cast<float>(fan_in)));
    attributes.set_output_scales(1 << 1, std::vector<float>(static_cast<std::size_t>(channels), scale));
  }
  if (relu) {
    dnnl::post_ops operations;
    operations.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
    attributes.set_post_ops(operations);
  }
  return attributes;
}

void add_dense(Chain& chain, Types types, Index units, bool relu) {
  const Dims in = chain.shape().dims();
  Dims weights = in;
  weights[0] = units;
  const bool flat = in.size() == 2;
  const Index fan_in = flat ? in[1] : in[1] * in[2] * in[3];
  const dnnl::inner_product_forward::desc description(
      dnnl::prop_kind::forward_inference, memory::desc(in, types.in, flat ? Tag::nc : Tag::any),
      memory::desc(weights, types.weights(), Tag::any), memory::desc({units}, types.bias(), Tag::x),
      memory::desc({in[0], units}, types.out, Tag::nc));
  chain.add_linear(
      dnnl::inner_product_forward::primitive_desc(description, fused(types, relu, units, fan_in), engine()), weights,
      flat ? Tag::oi : Tag::ohwi, types.weights());
}

void add_matmul(Chain& chain, Types types, Index units) {
  const Dims in = chain.shape().dims();
  const Dims weights{in[1], units};
  const dnnl::matmul::desc description(chain.shape(), memory::desc(weights, types.weights(), Tag::any),
                                       memory::desc({1, units}, types.bias(), Tag::ab),
                                       memory::desc({in[0], units}, types.out, Tag::ab));
  chain.add_linear(dnnl::matmul::primitive_desc(description, fused(types, false, units, in[1]), engine()), weights,
                   Tag::ba, types.weights());
}

/// 3x3, padded to the size of its input.
void add_convolution(Chain& chain, Types types, Index channels) {
  const Dims in = chain.shape().dims(), weights{channels, in[1], 3, 3}, one{1, 1};
  const dnnl::convolution_forward::desc description(
      dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct,
      memory::desc(in, types.in, in[1] == 1 ? Tag::nhwc : Tag::any), memory::desc(weights, types.weights(), Tag::any),
      memory::desc({channels}, types.bias(), Tag::x),
      memory::desc({in[0], channels, in[2], in[3]}, types.out, Tag::any), one, one, one);
  chain.add_linear(
      dnnl::convolution_forward::primitive_desc(description, fused(types, true, channels, 9 * in[1]), engine()),
      weights, Tag::oihw, types.weights());
}

void add_max_pool(Chain& chain) {
  const memory::desc in = chain.shape();
  const Dims dims = in.dims(), two{2, 2}, none{0, 0};
  const dnnl::pooling_forward::desc description(
      dnnl::prop_kind::forward_inference, dnnl::algorithm::pooling_max, in,
      memory::desc({dims[0], dims[1], dims[2] / 2, dims[3] / 2}, in.data_type(), Tag::any), two, two, none, none);
  const dnnl::pooling_forward::primitive_desc primitive(description, engine());
  chain.add_plain(dnnl::pooling_forward(primitive), primitive.dst_desc());
}

Chain mlp(Types types, Index batch) {
  Chain chain({{batch, 784}, types.in, Tag::nc});
  add_dense(chain, types, 128, true);
  add_dense(chain, types, 64, true);
  add_dense(chain, types, 10, false);
  return chain;
}

Chain cnn(Types types, Index batch) {
  Chain chain({{batch, 1, 28, 28}, types.in, Tag::nhwc});
  add_convolution(chain, types, 32);
  add_max_pool(chain);
  add_convolution(chain, types, 64);
  add_max_pool(chain);
  add_dense(chain, types, 128, true);
  add_dense(chain, types, 10, false);
  return chain;
}

Chain product(Types types, Index m, Index n, Index k) {
  Chain chain({{m, k}, types.in, Tag::nc});
  add_dense(chain, types, n, false);
  return chain;
}
Chain matrix_product(Types types, Index m, Index n, Index k) {
  Chain chain({{m, k}, types.in, Tag::ab});
  add_matmul(chain, types, n);
  return chain;
}

/// @param make () -> Chain, called when the benchmark runs
template <class Make>
void add(const std::string& name, Index multiplications, Make make) {
  benchmark::RegisterBenchmark(name.c_str(), [make, multiplications](benchmark::State& state) {
    try {
      Chain chain = make();
      bench::measure(state, [&] { chain.run(); });
      bench::count_multiplications(state, multiplications);
    } catch (const dnnl::error& error) {
      state.SkipWithError(error.what());
    }
  });
}

void register_products(const std::string& workload, Types types) {
  constexpr std::array<std::array<Index, 3>, 7> shapes{{{1, 128, 784},
                                                        {1, 1024, 1024},
                                                        {64, 128, 784},
                                                        {64, 1024, 1024},
                                                        {256, 256, 256},
                                                        {1024, 1024, 1024},
                                                        {3136, 64, 576}}};
  for (const auto [m, n, k] : shapes) {
    const std::string shape = std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k);
    add(bench::name(workload, "onednn", shape), m * n * k,
        [=, m = m, n = n, k = k] { return product(types, m, n, k); });
    add(bench::name(workload, "onednn_matmul", shape), m * n * k,
        [=, m = m, n = n, k = k] { return matrix_product(types, m, n, k); });
  }
}

void register_networks(const std::string& suffix, Types types) {
  for (const Index batch : {Index{1}, Index{64}}) {
    const auto name = [&](const std::string& network) {
      return bench::name(network + suffix, "onednn", std::to_string(batch));
    };
    add(name("mlp"), batch * qnn::multiply_accumulates<bench::Mlp>, [=] { return mlp(types, batch); });
    add(name("cnn"), batch * qnn::multiply_accumulates<bench::Cnn>, [=] { return cnn(types, batch); });
  }
}

}  // namespace

int main(int argument_count, char** arguments) {
  register_products("gemm_f32", float_types);
  register_products("gemm_i8", product_types);
  register_products("gemm_i8_requant", code_types);
  register_networks("_f32", float_types);
  register_networks("_i8", code_types);
  return bench::run_registered(argument_count, arguments);
}
