// SPDX-License-Identifier: MIT
/// @file
/// Mixed networks in files.
#include "qnn/io/load.hpp"
#include "qnn/io/save.hpp"

#include "fixtures.hpp"
#include "qnn/layers.hpp"
#include "qnn/quantization/quantize.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace mixed_test {

using namespace qnn;
using namespace fixtures;

namespace {

using Small = Sequential<Input<6, 5, 2>, Conv2d<3, Kernel<3>, Same>, ReLU, MaxPool2d<2>, Flatten, Dense<7>, ReLU,
                         Dense<4>, Softmax>;
using P = Mixed<W8A8<Asymmetric>, W4A8<>, W8A16<>>;
using Shared = Mixed<W8A8<>, W4A8<>, W8A8<>>;

template <class Precision>
Network<Small, Precision> network(std::uint64_t seed = 1) {
  const Network<Small, Float32> net(HeNormal{.seed = seed});
  Ranges<Small> ranges;
  ranges.of_layer.fill({-1.0f, 1.5f});
  return quantize<Precision>(net, ranges);
}

template <class Precision>
std::vector<float> outputs(const Network<Small, Precision>& net) {
  Random random(4);
  std::vector<float> x(9 * 60), y(9 * 4);
  std::generate(x.begin(), x.end(), [&] { return random.uniform(-1.0f, 1.0f); });
  HeapArena<Network<Small, Precision>> arena(4);
  net.forward({x.data(), 9}, {y.data(), 9}, arena);
  return y;
}

std::string refusal(const TensorFile& file) {
  Network<Small, P> net = network<P>(2);
  const std::vector<float> before = outputs(net);
  const std::string message = refusal_by_load(file, net);
  CHECK((message == "no error" || outputs(net) == before));  // what was derived from the weights stays, too
  return message;
}

}  // namespace

TEST_CASE_TEMPLATE("mixed networks come back bit for bit", Precision, P, Shared) {
  const Folder folder;
  const Network<Small, Precision> saved = network<Precision>();
  save(folder / "a", saved);
  Network<Small, Precision> loaded;
  load(folder / "a", loaded);
  CHECK(outputs(loaded) == outputs(saved));
  save(folder / "b", loaded);
  CHECK(contents(folder / "a") == contents(folder / "b"));
}

TEST_CASE("a mixed network's file tells what is read converted, and nothing else") {
  const TensorFile file = file_of(network<P>());
  CHECK(file.metadata("qnn.precision") == P::name());
  CHECK(file.entry("1.Conv2d.weight").type == DType::i8);
  CHECK(file.entry("5.Dense.weight").type == DType::u8);
  CHECK(file.entry("7.Dense.folded_bias").type == DType::i64);
  // Flatten (4) has the format of the convolution; the first Dense (5) reads it symmetric, the second (7) 16-bit codes.
  CHECK(file.metadata().contains("activation.4.read_by.5.scale"));
  CHECK(file.metadata().contains("activation.6.read_by.7.scale"));
  CHECK_FALSE(file.metadata().contains("activation.3.read_by.4.scale"));
  CHECK(file.metadata("activation.4.read_by.5.zero_point") == "0");
  const TensorFile shared = file_of(network<Shared>());
  for (const auto& [key, text] : shared.metadata()) {
    CHECK(key.find("read_by") == std::string::npos);
  }
}

TEST_CASE("load: what does not fit a mixed network is refused") {
  const TensorFile good = file_of(network<P>());
  CHECK(refusal(good) == "no error");
  CHECK(has(refusal(file_of(network<Shared>())), "metadata \"qnn.precision\": expected \"mixed: "));
  CHECK(has(refusal(without(good, "activation.4.read_by.5.scale")), "\"activation.4.read_by.5.scale\" is missing"));
  CHECK(has(refusal(with_text(good, "activation.4.read_by.5.zero_point", "3")), "expected codes in 0..0, found 3"));
  CHECK(has(refusal(with_text(good, "activation.6.read_by.7.scale", "0")), "expected scales from 2^-40 to 2^40"));
  // Each activation keeps to the codes of its own stage.
  CHECK(has(refusal(with_text(good, "activation.1.zero_point", "128")), "expected codes in -128..127, found 128"));
  CHECK(has(refusal(with_text(good, "activation.5.zero_point", "1")), "expected codes in 0..0, found 1"));
  CHECK(has(refusal(with_element<std::uint8_t>(good, "5.Dense.weight", 0, 0x08)),
            "element 0: expected codes in -7..7, found -8"));
}

}  // namespace mixed_test
