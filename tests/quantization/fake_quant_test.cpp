// SPDX-License-Identifier: MIT
/// @file
/// Quantization-aware training: forward is the integer network, backward passes rounding.
#include "qnn/quantization/fake_quant_training.hpp"

#include "qnn/calibration/calibrate.hpp"
#include "qnn/data/dataset.hpp"
#include "qnn/evaluation/evaluate.hpp"
#include "qnn/layers.hpp"
#include "qnn/training/train.hpp"

#include "fixtures.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace fake_quant_test {

using namespace qnn;
using fixtures::random_network;

namespace {

using Plain =
    Sequential<Input<6, 6, 2>, Conv2d<4, Kernel<3>, Same>, ReLU, MaxPool2d<2>, Flatten, Dropout<50>, Dense<3>>;
using Branched = Sequential<Input<6, 6, 2>, Conv2d<4, Kernel<3>, Same, NoBias>, BatchNorm, ReLU,
                            Residual<Sequential<Conv2d<4, Kernel<3>, Same>, BatchNorm, ReLU6, Conv2d<4, Kernel<1>>>>,
                            ReLU, Concat<Sequential<>, Sequential<DepthwiseConv2d<Kernel<3>, Same>, Sigmoid>>,
                            AveragePool2d<2>, Flatten, Dense<3>>;

/// Example i shows class i % 3: a bright third of the image among noise.
FloatDataset stripes(Index count, std::uint64_t seed = 3) {
  Random random(seed);
  std::vector<float> values;
  std::vector<std::int32_t> labels;
  for (Index i = 0; i < count; ++i) {
    labels.push_back(static_cast<std::int32_t>(i % 3));
    for (Index at = 0; at < 72; ++at) {
      values.push_back(0.5f * random.normal() + (at / 24 == i % 3 ? 1.0f : 0.0f));
    }
  }
  return {values, {6, 6, 2}, labels, 3};
}

template <class P, class Architecture>
Network<Architecture, FakeQuant<P>> fake_network(std::uint64_t seed, const FloatDataset& data) {
  const auto net = random_network<Architecture>(seed);
  return {net, calibrate(net, data)};
}

template <class Architecture, class P>
std::vector<typename P::activation> codes_of(const Network<Architecture, P>& net, const FloatDataset& data) {
  std::vector<typename P::activation> all;
  std::vector<float> x(static_cast<std::size_t>(data.size() * Trace<Architecture>::input::size)),
      y(static_cast<std::size_t>(data.size() * Trace<Architecture>::output::size));
  copy_examples(data, Consecutive{0}, Batch<float, typename Trace<Architecture>::input>(x.data(), data.size()));
  HeapArena<Network<Architecture, P>> arena(data.size());
  net.forward({x.data(), data.size()}, {y.data(), data.size()}, arena,
              [&](auto, const auto& batch) { all.insert(all.end(), batch.begin(), batch.end()); });
  return all;
}

/// One pass over all examples: loss summed over them, and gradients of everything that is trained.
template <class Architecture, class P>
struct Pass {
  using Subject = Trainee<Architecture, P>;
  Network<Architecture, P>& net;
  const FloatDataset& data;
  typename Subject::Pass pass;
  std::vector<std::int32_t> labels;

  Pass(Network<Architecture, P>& network, const FloatDataset& examples)
      : net(network), data(examples), pass(Subject::pass(network)) {
    for (Index i = 0; i < data.size(); ++i) {
      labels.push_back(data.label(i));
    }
  }
  double loss(std::span<const float> values) {
    const float* const parameters = Subject::parameters(net, values);
    copy_examples(data, Consecutive{0}, pass.inputs(data.size()));
    return pass.evaluate(parameters, labels, CrossEntropy{}).loss;
  }
  std::vector<float> gradients(std::span<const float> values) {
    std::vector<float> all(static_cast<std::size_t>(Subject::Layout::size));
    const float* const parameters = Subject::parameters(net, values);
    copy_examples(data, Consecutive{0}, pass.inputs(data.size()));
    pass.run(parameters, labels, CrossEntropy{}, 1.0f, {}, all.data());
    Subject::pull_back(net, all);
    return all;
  }
};

/// The angle's cosine between two gradients.
double cosine(std::span<const float> a, std::span<const float> b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += double{a[i]} * double{b[i]};
    aa += double{a[i]} * double{a[i]};
    bb += double{b[i]} * double{b[i]};
  }
  return ab / std::sqrt(aa * bb);
}

TrainingOptions quiet(int epochs) {
  return {.epochs = epochs, .batch = 8, .validation = 0, .threads = 1, .progress = Progress::silent};
}

}  // namespace

// Every precision on real images: tests/slow/fake_quant_images.cpp.
TEST_CASE_TEMPLATE("fake quantization: computes what the integer network computes", P, Int8<Asymmetric>,
                   Int8<Symmetric, PerTensor, PowerOfTwoShift>, Int16<>, W4A8<Asymmetric, PerGroup<5>>) {
  const auto data = stripes(9);
  const auto check = [&]<class Architecture>(std::type_identity<Architecture>) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      auto fake = fake_network<P, Architecture>(seed, data);
      train(fake, data, CrossEntropy{}, Adam{.learning_rate = 1e-2f}, quiet(2));
      const auto deployed = quantize<P>(fake.float_network(), fake.ranges());
      CHECK(codes_of(deployed, data) == codes_of(fake.integers(), data));
      CHECK(codes_of(quantize(fake), data) == codes_of(deployed, data));
      CHECK(predict(fake, data) == predict(deployed, data));
      // The loss that training sees is that of these outputs.
      Pass<Architecture, FakeQuant<P>> pass(fake, data);
      const Evaluation found = evaluate(deployed, data);
      CHECK(pass.loss(fake.values()) == doctest::Approx(found.loss * 9.0).epsilon(1e-5));
    }
  };
  check(std::type_identity<Plain>{});
  check(std::type_identity<Branched>{});
}

TEST_CASE("fake quantization: what training sees between layers is what the codes stand for") {
  const auto data = stripes(5);
  const auto fake = fake_network<Int8<Asymmetric>, Branched>(4, data);
  const auto& integers = fake.integers();
  StraightThrough<Branched, Int8<Asymmetric>, LearnedRanges, FollowingScales> rounding(5, fake);
  std::vector<float> x(5 * 72);
  copy_examples(data, Consecutive{0}, Batch<float, Shape<6, 6, 2>>(x.data(), 5));
  std::vector<float> outputs(5 * 3);
  const std::vector<float> examples = x;
  rounding.begin(Batch<float, Shape<6, 6, 2>>(x.data(), 5));
  HeapArena<Network<Branched, Int8<Asymmetric>>> arena(5);
  int layers = 0;
  integers.forward({examples.data(), 5}, {outputs.data(), 5}, arena, [&]<Index I>(IndexConstant<I>, const auto& codes) {
    using Out = typename Trace<Branched>::template shape<I>;
    std::vector<float> seen(static_cast<std::size_t>(codes.size()));
    rounding.template round<I>(Batch<float, Out>(seen.data(), 5));
    bool equal = true;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      equal = equal && seen[i] == dequantize_value(codes.data()[i], integers.activation(I));
    }
    CHECK(equal);
    CHECK((I > 0 || seen == x));
    ++layers;
  });
  CHECK(layers == 10);
}

TEST_CASE_TEMPLATE("fake quantization: gradients are those of the float network where rounding is fine", Architecture,
                   Plain, Branched) {
  const auto data = stripes(12);
  // Without what is clipped: ranges twice as wide as need be.
  auto net = random_network<Architecture>(2);
  auto ranges = calibrate(net, data);
  for (Range& range : ranges.of_layer) {
    range = range.empty() ? range : Range{2.0f * range.lowest, 2.0f * range.highest};
  }
  Network<Architecture, FakeQuant<Int16<>>> fake(net, ranges);
  Pass<Architecture, FakeQuant<Int16<>>> pass(fake, data);
  const auto values = fake.values();
  const auto gradients = pass.gradients(values);

  // Differences of the loss of the float network in inference: BatchNorm by its running statistics, no Dropout.
  Pass<Architecture, Float32> reference(net, data);
  std::vector<float> parameters(net.parameters().begin(), net.parameters().end());
  std::vector<float> expected(parameters.size());
  for (const ParameterSlot& slot : ParameterLayout<Architecture>::slots) {
    for (Index i = 0; i < slot.info.extents.size() && !slot.info.is_statistic; ++i) {
      const auto at = static_cast<std::size_t>(slot.offset + i);
      const float before = parameters[at], step = 2e-3f;
      parameters[at] = before + step;
      const double above = reference.loss(parameters);
      parameters[at] = before - step;
      expected[at] = static_cast<float>((above - reference.loss(parameters)) / (2.0 * double{step}));
      parameters[at] = before;
    }
  }
  for (const ParameterSlot& slot : ParameterLayout<Architecture>::slots) {
    const auto name = slot.name();
    CAPTURE(name);
    if (slot.info.is_statistic) {
      CHECK(std::ranges::all_of(slot.in(std::span<const float>(gradients)), [](float g) { return g == 0.0f; }));
    } else {
      CHECK(cosine(slot.in(std::span<const float>(gradients)), slot.in(std::span<const float>(expected))) > 0.995);
    }
  }
}

TEST_CASE("straight-through estimator: gradients of ranges, by hand") {
  // One weight of 1 and no activation: y = x. Range -4..4 in 8 bits: scale 4/127, and code -128 stands for -4.031.
  using One = Sequential<Input<1>, Dense<1>>;
  Network<One, Float32> net;
  net.parameters()[0] = 1.0f;
  Ranges<One> ranges;
  ranges.of_layer = {Range{-8.0f, 8.0f}, Range{-4.0f, 4.0f}};
  using P = Int8<>;
  Network<One, FakeQuant<P>> fake(net, ranges);
  StraightThrough<One, P, LearnedRanges, FollowingScales> rounding(4, fake);
  std::vector<float> x{6.0f, -7.0f, 1.0f, 0.0f}, y{6.0f, -7.0f, 1.01f, 0.0f}, dy{0.5f, 0.25f, 2.0f, 1.0f};
  rounding.begin(Batch<float, Shape<1>>(x.data(), 4));
  rounding.forward<1>(Batch<float, Shape<1>>(y.data(), 4));
  const float scale = 4.0f / 127.0f;
  CHECK(y[0] == doctest::Approx(4.0f));
  CHECK(y[1] == doctest::Approx(-128.0f * scale));
  CHECK(y[2] == doctest::Approx(32.0f * scale));
  std::vector<float> gradients(4);
  rounding.backward<1>(Batch<float, Shape<1>>(dy.data(), 4), 1.0f, gradients.data());
  CHECK(dy == std::vector<float>{0.0f, 0.0f, 2.0f, 1.0f});  // clipped values get none
  // dq/dm of magnitude m: 1 above, -128/127 below, (32 - 1.01 / scale) / 127 between; LSQ's factor is 1 / sqrt(1 *
  // 127).
  const float expected = (0.5f - 0.25f * 128.0f / 127.0f + 2.0f * (32.0f - 1.01f / scale) / 127.0f) / std::sqrt(127.0f);
  CHECK(gradients[2] == 0.0f);
  CHECK(gradients[3] == doctest::Approx(expected).epsilon(1e-4));
}

TEST_CASE("straight-through estimator: moving ranges follow what they see") {
  const auto data = stripes(24);
  const auto net = random_network<Plain>(6);
  auto ranges = calibrate(net, data);
  const Range expected = ranges.of_layer[2];
  ranges.of_layer[2] = {0.0f, 0.2f * expected.highest};
  Network<Plain, FakeQuant<Int8<>, MovingRanges>> fake(net, ranges);
  train(fake, data, CrossEntropy{}, Sgd{.learning_rate = 1e-9f}, quiet(30));
  CHECK(fake.ranges().of_layer[2].highest > 0.8f * expected.highest);
  CHECK(fake.ranges().of_layer[2].highest <= 1.01f * expected.highest);
  CHECK(fake.ranges().of_layer[2].lowest == 0.0f);
}

TEST_CASE("fake quantization: frozen ranges stay, learned ones move, and both can follow each other") {
  const auto data = stripes(24);
  auto learned = fake_network<Int8<>, Plain>(7, data);
  const auto before = learned.ranges();
  train(learned, data, CrossEntropy{}, Adam{.learning_rate = 1e-2f}, quiet(2));
  CHECK(learned.ranges().of_layer[2] != before.of_layer[2]);
  Network<Plain, FakeQuant<Int8<>, FrozenRanges>> frozen(learned);
  train(frozen, data, CrossEntropy{}, Adam{.learning_rate = 1e-2f}, quiet(2));
  CHECK(frozen.ranges().of_layer == learned.ranges().of_layer);
  CHECK(frozen.float_network().parameters()[0] != learned.float_network().parameters()[0]);
}

TEST_CASE("fake quantization: training repairs what coarse codes break") {
  // Ranges far too narrow: most activations are clipped until training has found better ones.
  const auto data = stripes(90), test = stripes(90, 8);
  auto net = random_network<Plain>(1);
  train(net, data, CrossEntropy{}, Adam{.learning_rate = 1e-2f}, quiet(6));
  auto ranges = calibrate(net, data);
  for (std::size_t i = 1; i < ranges.of_layer.size(); ++i) {
    Range& range = ranges.of_layer[i];
    range = range.empty() ? range : Range{0.02f * range.lowest, 0.02f * range.highest};
  }
  Network<Plain, FakeQuant<Int8<>>> fake(net, ranges);
  const double broken = evaluate(fake, test).loss;
  const auto history = train(fake, data, CrossEntropy{}, Adam{.learning_rate = 1e-2f}, quiet(12));
  CHECK(history.epochs.back().training_loss < 0.5 * history.epochs.front().training_loss);
  CHECK(evaluate(quantize(fake), test).loss < 0.5 * broken);
}

TEST_CASE_TEMPLATE("learned scales: ternary weights learn what scales that follow cannot", Architecture, Plain,
                   Branched) {
  using P = W2A8<>;
  const auto data = stripes(120), test = stripes(90, 8);
  auto net = random_network<Architecture>(1);
  train(net, data, CrossEntropy{}, Adam{.learning_rate = 1e-2f}, quiet(8));
  const auto ranges = calibrate(net, data);
  const double rounded = evaluate(quantize<P>(net, ranges), test).loss;
  Network<Architecture, FakeQuant<P, LearnedRanges, LearnedScales>> fake(net, ranges);
  const AlignedVector<float> before = fake.magnitudes();
  train(fake, data, CrossEntropy{}, Adam{.learning_rate = 3e-3f}, quiet(10));
  CHECK(fake.magnitudes() != before);
  CHECK(evaluate(quantize(fake), test).loss < 0.5 * rounded);
  // The deployed network is that of the float network with these magnitudes.
  const auto deployed = quantize<P>(fake.float_network(), fake.ranges(), {.weight_magnitudes = fake.magnitudes()});
  CHECK(codes_of(deployed, test) == codes_of(fake.integers(), test));
  auto copy = fake;
  copy.assign(fake.values());
  CHECK(codes_of(copy.integers(), test) == codes_of(fake.integers(), test));
}

TEST_CASE("fake quantization: an optimizer does not lead ranges and magnitudes beyond what networks have") {
  using Fake = FakeQuant<W4A8<>, LearnedRanges, LearnedScales>;
  using Layout = Network<Plain, Fake>::Layout;
  const auto data = stripes(48);
  Network<Plain, Fake> fake(random_network<Plain>(3), calibrate(random_network<Plain>(3), data));
  auto values = fake.values();
  const auto last = static_cast<std::size_t>(Layout::scales_offset);
  values[last - 2] = 0.5f, values[last - 1] = -0.5f;  // a range that ends on the wrong sides of 0
  values[last] = -1.0f;
  Network<Plain, Fake>::project(values);
  CHECK(values[last - 2] == 0.0f);
  CHECK(values[last - 1] == 0.0f);
  CHECK(values[last] == smallest_scale);
  fake.assign(values);
  CHECK(fake.values() == values);

  // Steps so large that they would leave them far behind: what training holds is what the network has.
  TrainingOptions options = quiet(1);
  bool reaches_a_bound = false;
  options.average = 0.9;
  options.after_epoch = [&](const TrainingState& state) {
    for (const auto& all : {state.parameters, state.average, state.best}) {
      auto projected = all;
      Network<Plain, Fake>::project(projected);
      CHECK(projected == all);
    }
    const auto first = state.parameters.begin() + ParameterLayout<Plain>::size;
    reaches_a_bound =
        std::count(first, state.parameters.end(), 0.0f) + std::count(first, state.parameters.end(), smallest_scale) > 0;
  };
  Network<Plain, Fake> wild(random_network<Plain>(3), calibrate(random_network<Plain>(3), data));
  train(wild, data, CrossEntropy{}, Adam{.learning_rate = 0.5f}, options);
  CHECK(reaches_a_bound);
}

TEST_CASE("fake quantization: parameters that are no numbers any more are an error, not an end") {
  const auto data = stripes(48);
  auto fake = fake_network<Int8<>, Plain>(1, data);
  const auto before = fake.values();
  CHECK_THROWS_AS(train(fake, data, CrossEntropy{}, Adam{.learning_rate = 3e38f}, quiet(2)), NumericError);
  CHECK(range_of(fake.values()).finite());
}

TEST_CASE("fake quantization: the same seed and threads give the same bits") {
  const auto data = stripes(48);
  const auto run = [&](int threads) {
    auto fake = fake_network<Int8<Asymmetric>, Branched>(3, data);
    TrainingOptions options = quiet(2);
    options.validation = 0.25;
    options.average = 0.9;
    options.threads = threads;
    train(fake, data, CrossEntropy{}, Adam{.learning_rate = 1e-3f}, options);
    return fake.values();
  };
  CHECK(run(1) == run(1));
  CHECK(run(2) == run(2));
}

TEST_CASE("fake quantization: numbers that are not finite are refused") {
  const auto data = stripes(6);
  auto fake = fake_network<Int8<>, Plain>(1, data);
  auto values = fake.values();
  values[3] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(fake.assign(values), NumericError);
  values = fake.values();
  values.back() = std::numeric_limits<float>::infinity();
  CHECK_THROWS_AS(fake.assign(values), NumericError);

  auto fresh = fake_network<Int8<>, Plain>(1, data);
  TrainingOptions options = quiet(1);
  options.augment = [](std::span<float> example, Random&) { example[7] = std::numeric_limits<float>::infinity(); };
  CHECK_THROWS_AS(train(fresh, data, CrossEntropy{}, Adam{}, options), NumericError);
}

}  // namespace fake_quant_test
