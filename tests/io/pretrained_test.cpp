// SPDX-License-Identifier: MIT
/// @file
/// Weights of other frameworks: layouts, names, epsilons; what does not fit is said all at once and changes nothing.
#include "qnn/io/pretrained.hpp"

#include "npz_fixtures.hpp"
#include "qnn/evaluation/predict.hpp"
#include "qnn/io/npz.hpp"
#include "qnn/io/read_safetensors.hpp"
#include "qnn/layers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <numeric>
#include <span>

namespace pretrained_test {

using namespace qnn;
using namespace fixtures;

namespace {

using Floats = std::vector<float>;
using Names = std::vector<std::string>;

/// first, first + 1, ...
FloatTensor counted(std::vector<Index> shape, float first = 0) {
  FloatTensor tensor{std::move(shape), {}};
  const Index size = std::accumulate(tensor.shape.begin(), tensor.shape.end(), Index{1}, std::multiplies<>());
  for (Index i = 0; i < size; ++i) {
    tensor.values.push_back(first + static_cast<float>(i));
  }
  return tensor;
}

/// Tensors under the names "0", "1", ...
FloatTensors numbered(std::initializer_list<FloatTensor> tensors) {
  FloatTensors result;
  for (const FloatTensor& tensor : tensors) {
    result.tensors.emplace(std::to_string(result.tensors.size()), tensor);
  }
  return result;
}

template <class Architecture>
Floats loaded(const FloatTensors& file, const WeightNaming& naming) {
  Network<Architecture, Float32> network;
  load_pretrained(network, file, naming);
  return {network.parameters().begin(), network.parameters().end()};
}

/// Element [a][b][c][d] of a tensor.
float at(const FloatTensor& tensor, Index a, Index b, Index c, Index d) {
  return tensor
      .values[static_cast<std::size_t>(((a * tensor.shape[1] + b) * tensor.shape[2] + c) * tensor.shape[3] + d)];
}

using Conv = Sequential<Input<5, 5, 3>, Conv2d<4, Kernel<2, 3>, NoBias>>;
using Depthwise = Sequential<Input<5, 5, 3>, Conv2d<6, Kernel<2>, Groups<3>, NoBias>>;

}  // namespace

TEST_CASE("pretrained: convolutions are transposed from each layout") {
  const FloatTensor pytorch = counted({4, 3, 2, 3}), keras = counted({2, 3, 3, 4}), own = counted({4, 2, 3, 3});
  const Floats from_pytorch = loaded<Conv>(numbered({pytorch}), {.layout = Layout::pytorch, .tensors = {"0"}});
  const Floats from_keras = loaded<Conv>(numbered({keras}), {.layout = Layout::keras, .tensors = {"0"}});
  std::size_t position = 0;
  for (Index o = 0; o < 4; ++o) {
    for (Index row = 0; row < 2; ++row) {
      for (Index column = 0; column < 3; ++column) {
        for (Index k = 0; k < 3; ++k, ++position) {
          CHECK(from_pytorch[position] == at(pytorch, o, k, row, column));
          CHECK(from_keras[position] == at(keras, row, column, k, o));
        }
      }
    }
  }
  CHECK(loaded<Conv>(numbered({own}), {.layout = Layout::qnn, .tensors = {"0"}}) == own.values);
}

TEST_CASE("pretrained: depthwise convolutions, also as Keras lays them out") {
  const FloatTensor pytorch = counted({6, 1, 2, 2}), keras = counted({2, 2, 3, 2});
  CHECK(loaded<Depthwise>(numbered({pytorch}), {.layout = Layout::pytorch, .tensors = {"0"}}) == pytorch.values);
  const Floats found = loaded<Depthwise>(numbered({keras}), {.layout = Layout::keras, .tensors = {"0"}});
  const FloatTensor grouped{{2, 2, 1, 6}, keras.values};
  CHECK(found == loaded<Depthwise>(numbered({grouped}), {.layout = Layout::keras, .tensors = {"0"}}));
  for (Index o = 0; o < 6; ++o) {
    for (Index pixel = 0; pixel < 4; ++pixel) {  // output o is the one of input o / 2 and multiplier o % 2
      CHECK(found[static_cast<std::size_t>(o * 4 + pixel)] == at(keras, pixel / 2, pixel % 2, o / 2, o % 2));
    }
  }
  CHECK(has(refusal_by([] {
              loaded<Depthwise>(numbered({counted({2, 2, 2, 3})}), {.layout = Layout::keras, .tensors = {"0"}});
            }),
            "expected (2, 2, 1, 6), found (2, 2, 2, 3)"));
}

TEST_CASE("pretrained: dense layers are transposed from Keras, biases stay") {
  using Net = Sequential<Input<3>, Dense<2>>;
  const FloatTensor bias{{2}, {8, 9}};
  CHECK(loaded<Net>(numbered({counted({2, 3}), bias}), {.tensors = {"0", "1"}}) == Floats{0, 1, 2, 3, 4, 5, 8, 9});
  CHECK(loaded<Net>(numbered({counted({3, 2}), bias}), {.layout = Layout::keras, .tensors = {"0", "1"}}) ==
        Floats{0, 2, 4, 1, 3, 5, 8, 9});
}

TEST_CASE("pretrained: columns behind a flattened image follow its channels, through layers that move nothing") {
  // (height 1, width 2, channels 3): position (w, c) lies at c * 2 + w with channels first. As many units as columns,
  // so that a bias could be taken for one of them.
  using Plain = Sequential<Input<1, 2, 3>, Flatten, Dense<6>>;
  using Through = Sequential<Input<1, 2, 3>, Flatten, ReLU, Dropout<50>, Expect<6>, Dense<6>>;
  const FloatTensor weight = counted({6, 6}), bias = counted({6}, 100);
  Floats expected;
  for (Index unit = 0; unit < 6; ++unit) {
    for (const Index column : {0, 2, 4, 1, 3, 5}) {
      expected.push_back(static_cast<float>(unit * 6 + column));
    }
  }
  expected.insert(expected.end(), bias.values.begin(), bias.values.end());
  CHECK(loaded<Plain>(numbered({weight, bias}), {.tensors = {"0", "1"}}) == expected);
  CHECK(loaded<Through>(numbered({weight, bias}), {.tensors = {"0", "1"}}) == expected);
  // Keras flattens channels last; so does qnn.
  CHECK(loaded<Plain>(numbered({weight, bias}), {.layout = Layout::qnn, .tensors = {"0", "1"}})[1] == 1);
  CHECK(loaded<Plain>(numbered({weight, bias}), {.layout = Layout::keras, .tensors = {"0", "1"}})[1] == 6);
}

TEST_CASE("pretrained: only the first dense layer is permuted, and none behind a global average") {
  using Two = Sequential<Input<1, 2, 2>, Flatten, Dense<4, NoBias>, Dense<4, NoBias>>;
  const Floats two = loaded<Two>(numbered({counted({4, 4}), counted({4, 4})}), {.tensors = {"0", "1"}});
  CHECK(Floats(two.begin(), two.begin() + 4) == Floats{0, 2, 1, 3});
  CHECK(Floats(two.begin() + 16, two.begin() + 20) == Floats{0, 1, 2, 3});
  using Average = Sequential<Input<2, 2, 3>, GlobalAveragePool2d, Dense<2, NoBias>>;
  CHECK(loaded<Average>(numbered({counted({2, 3})}), {.tensors = {"0"}}) == Floats{0, 1, 2, 3, 4, 5});
}

TEST_CASE("pretrained: statistics behind a flattened image, and branches side by side, are permuted as well") {
  using Normalized = Sequential<Input<1, 2, 2>, Flatten, BatchNorm, Dense<1, NoBias>>;
  const Floats found = loaded<Normalized>(
      numbered({counted({4}), counted({4}, 10), counted({4}, 20), counted({4}, 30), counted({1, 4}, 40)}),
      {.epsilon = double{BatchNorm::epsilon}, .tensors = {"0", "1", "2", "3", "4"}});
  CHECK(found == Floats{0, 2, 1, 3, 10, 12, 11, 13, 20, 22, 21, 23, 30, 32, 31, 33, 40, 42, 41, 43});
  using Branches =
      Sequential<Input<1, 2, 2>, Concat<Sequential<GlobalAveragePool2d>, Sequential<Flatten>>, Dense<1, NoBias>>;
  CHECK(loaded<Branches>(numbered({counted({1, 6})}), {.tensors = {"0"}}) == Floats{0, 1, 2, 4, 3, 5});
  using Sum = Sequential<Input<1, 2, 2>, Flatten, Residual<ReLU>, Dense<1, NoBias>>;
  CHECK(loaded<Sum>(numbered({counted({1, 4})}), {.tensors = {"0"}}) == Floats{0, 2, 1, 3});
}

namespace {

using Normal = Sequential<Input<2, 2, 2>, Conv2d<2, Kernel<1>>, BatchNorm, Flatten, Dense<3>>;

FloatTensors normal_weights() {
  FloatTensors file;
  file.tensors = {{"c.weight", counted({2, 2, 1, 1})}, {"c.bias", counted({2})},
                  {"n.weight", counted({2}, 1)},       {"n.bias", counted({2})},
                  {"n.running_mean", counted({2})},    {"n.running_var", {{2}, {0.25f, 4}}},
                  {"fc.weight", counted({3, 8})},      {"fc.bias", counted({3})}};
  return file;
}
const WeightNaming by_layers{.layers = {"c", "n", "fc"}};

}  // namespace

TEST_CASE("pretrained: names by layer, by tensor and by slot say the same") {
  const FloatTensors file = normal_weights();
  const Floats found = loaded<Normal>(file, by_layers);
  const Names names{"c.weight",       "c.bias",        "n.weight",  "n.bias",
                    "n.running_mean", "n.running_var", "fc.weight", "fc.bias"};
  CHECK(loaded<Normal>(file, {.tensors = names}) == found);
  WeightNaming by_slots;
  for (std::size_t i = 0; i < names.size(); ++i) {
    by_slots.slots[ParameterLayout<Normal>::slots[i].name()] = names[i];
  }
  CHECK(loaded<Normal>(file, by_slots) == found);
  // As Keras names and lays them out: image and kernels channels last.
  FloatTensors keras;
  keras.tensors = {{"c/kernel", {{1, 1, 2, 2}, {0, 2, 1, 3}}},
                   {"c/bias", counted({2})},
                   {"n/gamma", counted({2}, 1)},
                   {"n/beta", counted({2})},
                   {"n/moving_mean", counted({2})},
                   {"n/moving_variance", {{2}, {0.25f, 4}}},
                   {"fc/kernel", {{8, 3}, Floats(24)}},
                   {"fc/bias", counted({3})}};
  for (std::size_t i = 0; i < 24; ++i) {
    keras.tensors["fc/kernel"].values[i] = found[14 + i % 3 * 8 + i / 3];
  }
  CHECK(loaded<Normal>(keras, {.layout = Layout::keras, .layers = {"c", "n", "fc"}}) == found);
}

TEST_CASE("pretrained: an empty name leaves parameters as they are in a new network") {
  FloatTensors file = normal_weights();
  file.tensors.erase("c.bias");
  file.tensors.erase("n.weight");
  const Floats found = loaded<Normal>(
      file, {.tensors = {"c.weight", "", "", "n.bias", "n.running_mean", "n.running_var", "fc.weight", "fc.bias"}});
  CHECK(Floats(found.begin() + 4, found.begin() + 8) == Floats{0, 0, 1, 1});
}

TEST_CASE("pretrained: a foreign epsilon becomes part of the variances, and the outputs are the foreign ones") {
  using Net = Sequential<Input<2>, BatchNorm>;
  const FloatTensors file = numbered({{{2}, {2, 3}}, {{2}, {0.5f, -1}}, {{2}, {1, -2}}, {{2}, {0.25f, 0}}});
  Network<Net, Float32> network;
  load_pretrained(network, file, {.layout = Layout::keras, .epsilon = 1e-3, .tensors = {"0", "1", "2", "3"}});
  const Floats x{3, 5};
  const Floats y = predict(network, std::span<const float>(x));
  CHECK(y[0] == doctest::Approx(2 * (3 - 1) / std::sqrt(0.25 + 1e-3) + 0.5).epsilon(1e-6));
  CHECK(y[1] == doctest::Approx(3 * (5 + 2) / std::sqrt(0 + 1e-3) - 1).epsilon(1e-6));
  // The same epsilon changes no bit, and lets a channel that never changed pass.
  CHECK(loaded<Net>(file, {.epsilon = 1e-5, .tensors = {"0", "1", "2", "3"}}) ==
        Floats{2, 3, 0.5f, -1, 1, -2, 0.25f, 0});
}

TEST_CASE("pretrained: variances that no epsilon of ours can stand for") {
  using Net = Sequential<Input<1>, BatchNorm>;
  const auto refusal_of = [](float variance, double epsilon) {
    return refusal_by([&] {
      loaded<Net>(numbered({{{1}, {1}}, {{1}, {1}}, {{1}, {1}}, {{1}, {variance}}}),
                  {.epsilon = epsilon, .tensors = {"0", "1", "2", "3"}});
    });
  };
  CHECK(refusal_of(1e-6f, 1e-5) == "no error");
  CHECK(has(refusal_of(1e-6f, 1e-6), "variance: \"3\", element 0: expected one that is not negative"));
  CHECK(has(refusal_of(-0.5f, 1e-3), "found -0.5, for 1.BatchNorm.running_variance"));
  for (const double epsilon : {0.0, -1e-5, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_THROWS_AS(refusal_of(1, epsilon), ArgumentError);
  }
}

TEST_CASE("pretrained: all that does not fit is said at once, and the network is as it was") {
  FloatTensors file = normal_weights();
  file.source = "weights.npz";
  file.tensors.erase("c.bias");
  file.tensors["n.bias"] = counted({3});
  file.tensors["fc.weight"] = counted({8, 3});
  file.tensors["head.weight"] = counted({5});
  file.tensors["n.num_batches_tracked"] = counted({});
  Network<Normal, Float32> network(HeNormal{.seed = 1});
  const Floats before(network.parameters().begin(), network.parameters().end());
  const std::string refusal = refusal_by([&] { load_pretrained(network, file, by_layers); });
  CHECK(has(refusal, "weights.npz: these weights do not fit the network, 5 tensors:\n"));
  CHECK(has(refusal, "\n  missing: \"c.bias\" (2,), for 1.Conv2d.bias"));
  CHECK(has(refusal, "\n  of another shape: \"n.bias\": expected (2,), found (3,), for 2.BatchNorm.shift"));
  CHECK(has(refusal, "\n  of another shape: \"fc.weight\": expected (3, 8), found (8, 3), for 4.Dense.weight"));
  CHECK(has(refusal, "\n  without a place in the network: \"head.weight\" (5,)"));
  CHECK(has(refusal, "\n  without a place in the network: \"n.num_batches_tracked\" ()"));
  CHECK(std::ranges::equal(network.parameters(), before));

  file = normal_weights();
  file.tensors["n.num_batches_tracked"] = counted({});
  CHECK(refusal_by([&] { load_pretrained(network, file, by_layers); }).find(" 1 tensor:\n") != std::string::npos);
  CHECK(std::ranges::equal(network.parameters(), before));
  WeightNaming lenient = by_layers;
  lenient.ignored = {"num_batches_tracked"};
  const float* const place = network.parameters().data();
  load_pretrained(network, file, lenient);
  CHECK(network.parameters().data() == place);
  CHECK_FALSE(std::ranges::equal(network.parameters(), before));
}

TEST_CASE("pretrained: tensors that contradict themselves or are not finite") {
  FloatTensors file = normal_weights();
  file.tensors["c.bias"].values.pop_back();
  CHECK(
      has(refusal_by([&] { loaded<Normal>(file, by_layers); }), "incomplete: \"c.bias\": expected 2 values, found 1"));
  file = normal_weights();
  file.tensors["c.bias"].values[1] = std::numeric_limits<float>::quiet_NaN();
  CHECK(has(refusal_by([&] { loaded<Normal>(file, by_layers); }), "tensor \"c.bias\", element 1"));
}

TEST_CASE("pretrained: namings that are none") {
  const auto message = [](const WeightNaming& naming) {
    try {
      loaded<Normal>(normal_weights(), naming);
    } catch (const ArgumentError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK(has(message({}), "expected one of .tensors, .layers, .slots, found 0 of them"));
  CHECK(has(message({.tensors = {"a"}, .layers = {"b"}}), "found 2 of them"));
  CHECK(has(message({.tensors = {"a"}}), "expected 8 tensors, as the network has, found 1"));
  CHECK(has(message({.layers = {"c", "n"}}), "expected 3 layers, as have parameters in the network, found 2"));
  CHECK(has(message({.slots = {{"1.Conv2d.weight", "c"}}}), "expected 8 slots"));
  WeightNaming naming;
  for (const ParameterSlot& slot : ParameterLayout<Normal>::slots) {
    naming.slots[slot.name() + "x"] = "a";
  }
  CHECK(has(message(naming), "a name for slot \"1.Conv2d.weight\", found none"));
}

TEST_CASE("pretrained: from files of both formats") {
  const Folder folder;
  const FloatTensors tensors = normal_weights();
  std::vector<Member> members;
  TensorFile safetensors;
  for (const auto& [name, tensor] : tensors.tensors) {
    members.push_back(member(name, npy_floats(detail::shape_text(tensor.shape), tensor.values), true));
    safetensors.add<float>(name, tensor.shape, tensor.values);
  }
  put(folder / "x.npz", zip(members));
  safetensors.write(folder / "x.safetensors");
  const WeightFileOptions options{.max_bytes = weight_bytes<Normal>};
  const FloatTensors npz = read_npz(folder / "x.npz", options);
  const FloatTensors others = read_safetensors(folder / "x.safetensors", options);
  CHECK(npz.tensors == tensors.tensors);
  CHECK(others.tensors == tensors.tensors);
  CHECK(loaded<Normal>(npz, by_layers) == loaded<Normal>(others, by_layers));

  safetensors.add<std::int64_t>("n.num_batches_tracked", {}, std::vector<std::int64_t>{7});
  safetensors.write(folder / "y.safetensors");
  CHECK(has(refusal_by([&] { read_safetensors(folder / "y.safetensors"); }),
            "tensor \"n.num_batches_tracked\": expected F32 [], found I64 []"));
  CHECK(read_safetensors(folder / "y.safetensors", {.ignored = {"num_batches_tracked"}}).tensors == tensors.tensors);
  TensorFile infinite;
  infinite.add<float>("x", {1}, Floats{std::numeric_limits<float>::infinity()});
  infinite.write(folder / "z.safetensors");
  CHECK(has(refusal_by([&] { read_safetensors(folder / "z.safetensors"); }), "tensor \"x\", element 0"));
}

}  // namespace pretrained_test
