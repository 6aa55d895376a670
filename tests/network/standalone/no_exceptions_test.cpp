// SPDX-License-Identifier: MIT
// compile-options: -fno-exceptions
/// @file
/// The device's half without exceptions: a network that the compiler has filled, in read-only memory, run on codes.
#include "qnn/inference.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

namespace {

using namespace qnn;

using Architecture = Sequential<Input<4, 4, 1>, Conv2d<2, Kernel<3>, Same>, ReLU, MaxPool2d<2>, Flatten, Dense<3>>;
using Integer = Network<Architecture, Int8<Asymmetric>>;
using Codes = std::array<std::int8_t, 3>;

constexpr Integer make() {
  Integer network;
  std::int8_t code = -100;
  const auto fill = [&](auto& layer) {
    for (auto& weight : layer.weight.codes()) {
      weight = code = static_cast<std::int8_t>(code + 29 > 120 ? code - 200 : code + 29);
    }
    for (auto& parameters : layer.weight.parameters()) {
      parameters.scale = 0.01f;
    }
  };
  fill(network.layer<1>());
  fill(network.layer<5>());
  for (Index i = 0; i <= 5; ++i) {
    network.activation(i) = {i < 1 ? 0.02f : 0.05f, i == 5 ? 0 : -128};
  }
  network.prepare();
  return network;
}
constexpr Integer network = make();

constexpr Codes run() {
  std::array<std::int8_t, 16> x{};
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<std::int8_t>(static_cast<int>(i) * 13 - 100);
  }
  Codes y{};
  Arena<Integer> arena;
  network.forward_codes({x.data(), 1}, {y.data(), 1}, arena);
  return y;
}
constexpr Codes expected = run();

}  // namespace

int main() {
  const Codes found = run();
  if (found != expected) {
    std::printf("expected %d %d %d, found %d %d %d\n", expected[0], expected[1], expected[2], found[0], found[1],
                found[2]);
    return 1;
  }
  return 0;
}
