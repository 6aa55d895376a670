// SPDX-License-Identifier: MIT
/// @file
/// One pass forward and back through a float network: loss in, gradients out.
#pragma once

#include "qnn/core/aligned.hpp"
#include "qnn/core/random.hpp"
#include "qnn/network/forward_layer.hpp"
#include "qnn/network/head.hpp"
#include "qnn/network/parameters.hpp"
#include "qnn/network/stage.hpp"
#include "qnn/training/loss.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

namespace qnn {

/// What a pass over some examples adds up to.
struct Tally {
  double loss = 0;    ///< sum over the examples
  Index correct = 0;  ///< examples whose largest output is their label
  Index count = 0;

  Tally& operator+=(const Tally& other) {
    loss += other.loss;
    correct += other.correct;
    count += other.count;
    return *this;
  }
  double mean_loss() const { return loss / static_cast<double>(count); }
  double accuracy() const { return static_cast<double>(correct) / static_cast<double>(count); }
};

/// Activations and gradients of up to `chunk` examples. Layers that work in place share the memory of their input where no
/// backward pass reads it, and gradients alternate between two buffers, so that little more than what backward needs is
/// kept. One for each thread.
template <class Architecture>
class Backpropagation {
  using trace = Trace<Architecture>;
  using Layout = ParameterLayout<Architecture>;
  template <Index I>
  using layer = typename trace::template layer<I>;

  /// The last layer that runs: the one whose outputs the loss reads.
  template <class L>
  static constexpr Index last = detail::reads_logits<L> ? logits_layer<Architecture> : trace::layer_count - 1;

  /// Whether the memory of layer I's output holds what some backward pass reads as its y.
  template <Index I>
  static constexpr bool output_is_read() {
    if constexpr (detail::reads_output<layer<I>>) {
      return true;
    } else if constexpr (I > 0 && in_place<I>) {
      return output_is_read<I - 1>();
    } else {
      return false;
    }
  }
  /// Whether layer I writes over its input.
  template <Index I>
  static constexpr bool in_place = [] {
    if constexpr (detail::is_in_place<layer<I>> && !detail::is_identity<layer<I>>) {
      return !output_is_read<I - 1>();
    } else {
      return detail::is_in_place<layer<I>>;
    }
  }();
  /// Whether layer I is an activation that the linear layer directly before it applies, in the same memory.
  template <Index I>
  static constexpr bool is_applied_before =
      Stages<Architecture>::template is_fused<I>&& Stages<Architecture>::template is_linear<I - 1>&& in_place<I>;
  /// What layer I applies on behalf of the activation behind it.
  template <Index I>
  static constexpr Clamp clamp = [] {
    if constexpr (I + 1 < trace::layer_count) {
      if constexpr (is_applied_before<I + 1>) {
        return layer<I + 1>::clamp;
      }
    }
    return Clamp{};
  }();
  /// First element of the output of layer I, for one example.
  template <Index I>
  static constexpr Index offset = [] {
    Index end = 0, begin = 0, size = trace::input::size;
    trace::for_each_layer([&]<Index J>(IndexConstant<J>) {
      if constexpr (J <= I && !in_place<J>) {
        begin = end += size;
        size = trace::template shape<J>::size;
      }
    });
    return begin;
  }();
  static constexpr Index activations_size = offset<trace::layer_count - 1> + trace::output::size;
  static constexpr Index gradient_size = [] {
    Index largest = 0;
    trace::for_each_layer(
        [&]<Index I>(IndexConstant<I>) { largest = std::max(largest, trace::template shape<I>::size); });
    return largest;
  }();
  static constexpr Index scratch_size = [] {
    Index largest = 0;
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
      using machine = typename trace::template machine<Float32, I>;
      largest = std::max({largest, machine::scratch, machine::backward_scratch});
    });
    return largest;
  }();

 public:
  /// Examples worth passing at once: every pass reads all weights and adds to all their gradients, so there should be
  /// few passes; but what an example leaves behind should still be in a common L3 cache on the way back.
  static constexpr Index default_chunk =
      std::clamp<Index>((Index{1} << 22) / (activations_size * Index{sizeof(float)}), 1, 64);

  explicit Backpropagation(Index chunk = default_chunk)
      : chunk_(chunk),
        activations_(static_cast<std::size_t>(chunk * activations_size)),
        gradients_{AlignedVector<float>(static_cast<std::size_t>(chunk * gradient_size)),
                   AlignedVector<float>(static_cast<std::size_t>(chunk * gradient_size))},
        scratch_(static_cast<std::size_t>(scratch_size)) {}

  Index chunk() const { return chunk_; }
  /// Where the examples of the next pass are to be written.
  Batch<float, typename trace::input> inputs(Index count) { return {activations_.data(), count}; }

  /// Runs the examples in inputs() forward and adds d(scale * sum of their losses)/dparameters to `gradients`.
  /// @pre labels.size() <= chunk(); parameters and gradients of ParameterLayout::size
  template <Loss L>
  Tally run(const float* parameters, std::span<const std::int32_t> labels, const L& loss, float scale,
            TrainingStep step, float* gradients) {
    const auto count = static_cast<Index>(labels.size());
    forward<last<L>>(parameters, count, step);
    const Tally tally = differentiate(labels, loss, scale);
    backward<last<L>>(parameters, count, step, gradients);
    return tally;
  }

  /// Losses and hits of the examples in inputs() as inference sees them: without Dropout, without gradients.
  template <Loss L>
  Tally evaluate(const float* parameters, std::span<const std::int32_t> labels, const L& loss) {
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
      if constexpr (I <= last<L> && !is_applied_before<I>) {
        forward_layer<I>(parameters, static_cast<Index>(labels.size()));
      }
    });
    return differentiate(labels, loss, 1.0f);
  }

 private:
  template <Index I>
  Batch<float, typename trace::template shape<I>> output(Index count) {
    return {activations_.data() + chunk_ * offset<I>, count};
  }

  template <Index Last>
  void forward(const float* parameters, Index count, TrainingStep step) {
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
      using machine = typename trace::template machine<Float32, I>;
      if constexpr (I > Last || is_applied_before<I>) {
      } else if constexpr (requires { machine::forward_training(output<I - 1>(0), output<I>(0), step); }) {
        machine::forward_training(output<I - 1>(count), output<I>(count), seed_of(step, I));
      } else {
        forward_layer<I>(parameters, count);
      }
    });
  }

  template <Index I>
  void forward_layer(const float* parameters, Index count) {
    using In = typename trace::template shape<I - 1>;
    detail::forward_layer<typename trace::template machine<Float32, I>>(parameters + Layout::template offset<I>,
                                                                        Batch<const float, In>(output<I - 1>(count)),
                                                                        output<I>(count), scratch_.data(), clamp<I>);
  }

  /// Loss of every example, and its gradient into the first buffer.
  template <Loss L>
  Tally differentiate(std::span<const std::int32_t> labels, const L& loss, float scale) {
    Tally tally;
    tally.count = static_cast<Index>(labels.size());
    const Batch<const float, typename trace::output> outputs = output<last<L>>(tally.count);
    const Batch<float, typename trace::output> gradient(gradients_[0].data(), tally.count);
    for (Index n = 0; n < tally.count; ++n) {
      const std::int32_t label = labels[static_cast<std::size_t>(n)];
      tally.loss += loss(outputs[n].span(), label, gradient[n].span());
      tally.correct += std::max_element(outputs[n].begin(), outputs[n].end()) - outputs[n].begin() == label ? 1 : 0;
    }
    std::transform(gradient.begin(), gradient.end(), gradient.begin(), [scale](float g) { return scale * g; });
    return tally;
  }

  template <Index Last>
  void backward(const float* parameters, Index count, TrainingStep step, float* gradients) {
    float* current = gradients_[0].data();
    float* other = gradients_[1].data();
    trace::for_each_layer([&]<Index Forward>(IndexConstant<Forward>) {
      constexpr Index I = trace::layer_count - Forward;  // from the last layer to the first
      using In = typename trace::template shape<I - 1>;
      using Out = typename trace::template shape<I>;
      constexpr bool leads_to_parameters = Layout::template offset < I >> 0;
      if constexpr (I <= Last && (leads_to_parameters || Layout::template offset < I + 1 >> 0)) {
        float* const target = in_place<I> ? current : other;
        const BackwardPass<In, Out> pass{.parameters = parameters + Layout::template offset<I>,
                                         .x = output<I - 1>(count),
                                         .y = output<I>(count),
                                         .dy = {current, count},
                                         .dx = {leads_to_parameters ? target : nullptr, count},
                                         .gradients = gradients + Layout::template offset<I>,
                                         .scratch = scratch_.data(),
                                         .step = seed_of(step, I)};
        trace::template machine<Float32, I>::backward(pass);
        if constexpr (!in_place<I>) {
          std::swap(current, other);
        }
      }
    });
  }

  /// Every layer draws from a stream of its own.
  static TrainingStep seed_of(TrainingStep step, Index layer) {
    return {mix(step.seed + static_cast<std::uint64_t>(layer)), step.first_example};
  }

  Index chunk_;
  AlignedVector<float> activations_;
  AlignedVector<float> gradients_[2];
  AlignedVector<float> scratch_;
};

}  // namespace qnn
