// SPDX-License-Identifier: MIT
/// @file
/// Gradients of whole networks against differences of their loss.
#include "qnn/training/backpropagation.hpp"

#include "qnn/layers.hpp"
#include "qnn/network/network.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace backpropagation_test {

using namespace qnn;

namespace {

using Convolutional =
    Sequential<Input<7, 6, 2>, Conv2d<4, Kernel<3>, Same>, ReLU, MaxPool2d<2>, Conv2d<6, Kernel<2>, Groups<2>, NoBias>,
               ReLU6, Dropout<0>, AveragePool2d<2>, Flatten, Dense<5>, ReLU, Dense<3>>;
using Strided = Sequential<Input<8, 5, 3>, Conv2d<3, Kernel<3>, Stride<2>, Padding<2>, Dilation<2>>, ReLU,
                           Conv2d<4, Kernel<1>>, GlobalAveragePool2d, Flatten, Dense<4, NoBias>>;
using InsideSoftmax = Sequential<Input<6>, Dense<5>, Softmax, Dense<3>>;
using EndsInSoftmax = Sequential<Input<6>, Dense<5>, ReLU, Dense<3>, Softmax, Expect<3>>;

/// y = 2 x in place, which leaves nothing of its input.
struct Doubled {
  static constexpr auto name = "Doubled";
  using accepts = rules<>;
  static constexpr bool in_place = true;
  template <class In>
  using output = In;

  template <class P, class In>
  struct at : NoParameters {
    static void forward(const float*, Batch<const float, In> x, Batch<float, In> y, float*) {
      std::transform(x.begin(), x.end(), y.data(), [](float value) { return 2.0f * value; });
    }
    static void backward(const BackwardPass<In, In>& pass) {
      if (pass.dx.data() != nullptr) {
        std::transform(pass.dy.begin(), pass.dy.end(), pass.dx.data(), [](float value) { return 2.0f * value; });
      }
    }
  };
};
// Behind each layer whose backward reads its output, with and without layers in between that share its memory.
using Overwriting = Sequential<Input<6, 6, 2>, Conv2d<4, Kernel<3>>, ReLU6, Doubled, MaxPool2d<2>, Doubled, Doubled,
                               Flatten, Dense<5>, Softmax, Expect<5>, Doubled, Dense<3>>;
using Dropping = Sequential<Input<12>, Dense<16>, ReLU, Dropout<50>, Dense<3>>;

template <class Architecture>
struct Problem {
  static constexpr Index size = ParameterLayout<Architecture>::size;
  static constexpr Index count = 5;
  Network<Architecture, Float32> net{HeNormal{.seed = 11}};
  Backpropagation<Architecture> pass{count};
  std::vector<float> inputs = std::vector<float>(count * Trace<Architecture>::input::size);
  std::vector<std::int32_t> labels;

  Problem() {
    Random random(4);
    std::generate(inputs.begin(), inputs.end(), [&] { return random.normal(); });
    for (float& parameter : net.parameters()) {
      parameter += 0.1f * random.normal();  // biases too
    }
    for (Index i = 0; i < count; ++i) {
      labels.push_back(static_cast<std::int32_t>(random.below(3)));
    }
  }
  Problem(const Problem&) = delete;
  Problem& operator=(const Problem&) = delete;

  /// Loss summed over examples first .. first + number, times scale; gradients are added to.
  template <Loss L>
  double run(const L& loss, std::vector<float>& gradients, float scale = 1, Index first = 0, Index number = count,
             TrainingStep step = {}) {
    copy(first, number);
    return pass.run(net.parameters().data(), labels_of(first, number), loss, scale, step, gradients.data()).loss;
  }
  template <Loss L>
  Tally evaluate(const L& loss) {
    copy(0, count);
    return pass.evaluate(net.parameters().data(), labels, loss);
  }

 private:
  void copy(Index first, Index number) {
    std::copy_n(inputs.begin() + first * Trace<Architecture>::input::size, number * Trace<Architecture>::input::size,
                pass.inputs(number).data());
  }
  std::span<const std::int32_t> labels_of(Index first, Index number) const {
    return std::span(labels).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(number));
  }
};

/// A loss has corners where a ReLU or a maximum changes sides; a difference taken across one says nothing about the
/// gradient. It shows by the slopes left and right of the point.
template <class Architecture, Loss L>
void check_gradients(const L& loss) {
  Problem<Architecture> problem;
  std::vector<float> gradients(problem.size), ignored(problem.size);
  const double centre = problem.run(loss, gradients);
  constexpr float step = 1e-3f;
  int checked = 0;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    float& parameter = problem.net.parameters()[i];
    const float kept = parameter;
    parameter = kept + step;
    const double above = problem.run(loss, ignored), width = static_cast<double>(parameter - kept);
    parameter = kept - step;
    const double below = problem.run(loss, ignored);
    parameter = kept;
    const double right = (above - centre) / width, left = (centre - below) / width, slope = (right + left) / 2;
    if (std::fabs(right - left) > 0.01 + 0.02 * std::fabs(slope)) {
      continue;
    }
    ++checked;
    CAPTURE(i);
    CHECK(static_cast<double>(gradients[i]) == doctest::Approx(slope).epsilon(0.01).scale(0.5));
  }
  CHECK(checked > 0.9 * static_cast<double>(gradients.size()));
}

}  // namespace

TEST_CASE("backpropagation: gradients of whole networks are those of the loss") {
  SUBCASE("convolutions, pools, groups") { check_gradients<Convolutional>(CrossEntropy{}); }
  SUBCASE("label smoothing") { check_gradients<Convolutional>(CrossEntropy{.label_smoothing = 0.2f}); }
  SUBCASE("stride, dilation, padding") { check_gradients<Strided>(CrossEntropy{}); }
  SUBCASE("squares") { check_gradients<Strided>(MeanSquaredError{}); }
  SUBCASE("a Softmax inside") { check_gradients<InsideSoftmax>(CrossEntropy{}); }
  SUBCASE("a Softmax at the end, above the logits") { check_gradients<EndsInSoftmax>(CrossEntropy{}); }
  SUBCASE("a Softmax at the end, squares of probabilities") { check_gradients<EndsInSoftmax>(MeanSquaredError{}); }
  SUBCASE("in-place layers behind layers that read their outputs") { check_gradients<Overwriting>(CrossEntropy{}); }
}

TEST_CASE("backpropagation: gradients are added, and scaled") {
  Problem<Convolutional> problem;
  std::vector<float> once(problem.size), twice(problem.size), half(problem.size);
  problem.run(CrossEntropy{}, once);
  problem.run(CrossEntropy{}, twice);
  problem.run(CrossEntropy{}, twice);
  problem.run(CrossEntropy{}, half, 0.5f);
  for (std::size_t i = 0; i < once.size(); ++i) {
    CHECK(twice[i] == doctest::Approx(2 * once[i]).epsilon(1e-5));
    CHECK(half[i] == once[i] / 2);
  }
}

TEST_CASE("backpropagation: examples in parts add up to all of them") {
  Problem<Convolutional> problem;
  std::vector<float> whole(problem.size), parts(problem.size);
  const double loss = problem.run(CrossEntropy{}, whole);
  double sum = 0;
  sum += problem.run(CrossEntropy{}, parts, 1, 0, 2);
  sum += problem.run(CrossEntropy{}, parts, 1, 2, 1);
  sum += problem.run(CrossEntropy{}, parts, 1, 3, 2);
  CHECK(sum == doctest::Approx(loss).epsilon(1e-6));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    CHECK(parts[i] == doctest::Approx(whole[i]).epsilon(1e-4));
  }
}

TEST_CASE("backpropagation: losses and hits are those of the network") {
  Problem<Convolutional> problem;
  HeapArena<Network<Convolutional, Float32>> arena(2);
  std::vector<float> outputs(problem.count * 3), gradients(problem.size);
  problem.net.forward({problem.inputs.data(), problem.count}, {outputs.data(), problem.count}, arena);
  Tally expected;
  for (std::size_t i = 0; i < problem.count; ++i) {
    const std::span<const float> row(outputs.data() + 3 * i, 3);
    expected.loss += CrossEntropy{}(row, problem.labels[i]);
    expected.correct += std::max_element(row.begin(), row.end()) - row.begin() == problem.labels[i] ? 1 : 0;
  }
  const Tally found = problem.evaluate(CrossEntropy{});
  CHECK(found.count == problem.count);
  CHECK(found.correct == expected.correct);
  CHECK(found.loss == doctest::Approx(expected.loss).epsilon(1e-5));
  CHECK(problem.run(CrossEntropy{}, gradients) == doctest::Approx(expected.loss).epsilon(1e-5));
}

TEST_CASE("backpropagation: behind a final Softmax, squares are those of probabilities, cross-entropy that of logits") {
  Problem<EndsInSoftmax> problem;
  HeapArena<Network<EndsInSoftmax, Float32>> arena(problem.count);
  std::vector<float> outputs(problem.count * 3), gradients(problem.size);
  problem.net.forward({problem.inputs.data(), problem.count}, {outputs.data(), problem.count}, arena);
  Tally squares, entropy;
  for (std::size_t i = 0; i < problem.count; ++i) {
    const std::span<const float> probabilities(outputs.data() + 3 * i, 3);
    squares.loss += MeanSquaredError{}(probabilities, problem.labels[i]);
    entropy.loss -= std::log(static_cast<double>(probabilities[static_cast<std::size_t>(problem.labels[i])]));
  }
  CHECK(problem.evaluate(MeanSquaredError{}).loss == doctest::Approx(squares.loss).epsilon(1e-5));
  CHECK(problem.run(MeanSquaredError{}, gradients) == doctest::Approx(squares.loss).epsilon(1e-5));
  CHECK(problem.evaluate(CrossEntropy{}).loss == doctest::Approx(entropy.loss).epsilon(1e-5));
  CHECK(problem.run(CrossEntropy{}, gradients) == doctest::Approx(entropy.loss).epsilon(1e-5));
}

TEST_CASE("backpropagation: Dropout acts in training alone, and depends on the step and the example") {
  Problem<Dropping> problem;
  std::vector<float> gradients(problem.size);
  const double calm = problem.evaluate(CrossEntropy{}).loss;
  const double first = problem.run(CrossEntropy{}, gradients, 1, 0, 5, {.seed = 1});
  CHECK(first != calm);
  CHECK(problem.evaluate(CrossEntropy{}).loss == calm);
  CHECK(problem.run(CrossEntropy{}, gradients, 1, 0, 5, {.seed = 1}) == first);
  CHECK(problem.run(CrossEntropy{}, gradients, 1, 0, 5, {.seed = 2}) != first);
  const double parts = problem.run(CrossEntropy{}, gradients, 1, 0, 2, {.seed = 1}) +
                       problem.run(CrossEntropy{}, gradients, 1, 2, 3, {.seed = 1, .first_example = 2});
  CHECK(parts == doctest::Approx(first).epsilon(1e-6));

  // Over many masks the mean of what follows linearly is that without Dropout: gradients of the last bias for a
  // squared loss.
  std::vector<float> mean(problem.size), without(problem.size);
  constexpr int rounds = 4000;
  for (int round = 0; round < rounds; ++round) {
    problem.run(MeanSquaredError{}, mean, 1.0f / rounds, 0, 5, {.seed = static_cast<std::uint64_t>(round)});
  }
  using Calm = Sequential<Input<12>, Dense<16>, ReLU, Dropout<0>, Dense<3>>;
  Problem<Calm> still;
  still.run(MeanSquaredError{}, without);
  for (std::size_t i = problem.size - 3; i < mean.size(); ++i) {
    CHECK(mean[i] == doctest::Approx(without[i]).epsilon(0.03).scale(2));
  }
}

TEST_CASE("backpropagation: chunks are between 1 and 64 examples") {
  CHECK(Backpropagation<Dropping>{}.chunk() == 64);
  using Large = Sequential<Input<400, 400, 3>, Conv2d<8, Kernel<3>>, GlobalAveragePool2d, Flatten, Dense<2>>;
  CHECK(Backpropagation<Large>::default_chunk == 1);
}

}  // namespace backpropagation_test
