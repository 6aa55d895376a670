// SPDX-License-Identifier: MIT
/// @file
/// 6. A quantized network as a file: written whole or not at all, read back bit for bit, refused where it does not fit.
///
/// The files are safetensors, which many other programs read too: qnn/io/save.hpp says which tensor is called what.
#include "qnn/io/load.hpp"
#include "qnn/io/save.hpp"
#include "qnn/qnn.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <vector>

using Architecture = qnn::Sequential<qnn::Input<16>, qnn::Dense<32>, qnn::ReLU, qnn::Dense<4>>;
using Int8Network = qnn::Network<Architecture, qnn::Int8<>>;

/// Random numbers stand for data here; 2 trains a real network.
qnn::FloatDataset some_examples(qnn::Index count) {
  std::vector<float> values(static_cast<std::size_t>(count) * 16);
  qnn::Random random(1);
  std::generate(values.begin(), values.end(), [&] { return random.normal(); });
  return {std::move(values), {16}, std::vector<std::int32_t>(static_cast<std::size_t>(count)), 4};
}

/// Loads into `network` and says what happened.
template <class Network>
bool try_to_load(const char* title, const std::filesystem::path& file, Network& network) {
  try {
    qnn::load(file, network);
    std::printf("%s: loaded\n\n", title);
    return true;
  } catch (const qnn::Error& error) {
    std::printf("%s: refused\n  %s\n\n", title, error.what());
    return false;
  }
}

int main() {
  const std::filesystem::path folder = std::filesystem::temp_directory_path();
  const std::filesystem::path file = folder / "qnn_example.safetensors";
  const qnn::FloatDataset examples = some_examples(200);

  const qnn::Network<Architecture, qnn::Float32> net(qnn::HeNormal{.seed = 1});
  const Int8Network original = qnn::quantize<qnn::Int8<>>(net, qnn::calibrate(net, examples));
  qnn::save(file, original);
  std::printf("%s: %ju bytes for %td weights and biases\n\n", file.c_str(),
              static_cast<std::uintmax_t>(std::filesystem::file_size(file)), qnn::ParameterLayout<Architecture>::size);

  // A network of the same type takes everything that it needs from the file: codes, scales, zero points.
  Int8Network copy;
  bool right = try_to_load("the same network", file, copy);
  const bool same = qnn::predict(original, examples) == qnn::predict(copy, examples);
  std::printf("the same outputs for 200 examples, bit for bit: %s\n\n", same ? "yes" : "NO");

  // An architecture is a type, and a file knows which one it belongs to. One unit more is another network.
  using Other = qnn::Sequential<qnn::Input<16>, qnn::Dense<33>, qnn::ReLU, qnn::Dense<4>>;
  qnn::Network<Other, qnn::Int8<>> other;
  right = !try_to_load("another architecture", file, other) && right;

  // Half of a file, as a full disk or a broken connection leaves it. `save` itself never does: it renames at the end.
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  right = !try_to_load("half of the file", file, copy) && right;
  // What is refused changes nothing: the network still works.
  const bool unharmed = qnn::predict(original, examples) == qnn::predict(copy, examples);
  std::printf("and the network is as it was: %s\n", unharmed ? "yes" : "NO");

  std::filesystem::remove(file);
  return right && same && unharmed ? 0 : 1;
}
