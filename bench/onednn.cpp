// SPDX-License-Identifier: MIT
/// @file
/// oneDNN 2 does the same work: the layers and networks of gemm.cpp and networks.cpp, under the same names. One thread.
///
/// The comparison is at its best for oneDNN: it chooses all layouts but that of the input, weights are reordered before
/// the clock starts, ReLU and the sum of a residual block are fused, 8-bit activations are unsigned with signed
/// weights, each channel has its scale.
///
///   gemm_i8          sums out        gemm_i8_requant, mlp_i8, cnn_i8, resnet8_i8   codes in, codes out
///   gemm_f32         inner product   mlp_f32, cnn_f32, resnet8_f32                 floats in, floats out
///
/// `onednn` is the primitive inner_product, `onednn_matmul` the primitive matmul.
#include "architectures.hpp"
#include "common.hpp"

#include <dnnl.hpp>

#include <cmath>
#include <span>
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
  Data signed_out() const { return is_integer() ? Data::s8 : Data::f32; }  // where no ReLU follows
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

/// Whether an output can be that of a network at work: finite, and not the same everywhere.
template <class T>
bool is_plausible(const memory& output) {
  const auto count = output.get_desc().get_size() / sizeof(T);
  const std::span<const T> values(static_cast<const T*>(output.get_data_handle()), count);
  return std::all_of(values.begin(), values.end(), [](T value) { return std::isfinite(static_cast<double>(value)); }) &&
         std::any_of(values.begin(), values.end(), [&](T value) { return value != values.front(); });
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
  memory value() const { return current_; }
  /// What is added next reads a value from before: a branch.
  void continue_from(const memory& value) { current_ = value; }

  bool has_plausible_output() const {
    switch (shape().data_type()) {
      case Data::f32:
        return is_plausible<float>(current_);
      case Data::s32:
        return is_plausible<std::int32_t>(current_);
      default:
        return is_plausible<std::uint8_t>(current_);
    }
  }

  /// A primitive with weights and bias. It reads the current tensor, reordered where it wants another layout, and
  /// writes over `addend` where there is one.
  template <class Description>
  void add_linear(const Description& description, const Dims& weights, Tag plain, Data weight_type,
                  const memory* addend = nullptr) {
    reorder_to(description.src_desc());
    memory original({weights, weight_type, plain}, engine());
    fill(original, 2);
    memory packed(description.weights_desc(), engine());
    dnnl::reorder(original, packed).execute(stream_, original, packed);
    stream_.wait();
    memory bias(description.bias_desc(), engine());
    fill(bias, 3);
    const memory output = addend == nullptr ? memory(description.dst_desc(), engine())
                                            : memory(description.dst_desc(), engine(), addend->get_data_handle());
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

/// What is fused to a linear layer of `channels` outputs: a scale for each channel, the sum with what stands in the
/// output's memory, ReLU.
dnnl::primitive_attr fused(Types types, bool relu, Index channels, Index fan_in, const memory* addend = nullptr) {
  dnnl::primitive_attr attributes;
  if (types.requantizes()) {
    const float scale = 1.0f / (64.0f * std::sqrt(static_cast<float>(fan_in)));
    attributes.set_output_scales(1 << 1, std::vector<float>(static_cast<std::size_t>(channels), scale));
  }
  dnnl::post_ops operations;
  if (addend != nullptr) {
    operations.append_sum(types.requantizes() ? 0.7f : 1.0f, addend->get_desc().data_type());
  }
  if (relu) {
    operations.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
  }
  attributes.set_post_ops(operations);
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

/// Padded so that only the stride makes the image smaller; the odd row of padding goes below, the odd column right.
struct Convolution {
  Index channels;
  Index kernel = 3, stride = 1;
  bool relu = true;
};

/// @param addend is added before ReLU and written over: the output takes its layout
void add_convolution(Chain& chain, Types types, const Convolution& layer, const memory* addend = nullptr) {
  const Dims in = chain.shape().dims(), weights{layer.channels, in[1], layer.kernel, layer.kernel};
  const Dims stride{layer.stride, layer.stride};
  Dims out{in[0], layer.channels, 0, 0}, before(2), after(2);
  for (std::size_t i = 0; i < 2; ++i) {
    out[i + 2] = (in[i + 2] + layer.stride - 1) / layer.stride;
    const Index padding = std::max(Index{0}, (out[i + 2] - 1) * layer.stride + layer.kernel - in[i + 2]);
    before[i] = padding / 2;
    after[i] = padding - before[i];
  }
  const Data type = layer.relu ? types.out : types.signed_out();
  memory::desc output(out, type, Tag::any);
  if (addend != nullptr) {
    output = addend->get_desc();
    output.data.data_type = memory::convert_to_c(type);
  }
  const dnnl::convolution_forward::desc description(
      dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct,
      memory::desc(in, types.in, in[1] == 1 ? Tag::nhwc : Tag::any), memory::desc(weights, types.weights(), Tag::any),
      memory::desc({layer.channels}, types.bias(), Tag::x), output, stride, before, after);
  const Index fan_in = in[1] * layer.kernel * layer.kernel;
  chain.add_linear(dnnl::convolution_forward::primitive_desc(
                       description, fused(types, layer.relu, layer.channels, fan_in, addend), engine()),
                   weights, Tag::oihw, types.weights(), addend);
}

/// The residual block of ResNet-8; where it strides, the shortcut is a projection.
void add_block(Chain& chain, Types types, Index channels, Index stride) {
  const memory input = chain.value();
  if (stride > 1) {
    add_convolution(chain, types, {.channels = channels, .kernel = 1, .stride = stride, .relu = false});
  }
  const memory shortcut = chain.value();
  chain.continue_from(input);
  add_convolution(chain, types, {.channels = channels, .stride = stride});
  add_convolution(chain, types, {.channels = channels}, &shortcut);
}

/// Pools windows of `size` x `size` that touch one another.
void add_pool(Chain& chain, dnnl::algorithm algorithm, Index size) {
  const memory::desc in = chain.shape();
  const Dims dims = in.dims(), window{size, size}, none{0, 0};
  const dnnl::pooling_forward::desc description(
      dnnl::prop_kind::forward_inference, algorithm, in,
      memory::desc({dims[0], dims[1], dims[2] / size, dims[3] / size}, in.data_type(), Tag::any), window, window, none,
      none);
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
  add_convolution(chain, types, {.channels = 32});
  add_pool(chain, dnnl::algorithm::pooling_max, 2);
  add_convolution(chain, types, {.channels = 64});
  add_pool(chain, dnnl::algorithm::pooling_max, 2);
  add_dense(chain, types, 128, true);
  add_dense(chain, types, 10, false);
  return chain;
}

Chain resnet8(Types types, Index batch) {
  Chain chain({{batch, 3, 32, 32}, types.in, Tag::nhwc});
  add_convolution(chain, types, {.channels = 16});
  add_block(chain, types, 16, 1);
  add_block(chain, types, 32, 2);
  add_block(chain, types, 64, 2);
  add_pool(chain, dnnl::algorithm::pooling_avg_exclude_padding, 8);
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
      if (!chain.has_plausible_output()) {
        state.SkipWithError("its output is constant or not finite");
      }
    } catch (const dnnl::error& error) {
      state.SkipWithError(error.what());
    }
  });
}

void register_products(const std::string& workload, Types types) {
  for (const auto [m, n, k] : bench::gemm_shapes) {
    const std::string shape = bench::gemm_shape_text(m, n, k);
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
    add(name("resnet8"), batch * qnn::multiply_accumulates<bench::ResNet8>, [=] { return resnet8(types, batch); });
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
