// SPDX-License-Identifier: MIT
/// @file
/// One pass forward and back through a float network: loss in, gradients out.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/aligned.hpp"
#include "qnn/core/random.hpp"
#include "qnn/network/forward_layer.hpp"
#include "qnn/network/head.hpp"
#include "qnn/network/parameters.hpp"
#include "qnn/training/backpropagation_plan.hpp"
#include "qnn/training/history.hpp"
#include "qnn/training/loss.hpp"
#include "qnn/training/targets.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <span>
#include <utility>

namespace qnn {

/// What a pass over some examples adds up to.
struct Tally {
  double loss = 0;     ///< sum over the examples
  Index labelled = 0;  ///< examples that were compared with a label: all or none
  Index correct = 0;   ///< those whose largest output is their label
  Index count = 0;

  Tally& operator+=(const Tally& other) {
    loss += other.loss;
    labelled += other.labelled;
    correct += other.correct;
    count += other.count;
    return *this;
  }
  double mean_loss() const { return loss / static_cast<double>(count); }
  double accuracy() const {
    return labelled == 0 ? not_measured : static_cast<double>(correct) / static_cast<double>(labelled);
  }
};

/// Examples whose statistics a normalization takes in training: about so many, and fewer only in smaller batches.
inline constexpr Index ghost_batch = 32;
/// Parts of a batch that are normalized together: nearly equal ones.
constexpr Index ghost_batches(Index batch) { return std::max<Index>(1, (batch + ghost_batch / 2) / ghost_batch); }
/// A batch of 47 is still one.
inline constexpr Index largest_ghost_batch = 47;
static_assert(ghost_batches(largest_ghost_batch) == 1 && ghost_batches(largest_ghost_batch + 1) == 2);

/// What a pass does with the values between the layers: leaves them as they are. Another class in its place may round
/// them; see StraightThrough (quantization/straight_through.hpp) for what it is asked, and when.
struct NoRounding {
  static constexpr bool is_active = false;
  explicit NoRounding(Index /*chunk*/) {}
  template <Index I, class Values>
  void forward(const Values& /*y*/) const {}
  template <Index I, class Values>
  void backward(const Values& /*dy*/, float /*share*/, float* /*gradients*/) const {}
};

/// Activations and gradients of up to `chunk` examples. Layers that work in place share the memory of their input where
/// no backward pass reads it, and gradients live from the last reader of an output to the layer that gave it, so that
/// little more than what backward needs is kept. One for each thread.
template <class Architecture, class Rounding = NoRounding>
class Backpropagation {
  using trace = Trace<Architecture>;
  using Layout = ParameterLayout<Architecture>;
  using Plan = BackpropagationPlan<Architecture>;
  template <Index I>
  using layer = typename trace::template layer<I>;
  template <Index I>
  using machine = typename trace::template machine<Float32, I>;

  /// The last layer that runs: the one whose outputs the loss reads.
  template <class L>
  static constexpr Index last = detail::reads_logits<L> ? logits_layer<Architecture> : trace::layer_count - 1;

 public:
  /// Whether the examples of a pass are normalized together.
  static constexpr bool normalizes = [] {
    bool found = false;
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) { found = found || detail::is_normalization<layer<I>>; });
    return found && !Rounding::is_active;
  }();

  /// Examples worth passing at once: every pass reads all weights and adds to all their gradients, so there should be
  /// few passes; but what an example leaves behind should still be in a common L3 cache on the way back. Normalizations
  /// take all examples of a ghost batch at once.
  static constexpr Index default_chunk =
      normalizes ? largest_ghost_batch
                 : std::clamp<Index>((Index{1} << 22) / (Plan::activations_size * Index{sizeof(float)}), 1, 64);

  /// @param rounding what Rounding is made of besides the number of examples
  template <class... Arguments>
  explicit Backpropagation(Index chunk = default_chunk, const Arguments&... rounding)
      : chunk_(chunk),
        activations_(static_cast<std::size_t>(chunk * Plan::activations_size)),
        gradients_(static_cast<std::size_t>(chunk * Plan::gradients.size)),
        scratch_(static_cast<std::size_t>(Plan::scratch_size)),
        rounding_(chunk, rounding...) {}

  Index chunk() const { return chunk_; }
  /// Where the examples of the next pass are to be written.
  Batch<float, typename trace::input> inputs(Index count) { return {activations_.data(), count}; }

  /// Runs the examples in inputs() forward and adds d(scale * sum of their losses)/dparameters to `gradients`.
  /// @param targets  a span of their labels, or a Batch of what a loss that reads examples wants as outputs
  /// @pre not more than chunk() targets; parameters and gradients of ParameterLayout::size
  template <Loss L, class Targets>
  QNN_NOINLINE Tally run(const float* parameters, Targets targets, const L& loss, float scale, TrainingStep step,
                         float* gradients) {
    const Index count = detail::count_of(targets);
    forward<last<L>>(parameters, count, step);
    const Tally tally = differentiate<last<L>>(targets, loss, scale);
    backward<last<L>>(parameters, count, step, gradients);
    return tally;
  }

  /// Losses and hits of the examples in inputs() as inference sees them: without Dropout, without gradients.
  template <Loss L, class Targets>
  QNN_NOINLINE Tally evaluate(const float* parameters, Targets targets, const L& loss) {
    const auto count = detail::count_of(targets);
    if constexpr (Rounding::is_active) {
      rounding_.begin(inputs(count));
      rounding_.template round<last<L>>(output<last<L>>(count));
    } else {
      trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
        if constexpr (I <= last<L> && !Plan::template is_applied_before<I>) {
          forward_layer<I>(parameters, count);
        }
      });
    }
    return differentiate<last<L>>(targets, loss, 1.0f);
  }

 private:
  template <Index I>
  Batch<float, typename trace::template shape<I>> output(Index examples) {
    return {activations_.data() + chunk_ * Plan::offsets[I], examples};
  }
  /// The gradient of the output of layer I.
  template <Index I>
  Batch<float, typename trace::template shape<I>> gradient(Index examples) {
    return {gradients_.data() + chunk_ * Plan::gradients.offset[Plan::memory_of[I]], examples};
  }
  /// What layer I reads.
  template <Index I>
  auto received(Index examples) {
    constexpr auto sources = trace::template sources<I>;
    const auto pointers = [&]<std::size_t... K>(std::index_sequence<K...>) {
      return std::array<const float*, sources.size()>{output<sources[K]>(examples).data()...};
    }
    (std::make_index_sequence<sources.size()>{});
    return detail::InputsFrom<typename trace::template received<I>>::of(pointers, examples);
  }

  template <Index Last>
  void forward(const float* parameters, Index examples, TrainingStep step) {
    if constexpr (Rounding::is_active) {
      rounding_.begin(inputs(examples));
    }
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
      const float* const own = parameters + Layout::template offset<I>;
      if constexpr (I > Last || Plan::template is_applied_before<I>) {
      } else if constexpr (!Rounding::is_active &&
                           requires { machine<I>::forward_training(own, received<I>(0), output<I>(0), step); }) {
        machine<I>::forward_training(own, received<I>(examples), output<I>(examples), seed_of(step, I));
      } else {
        forward_layer<I>(parameters, examples);
      }
      if constexpr (I <= Last) {
        rounding_.template forward<I>(output<I>(examples));
      }
    });
  }

  template <Index I>
  void forward_layer(const float* parameters, Index examples) {
    detail::forward_layer<machine<I>>(parameters + Layout::template offset<I>, received<I>(examples),
                                      output<I>(examples), scratch_.data(), Plan::template clamp<I>);
  }

  /// Loss of every example, and the gradient of layer Last's output.
  template <Index Last, Loss L, class Targets>
  Tally differentiate(Targets targets, const L& loss, float scale) {
    Tally tally;
    tally.count = detail::count_of(targets);
    const Batch<const float, typename trace::output> outputs(output<Last>(tally.count).data(), tally.count);
    const Batch<float, typename trace::output> gradients(gradient<Last>(tally.count).data(), tally.count);
    for (Index n = 0; n < tally.count; ++n) {
      const auto target = detail::target_of(targets, n);
      tally.loss += loss(outputs[n].span(), target, gradients[n].span());
      if constexpr (!detail::reads_example<L>) {
        ++tally.labelled;
        tally.correct += std::max_element(outputs[n].begin(), outputs[n].end()) - outputs[n].begin() == target ? 1 : 0;
      }
    }
    std::transform(gradients.begin(), gradients.end(), gradients.begin(), [scale](float g) { return scale * g; });
    return tally;
  }

  template <Index Last>
  void backward(const float* parameters, Index examples, TrainingStep step, float* gradients) {
    trace::for_each_layer([&]<Index Forward>(IndexConstant<Forward>) {
      constexpr Index I = trace::layer_count - Forward;  // from the last layer to the first
      if constexpr (I <= Last && Plan::leads_to_parameters[I]) {
        rounding_.template backward<I>(gradient<I>(examples), step.share, gradients);
        if constexpr (trace::template sources<I>.size() > 1) {
          join_backward<I>(examples);
        } else {
          layer_backward<I>(parameters, examples, seed_of(step, I), gradients);
        }
      }
    });
  }

  template <Index I>
  QNN_NOINLINE void layer_backward(const float* parameters, Index examples, TrainingStep step, float* gradients) {
    constexpr Index source = trace::template source<I>;
    using In = typename trace::template shape<source>;
    send_back<I, source, Plan::last_reader[source] == I>(examples, [&](Batch<float, In> dx) {
      BackwardPass<In, typename trace::template shape<I>> pass{.parameters = parameters + Layout::template offset<I>,
                                                               .x = output<source>(examples),
                                                               .y = output<I>(examples),
                                                               .dy = gradient<I>(examples),
                                                               .dx = dx,
                                                               .gradients = gradients + Layout::template offset<I>,
                                                               .scratch = scratch_.data(),
                                                               .step = step};
      if constexpr (Rounding::is_active) {
        rounding_.template layer_backward<I>(pass);
      } else {
        machine<I>::backward(pass);
      }
    });
  }

  template <Index I>
  void join_backward(Index examples) {
    constexpr auto sources = trace::template sources<I>;
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      (send_back < I, sources[K],
       Plan::last_reader[sources[K]] == I &&
           is_first<I>(K) > (examples,
                             [&](auto dx) {
                               if (dx.data() != nullptr) {
                                 machine<I>::template backward<K>(
                                     Batch<const float, typename trace::template shape<I>>(gradient<I>(examples)), dx);
                               }
                             }),
       ...);
    }
    (std::make_index_sequence<sources.size()>{});
  }
  /// Whether input `k` of layer I is the first that comes from its source.
  template <Index I>
  static constexpr bool is_first(std::size_t k) {
    constexpr auto sources = trace::template sources<I>;
    return std::find(sources.begin(), sources.end(), sources[k]) == sources.begin() + static_cast<Index>(k);
  }

  /// Calls body(dx) with memory for the gradient of the output of layer Source, which layer I reads; null where it is
  /// of no use. Where another reader has given its part already, this one is added.
  template <Index I, Index Source, bool IsFirst, class Body>
  void send_back(Index examples, Body&& body) {
    using Gradient = Batch<float, typename trace::template shape<Source>>;
    if constexpr (!Plan::leads_to_parameters[Source]) {
      body(Gradient(nullptr, examples));
    } else if constexpr (IsFirst) {
      body(gradient<Source>(examples));
    } else {
      const Gradient sum = gradient<Source>(examples);
      const Gradient addend(gradients_.data() + chunk_ * Plan::gradients.offset[Plan::layers + I], examples);
      body(addend);
      std::transform(sum.begin(), sum.end(), addend.begin(), sum.begin(), std::plus<>{});
    }
  }

  /// Every layer draws from a stream of its own.
  static TrainingStep seed_of(TrainingStep step, Index layer) {
    return {mix(step.seed + static_cast<std::uint64_t>(layer)), step.first_example, step.share};
  }

  Index chunk_;
  AlignedVector<float> activations_;
  AlignedVector<float> gradients_;
  AlignedVector<float> scratch_;
  QNN_NO_UNIQUE_ADDRESS Rounding rounding_;
};

}  // namespace qnn
