// SPDX-License-Identifier: MIT
/// @file
/// Fake quantization on all 10,000 test images of MNIST: what training sees in each layer is, bit for bit, what the
/// codes of the deployed integer network stand for. Every precision and policy. See scripts/slow_tests.
#include "qnn/data.hpp"
#include "qnn/qnn.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace qnn;

using Net = Sequential<Input<28, 28, 1>, Conv2d<8, Kernel<3>, Same, NoBias>, BatchNorm, ReLU, MaxPool2d<2>,
                       Residual<Sequential<DepthwiseConv2d<Kernel<3>, Same>, BatchNorm, ReLU6, Conv2d<8, Kernel<1>>>>,
                       ReLU, AveragePool2d<2>, Flatten, Dense<10>>;
using Image = Trace<Net>::input;
constexpr Index batch = 250;

/// What was compared, and what differed.
struct Comparison {
  Index images = 0, values = 0, differences = 0, correct = 0;
};

/// Runs the forward pass of training and the deployed network on the same images, and compares each layer's values.
template <class P>
Comparison compare(const Network<Net, FakeQuant<P>>& fake, const Network<Net, P>& deployed, const Dataset& images) {
  Comparison found;
  StraightThrough<Net, P, LearnedRanges, FollowingScales> training(batch, fake);
  HeapArena<Network<Net, P>> arena(batch);
  std::vector<float> rounded(batch * Image::size), outputs(batch * 10);
  for (Index first = 0; first + batch <= images.size(); first += batch) {
    copy_examples(images, Consecutive{first}, Batch<float, Image>(rounded.data(), batch));
    const std::vector<float> examples = rounded;
    training.begin(Batch<float, Image>(rounded.data(), batch));
    const auto compare_layer = [&]<Index I>(IndexConstant<I>, const auto& codes) {
      using Out = typename Trace<Net>::template shape<I>;
      std::vector<float> seen(static_cast<std::size_t>(codes.size()));
      training.template round<I>(Batch<float, Out>(seen.data(), batch));
      for (std::size_t i = 0; i < seen.size(); ++i) {
        found.differences += seen[i] == dequantize_value(codes.data()[i], deployed.activation(I)) ? 0 : 1;
      }
      found.values += codes.size();
    };
    deployed.forward({examples.data(), batch}, {outputs.data(), batch}, arena, compare_layer);
    for (Index i = 0; i < batch; ++i) {
      const float* const logits = outputs.data() + i * 10;
      found.correct += std::max_element(logits, logits + 10) - logits == images.label(first + i) ? 1 : 0;
    }
    found.images += batch;
  }
  return found;
}

/// Trains quantization-aware for a moment, deploys, and compares. Returns whether all is equal.
template <class P>
bool check(const Network<Net, Float32>& network, const Dataset& training, const Dataset& test) {
  Network<Net, FakeQuant<P>> fake(network, calibrate(network, training.first(512)));
  train(fake, training.first(2000), CrossEntropy{}, Adam{.learning_rate = 5e-4f},
        {.epochs = 1, .validation = 0, .seed = 1, .threads = 1, .progress = Progress::silent});
  const auto deployed = std::make_unique<Network<Net, P>>(quantize(fake));
  const Comparison found = compare(fake, *deployed, test);
  std::printf("%-58s %8td %12td %12td %9.2f %%\n", spelling<P>().c_str(), found.images, found.values, found.differences,
              100.0 * static_cast<double>(found.correct) / static_cast<double>(found.images));
  std::fflush(stdout);
  return found.images == test.size() && found.differences == 0;
}

template <class... Precisions>
bool check_all() {
  const Split data = load_dataset("mnist");
  const Dataset training = data.train.first(10000);
  Network<Net, Float32> network(HeNormal{.seed = 1});
  train(network, training, CrossEntropy{}, Adam{.learning_rate = 2e-3f},
        {.epochs = 3, .validation = 0.1, .seed = 1, .threads = 1, .progress = Progress::silent});
  std::printf("%-58s %8s %12s %12s %11s\n", "precision", "images", "values", "differences", "accuracy");
  std::printf("%-58s %8td %25s %9.2f %%\n", "float32", data.test.size(), "",
              100 * evaluate(network, data.test).accuracy);
  return (... & check<Precisions>(network, training, data.test));
}

}  // namespace

int main() {
  try {
    return check_all<Int16<>, Int16<Asymmetric, PerChannel, FloatScale>, W8A16<>, Int8<>, Int8<Symmetric, PerTensor>,
                     Int8<Asymmetric>, Int8<Asymmetric, PerTensor>, Int8<Symmetric, PerChannel, FloatScale>,
                     Int8<Asymmetric, PerChannel, DoubleRounding>, Int8<Symmetric, PerTensor, PowerOfTwoShift>, W4A8<>,
                     W4A8<Asymmetric>, W2A8<>, W4A4<>, W4A8<Symmetric, PerGroup<16>>>()
               ? 0
               : 1;
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
