// SPDX-License-Identifier: MIT
/// @file
/// Networks in files: they come back bit for bit, or are refused with a message that says why.
#include "qnn/io/load.hpp"
#include "qnn/io/save.hpp"

#include "fixtures.hpp"
#include "qnn/calibration/calibrate.hpp"
#include "qnn/data/dataset.hpp"
#include "qnn/layers.hpp"
#include "qnn/quantization/quantize.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

namespace save_load_test {

using namespace qnn;
using namespace fixtures;

namespace {

using Small = Sequential<Input<6, 5, 2>, Conv2d<3, Kernel<3>, Same>, ReLU, MaxPool2d<2>, Flatten, Dropout<20>,
                         Dense<7, NoBias>, ReLU6, Dense<4>, Softmax>;
constexpr const char* conv = "1.Conv2d.weight";

using PerTensorBytes = Quantized<Format<std::int8_t, Asymmetric, PerTensor>, Format<std::uint8_t, Asymmetric>>;
using Ternary = W2A8<Asymmetric, PerTensor, PowerOfTwoShift>;
using FourBitGroups = W4A8<Asymmetric, PerGroup<5>>;
using TernaryGroups = W2A8<Symmetric, PerGroup<16>, PowerOfTwoShift>;
using NarrowAsymmetric = Quantized<Format<Int4, Asymmetric, PerTensor>, Format<std::int16_t, Symmetric>>;
using PerChannelMixed = Quantized<Format<std::int8_t, Asymmetric, PerChannel>, Format<std::int16_t, Symmetric>>;

FloatDataset examples(Index count, std::uint64_t seed = 3) {
  Random random(seed);
  std::vector<float> values(static_cast<std::size_t>(count * 60));
  std::generate(values.begin(), values.end(), [&] { return random.uniform(-1.0f, 1.5f); });
  return {values, {6, 5, 2}, std::vector<std::int32_t>(static_cast<std::size_t>(count)), 4};
}

template <class P>
Network<Small, P> network(std::uint64_t seed = 1) {
  Network<Small, Float32> net(HeNormal{.seed = seed});
  Random random(seed + 100);
  for (const ParameterSlot& slot : ParameterLayout<Small>::slots) {
    if (!slot.info.decays) {
      for (float& bias : slot.in(net.parameters())) {
        bias = random.normal();
      }
    }
  }
  if constexpr (std::same_as<P, Float32>) {
    return net;
  } else {
    return quantize<P>(net, calibrate(net, examples(40)));
  }
}

template <class P>
std::vector<float> outputs(const Network<Small, P>& net) {
  const FloatDataset data = examples(9, 17);
  std::vector<float> x(9 * 60), y(9 * 4);
  copy_examples(data, Consecutive{0}, Batch<float, Shape<6, 5, 2>>(x.data(), 9));
  HeapArena<Network<Small, P>> arena(4);
  net.forward({x.data(), 9}, {y.data(), 9}, arena);
  return y;
}

/// What loading `file` into a network of precision P is answered with.
template <class P>
std::string refusal(const TensorFile& file) {
  Network<Small, P> net = network<P>(2);
  return refusal_by_load(file, net);
}

}  // namespace

TEST_CASE_TEMPLATE("save, load: the same bits and the same results", P, Float32, Int8<>, Int8<Asymmetric>,
                   Int8<Asymmetric, PerTensor>, Int8<Symmetric, PerChannel, PowerOfTwoShift>,
                   Int8<Asymmetric, PerTensor, PowerOfTwoShift>, Int8<Asymmetric, PerChannel, FloatScale>,
                   Int8<Asymmetric, PerChannel, DoubleRounding>, Int16<>, Int16<Asymmetric>, PerTensorBytes,
                   PerChannelMixed, W4A8<>, W4A4<Asymmetric>, Ternary, NarrowAsymmetric, FourBitGroups, TernaryGroups) {
  const Folder folder;
  const Network<Small, P> saved = network<P>();
  save(folder / "a", saved);
  Network<Small, P> loaded;
  load(folder / "a", loaded);
  CHECK(outputs(loaded) == outputs(saved));
  save(folder / "b", loaded);
  CHECK(contents(folder / "a") == contents(folder / "b"));
}

TEST_CASE("save: what a file holds") {
  const TensorFile real = file_of(network<Float32>());
  CHECK(real.names() ==
        std::vector<std::string>{"1.Conv2d.bias", conv, "6.Dense.weight", "8.Dense.bias", "8.Dense.weight"});
  CHECK(real.entry(conv).shape == std::vector<Index>{3, 3, 3, 2});
  CHECK(real.metadata("qnn.precision") == "float32");
  CHECK(real.metadata("qnn.fingerprint") == fingerprint<Small>());
  CHECK(real.metadata("qnn.version") == "0.1.0");
  CHECK(has(real.metadata("qnn.architecture"), "Input 6x5x2; Conv2d (kernel 3x3"));
  CHECK(has(real.metadata("qnn.architecture"), "; Dropout (20 %) 18; Dense 7; ReLU6 7; Dense 4; Softmax 4"));

  const TensorFile int8 = file_of(network<Int8<Asymmetric>>());
  CHECK(int8.names() == std::vector<std::string>{"1.Conv2d.folded_bias", conv, "6.Dense.folded_bias", "6.Dense.weight",
                                                 "8.Dense.folded_bias", "8.Dense.weight"});
  CHECK(int8.entry(conv).type == DType::i8);
  CHECK(int8.entry("1.Conv2d.folded_bias").type == DType::i32);
  CHECK(int8.metadata("1.Conv2d.weight.zero_point") == "[0, 0, 0]");
  CHECK(int8.metadata("activation.9.scale") == "0.00390625");
  CHECK(int8.metadata("activation.9.zero_point") == "-128");
  CHECK(int8.metadata("qnn.precision") == Int8<Asymmetric>::name());

  const TensorFile int16 = file_of(network<Int16<>>());
  CHECK(int16.entry(conv).type == DType::i16);
  CHECK(int16.entry("1.Conv2d.folded_bias").type == DType::i64);
}

TEST_CASE("save: a parameter that is no number is refused, and the old file stays") {
  const Folder folder;
  Network<Small, Float32> net = network<Float32>();
  save(folder / "x", net);
  const std::string before = contents(folder / "x");
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    net.parameters().back() = bad;
    CHECK_THROWS_WITH_AS(save(folder / "x", net), doctest::Contains("8.Dense.bias holds NaN or infinity"),
                         NumericError);
    CHECK(contents(folder / "x") == before);
  }
  CHECK_THROWS_AS(save(folder / "missing" / "x", network<Int8<>>()), FileError);
}

TEST_CASE("load: another architecture, precision or kind of file") {
  const Folder folder;
  using Wider = Sequential<Input<6, 5, 2>, Conv2d<3, Kernel<3>, Same>, ReLU, MaxPool2d<2>, Flatten, Dropout<20>,
                           Dense<8, NoBias>, ReLU6, Dense<4>, Softmax>;
  using Strided = Sequential<Input<6, 5, 2>, Conv2d<3, Kernel<3>, Same>, ReLU, MaxPool2d<2>, Flatten, Dropout<20>,
                             Dense<7, NoBias>, ReLU6, Dense<4>>;
  save(folder / "x", network<Float32>());
  Network<Wider, Float32> wider;
  CHECK_THROWS_WITH_AS(load(folder / "x", wider), doctest::Contains("layer 6: expected \"Dense 8\", found \"Dense 7\""),
                       FileError);
  Network<Strided, Float32> shorter;
  CHECK_THROWS_WITH_AS(load(folder / "x", shorter),
                       doctest::Contains("layer 9: expected the end of the network, found \"Softmax 4\""), FileError);
  CHECK_THROWS_WITH_AS(load(folder / "absent", shorter), doctest::Contains("does not exist"), FileError);

  const TensorFile real = file_of(network<Float32>());
  CHECK(has(refusal<Int8<>>(real), "metadata \"qnn.precision\": expected \"int8 weights symmetric per-channel"));
  CHECK(has(refusal<Int8<>>(real), "found \"float32\""));
  CHECK(has(refusal<Int8<>>(file_of(network<Int8<Asymmetric>>())), "metadata \"qnn.precision\": expected"));
  CHECK(has(refusal<Float32>(file_of(network<Int16<>>())), "expected \"float32\", found \"int16 weights"));
  CHECK(has(refusal<Float32>(with_text(real, "qnn.fingerprint", "0")), "metadata \"qnn.fingerprint\": expected"));
  for (const std::string key : {"qnn.fingerprint", "qnn.architecture", "qnn.precision"}) {
    CHECK(has(refusal<Float32>(without(real, key)), "metadata \"" + key + "\" is missing"));
  }
  CHECK(refusal<Float32>(with_text(real, "note", "mine")) == "no error");  // metadata of others is theirs
}

TEST_CASE("load: another version of the format") {
  const TensorFile good = file_of(network<Int8<>>());
  CHECK(good.metadata("qnn.format") == "1");
  CHECK(
      has(refusal<Int8<>>(with_text(good, "qnn.format", "2")), "metadata \"qnn.format\": expected \"1\", found \"2\""));
  CHECK(has(refusal<Int8<>>(without(good, "qnn.format")), "metadata \"qnn.format\" is missing"));
}

TEST_CASE("load: a file larger than any of its architecture is refused unread") {
  const Folder folder;
  Network<Small, Int8<>> net = network<Int8<>>();
  save(folder / "large", net);
  std::filesystem::resize_file(folder / "large", std::uintmax_t{128} << 20);  // a hole: takes no room on the disk
  const std::uint64_t limit = 8 + max_tensor_header + 16 * std::uint64_t{ParameterLayout<Small>::size};
  CHECK_THROWS_WITH_AS(load(folder / "large", net),
                       doctest::Contains(("large: is too large: expected at most " + std::to_string(limit)).c_str()),
                       FileError);
}

TEST_CASE("load: tensors that are missing, too many, of another shape or type, or hold no numbers") {
  const TensorFile real = file_of(network<Float32>());
  CHECK(has(refusal<Float32>(without(real, conv)), "tensor \"1.Conv2d.weight\" is missing"));
  TensorFile more = real;
  more.add<float>("9.Dense.weight", {1}, std::vector<float>{1});
  CHECK(has(refusal<Float32>(more),
            "tensor \"9.Dense.weight\": expected no such tensor in this architecture and precision, found F32 [1]"));
  TensorFile reshaped = without(real, "8.Dense.weight");
  reshaped.add<float>("8.Dense.weight", {7, 4}, std::vector<float>(28));
  CHECK(has(refusal<Float32>(reshaped), "tensor \"8.Dense.weight\": expected F32 [4, 7], found F32 [7, 4]"));
  TensorFile retyped = without(real, "8.Dense.bias");
  retyped.add<std::int32_t>("8.Dense.bias", {4}, std::vector<std::int32_t>(4));
  CHECK(has(refusal<Float32>(retyped), "tensor \"8.Dense.bias\": expected F32 [4], found I32 [4]"));
  CHECK(has(refusal<Float32>(with_element(real, conv, 5, std::nanf(""))),
            "tensor \"1.Conv2d.weight\", element 5: expected a finite number, found nan"));
  CHECK(has(refusal<Float32>(with_element(real, "8.Dense.bias", 3, -std::numeric_limits<float>::infinity())),
            "tensor \"8.Dense.bias\", element 3: expected a finite number, found -inf"));
}

TEST_CASE("load: scales and zero points that no quantization gives") {
  using P = Int8<Asymmetric>;
  const TensorFile good = file_of(network<P>());
  const std::string key = "1.Conv2d.weight.scale";
  CHECK(refusal<P>(good) == "no error");
  CHECK(has(refusal<P>(without(good, key)), "metadata \"1.Conv2d.weight.scale\" is missing"));
  for (const std::string bad : {"0", "-0.5", "nan", "inf", "1e-20", "1e20", "-nan"}) {
    CHECK(has(refusal<P>(with_text(good, key, "[0.1, " + bad + ", 0.1]")),
              "metadata \"1.Conv2d.weight.scale\": expected scales from 2^-40 to 2^40, found "));
    CHECK(has(refusal<P>(with_text(good, "activation.0.scale", bad)), "expected scales from 2^-40 to 2^40"));
  }
  CHECK(has(refusal<P>(with_text(good, key, "[0.1, 0.1]")), "expected 3 numbers, found 2"));
  CHECK(has(refusal<P>(with_text(good, key, "0.1")), "expected a list of numbers of its type, found \"0.1\""));
  CHECK(has(refusal<P>(with_text(good, key, "[0.1, 1e99, 0.1]")), "expected a list of numbers"));
  CHECK(has(refusal<P>(with_text(good, "activation.0.scale", "[0.1]")), "expected a number of its type"));
  CHECK(has(refusal<P>(with_text(good, "1.Conv2d.weight.zero_point", "[0, 0, 1]")), "expected codes in 0..0, found 1"));
  CHECK(has(refusal<P>(with_text(good, "activation.0.zero_point", "128")), "expected codes in -128..127, found 128"));
  CHECK(has(refusal<P>(with_text(good, "activation.0.zero_point", "-129")), "expected codes in -128..127"));
  CHECK(has(refusal<P>(with_text(good, "activation.0.zero_point", "0.5")), "expected a number of its type"));
  const TensorFile bytes = file_of(network<PerTensorBytes>());
  CHECK(has(refusal<PerTensorBytes>(with_text(bytes, "activation.0.zero_point", "-1")), "codes in 0..255, found -1"));
  CHECK(has(refusal<PerTensorBytes>(with_text(bytes, "1.Conv2d.weight.zero_point", "-129")), "codes in -128..127"));
}

TEST_CASE("load: numbers that contradict one another") {
  using P = Int8<Asymmetric>;
  const TensorFile good = file_of(network<P>());
  // Flatten (layer 4) passes codes on; Softmax (layer 9) has its own scale.
  CHECK(has(refusal<P>(with_text(good, "activation.4.scale", "0.5")), "which layer 4 derives from its input"));
  CHECK(has(refusal<P>(with_text(good, "activation.9.scale", "0.5")), "expected scale 0.00390625, zero point -128"));
  CHECK(has(refusal<P>(with_text(good, "activation.2.zero_point", "3")), "which layer 2 derives from its input"));
  TensorFile steep = with_text(good, "activation.0.scale", "1e12");
  steep = with_text(steep, "1.Conv2d.weight.scale", "[1e12, 1e12, 1e12]");
  CHECK(has(refusal<P>(steep), "between 0 and 2^31, found"));
}

TEST_CASE("load: powers of two where the precision shifts by them") {
  using P = Int8<Symmetric, PerChannel, PowerOfTwoShift>;
  const TensorFile good = file_of(network<P>());
  CHECK(has(refusal<P>(with_text(good, "1.Conv2d.weight.scale", "[0.5, 0.3, 0.5]")),
            "expected powers of two, which this precision shifts by, found 0.3"));
  TensorFile flat = with_text(good, "activation.0.scale", detail::number_text(smallest_scale));
  flat = with_text(flat, "1.Conv2d.weight.scale", detail::list_text<float>(std::vector<float>(3, smallest_scale)));
  CHECK(refusal<P>(flat) == "no error");  // every accumulator rounds to 0, as with the other policies
}

TEST_CASE("load: codes outside their range, biases beyond the overflow proof") {
  using P = Int8<>;
  const TensorFile good = file_of(network<P>());
  CHECK(has(refusal<P>(with_element<std::int8_t>(good, conv, 7, -128)),
            "tensor \"1.Conv2d.weight\", element 7: expected codes in -127..127, found -128"));
  CHECK(refusal<P>(with_element<std::int8_t>(good, conv, 7, -127)) == "no error");
  for (const std::int32_t bias : {std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::min()}) {
    CHECK(has(refusal<P>(with_element(good, "1.Conv2d.folded_bias", 1, bias)),
              "biases of layer 1 (Conv2d): expected codes that keep to the proof"));
  }
  const TensorFile wide = file_of(network<Int16<>>());
  CHECK(has(refusal<Int16<>>(with_element(wide, "8.Dense.folded_bias", 0, std::numeric_limits<std::int64_t>::min())),
            "biases of layer 8 (Dense)"));
}

TEST_CASE("save, load: narrow codes are the bytes that hold them") {
  using P = W4A8<>;
  const Network<Small, P> net = network<P>();
  const TensorFile good = file_of(net);
  // 3 x 3 x 3 x 2 = 54 codes in 27 bytes, the first of two in the lower bits.
  const auto bytes = good.tensor<std::uint8_t>(conv, {27});
  const auto codes = net.layer<1>().weight.codes();
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const int found = bytes[i / 2] >> (i % 2 * 4) & 15;
    CHECK((found < 8 ? found : found - 16) == codes[i]);
  }
  CHECK(good.metadata("1.Conv2d.weight.dtype") == "int4");
  CHECK(good.metadata("1.Conv2d.weight.shape") == "[3, 3, 3, 2]");

  CHECK(has(refusal<P>(with_text(good, "1.Conv2d.weight.dtype", "int2")), "expected \"int4\", found \"int2\""));
  CHECK(has(refusal<P>(with_text(good, "1.Conv2d.weight.shape", "[3, 3, 2, 3]")), "expected \"[3, 3, 3, 2]\", found"));
  CHECK(has(refusal<P>(without(good, "1.Conv2d.weight.shape")), "\"1.Conv2d.weight.shape\" is missing"));
  CHECK(has(refusal<P>(with_element<std::uint8_t>(good, conv, 3, 0x81)),
            "tensor \"1.Conv2d.weight\", element 7: expected codes in -7..7, found -8"));
  TensorFile longer = without(good, conv);
  longer.add<std::uint8_t>(conv, {28}, std::vector<std::uint8_t>(28));
  CHECK(has(refusal<P>(longer), "expected U8 [27], found U8 [28]"));
  // 7 x 18 = 126 ternary codes leave 4 bits of the last of 32 bytes.
  const TensorFile ternary = file_of(network<Ternary>());
  CHECK(has(refusal<Ternary>(with_element<std::uint8_t>(ternary, "6.Dense.weight", 31, 0x10)),
            "tensor \"6.Dense.weight\", spare bits of the last byte: expected 0, found 1"));
  CHECK(has(refusal<P>(file_of(network<Int8<>>())), "qnn.precision"));
}

TEST_CASE("load: whatever is damaged in a file, the network is loaded or left alone") {
  using P = Int8<Asymmetric, PerTensor, PowerOfTwoShift>;
  const Folder folder;
  save(folder / "good", network<P>());
  const std::string good = contents(folder / "good");
  Random random(8);
  int refused = 0;
  const Network<Small, P> untouched = network<P>(2);
  for (int round = 0; round < 1500; ++round) {
    std::string bad = good;
    // Digits for digits keeps the header readable, so that the numbers themselves are put to the test.
    const auto at = static_cast<std::size_t>(random.below(std::ssize(bad) - 8)) + 8;
    bad[at] = bad[at] >= '0' && bad[at] <= '9' ? static_cast<char>('0' + random.below(10))
                                               : static_cast<char>(random.below(256));
    std::filesystem::remove(folder / "bad");
    std::ofstream(folder / "bad", std::ios::binary) << bad;
    Network<Small, P> net = untouched;
    try {
      load(folder / "bad", net);
      static_cast<void>(outputs(net));
    } catch (const FileError&) {
      ++refused;
      REQUIRE(outputs(net) == outputs(untouched));
    }
  }
  CHECK(refused > 500);
}

TEST_CASE("save: the reference implementation reads the tensors, types and numbers") {
  if (std::system("python3 -c 'import numpy, safetensors' >/dev/null 2>&1") != 0) {
    MESSAGE("skipped: python3 with numpy and safetensors is not installed");
    return;
  }
  const Folder folder;
  const auto net = network<PerChannelMixed>();
  save(folder / "net.safetensors", net);
  const std::vector<float> weights = net.layer<1>().weight.dequantize();
  std::ofstream(folder / "expected", std::ios::binary)
      .write(reinterpret_cast<const char*>(weights.data()), std::ssize(weights) * 4);
  std::ofstream(folder / "check.py") << R"(
import json, sys, numpy as np
from safetensors import safe_open
folder = sys.argv[1]
with safe_open(folder + '/net.safetensors', 'np') as file:
    metadata = file.metadata()
    weight = file.get_tensor('1.Conv2d.weight')
    bias = file.get_tensor('1.Conv2d.folded_bias')
    assert sorted(file.keys()) == sorted(f'{layer}.{name}' for layer in ('1.Conv2d', '6.Dense', '8.Dense')
                                         for name in ('weight', 'folded_bias')), list(file.keys())
assert weight.dtype == np.int8 and weight.shape == (3, 3, 3, 2), weight
assert bias.dtype == np.int64 and bias.shape == (3,), bias
assert metadata['qnn.precision'].startswith('int8 weights asymmetric per-channel, int16 activations symmetric')
assert metadata['qnn.architecture'].startswith('Input 6x5x2; Conv2d (')
scale = np.array(json.loads(metadata['1.Conv2d.weight.scale']), np.float32)
zero_point = np.array(json.loads(metadata['1.Conv2d.weight.zero_point']), np.int32)
reals = scale[:, None, None, None] * (weight.astype(np.int32) - zero_point[:, None, None, None]).astype(np.float32)
expected = np.fromfile(folder + '/expected', np.float32).reshape(3, 3, 3, 2)
assert reals.dtype == np.float32 and (reals == expected).all()
for layer in range(10):
    assert float(metadata[f'activation.{layer}.scale']) > 0 and metadata[f'activation.{layer}.zero_point'] == '0'
)";
  const std::string command = "python3 '" + (folder / "check.py").string() + "' '" + folder.path.string() + "'";
  CHECK(std::system(command.c_str()) == 0);
}

}  // namespace save_load_test
