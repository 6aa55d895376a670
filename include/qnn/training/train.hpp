// SPDX-License-Identifier: MIT
/// @file
/// Training, in float32 or quantization-aware: mini-batch gradient descent, parallel over the examples of a batch.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/parallel.hpp"
#include "qnn/core/random.hpp"
#include "qnn/data/examples.hpp"
#include "qnn/network/network.hpp"
#include "qnn/scheme/range.hpp"
#include "qnn/training/loss.hpp"
#include "qnn/training/optimizer.hpp"
#include "qnn/training/options.hpp"
#include "qnn/training/parameter_update.hpp"
#include "qnn/training/targets.hpp"
#include "qnn/training/trainee.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace qnn {

namespace detail {

[[noreturn]] QNN_COLD inline void report_loss(double loss, int epoch, Index batch) {
  throw NumericError("qnn: train: the loss is " + std::to_string(loss) + " in epoch " + std::to_string(epoch) +
                     ", batch " + std::to_string(batch) + "; lower the learning rate or set clip_norm");
}
[[noreturn]] QNN_COLD inline void report_parameter(int epoch) {
  throw NumericError("qnn: train: a parameter is NaN or infinite after epoch " + std::to_string(epoch) +
                     "; lower the learning rate or set clip_norm");
}

/// Whether a training can go on from `state`. @throws ArgumentError, NumericError
/// @param size, slots  numbers of parameters, and of the optimizer's numbers for each
QNN_COLD inline void check_state(const TrainingState& state, std::size_t size, Index slots, Index steps_per_epoch) {
  const bool fits = state.parameters.size() == size && state.best.size() == size &&
                    (state.average.empty() || state.average.size() == size) &&
                    state.optimizer.size() == size * static_cast<std::size_t>(slots);
  if (!fits) {
    throw ArgumentError("train: state",
                        "that of this architecture and optimizer, " + std::to_string(size) + " parameters with " +
                            std::to_string(slots) + " numbers each",
                        std::to_string(state.parameters.size()) + " and " + std::to_string(state.optimizer.size()));
  }
  if (state.step != state.epoch * steps_per_epoch) {
    throw ArgumentError("train: state",
                        "the steps of " + std::to_string(state.epoch) + " epochs of " +
                            std::to_string(steps_per_epoch) + ": the same examples, batch and validation as before",
                        std::to_string(state.step) + " steps");
  }
  if (size > 0 && !(range_of(state.parameters).finite() && range_of(state.best).finite())) {
    throw NumericError("qnn: train: the state to go on from holds NaN or infinity");
  }
}

/// The indices in the order of this epoch: it depends on the epoch's number alone, not on the last order.
QNN_COLD inline void shuffle_for_epoch(std::vector<Index>& indices, std::uint64_t seed, int epoch) {
  std::sort(indices.begin(), indices.end());
  Random random(seed, std::uint64_t{1}, epoch);
  shuffle(indices, random);
}

}  // namespace detail

/// One training of one network. `train` runs it to the end; use the class itself to look in between.
template <class Architecture, class P, ExampleSource S, Loss L, Optimizer O>
class Trainer {
  using trace = Trace<Architecture>;
  using Subject = Trainee<Architecture, P>;
  using Layout = typename Subject::Layout;
  using Pass = typename Subject::Pass;
  static constexpr auto size = static_cast<std::size_t>(Layout::size);

 public:
  /// Keeps references to the network and the examples. With a state from a checkpoint, goes on where that stopped.
  /// @throws ArgumentError for options out of range, examples that do not fit, a state of another architecture
  Trainer(Network<Architecture, P>& network, const S& examples, const L& loss, const O& optimizer,
          TrainingOptions options, TrainingState state)
      : network_(network),
        examples_(examples),
        loss_(loss),
        optimizer_(optimizer),
        options_(std::move(options)),
        threads_(thread_count(options_.threads)),
        state_(std::move(state)),
        update_(optimizer, threads_, options_.clip_norm, options_.average) {
    options_.validate();
    loss_.validate();
    optimizer_.validate();
    check_task();
    options_.batch = std::min(options_.batch, static_cast<Index>(examples_.size()));
    if (Pass::normalizes && options_.batch < 2) {
      throw ArgumentError("train: batch", "at least 2 for a network with BatchNorm: one example has no variance",
                          std::to_string(options_.batch));
    }
    divide_examples();
    adopt_state();
    workers_.reserve(static_cast<std::size_t>(threads_));
    for (int thread = 0; thread < threads_; ++thread) {
      gradients_.push_back(&workers_.emplace_back(network_).gradients);
    }
  }

  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;
  /// The examples are kept by reference: they must outlive the trainer.
  Trainer(Network<Architecture, P>&, const S&&, const L&, const O&, TrainingOptions, TrainingState) = delete;

  bool done() const { return state_.epoch >= options_.epochs || out_of_patience(); }
  const TrainingState& state() const { return state_; }
  int epochs() const { return options_.epochs; }
  Progress progress() const { return options_.progress; }

  /// One pass over the training part, one over the validation part, then options.after_epoch.
  /// @throws NumericError where a loss is not finite; the network then holds what the step before it left, or what it
  /// held before the epoch if that is not finite
  /// @throws NumericError where a parameter is not finite after the epoch; the network then holds those of the best
  /// epoch
  void run_epoch(ProgressLine& line) {
    const auto start = std::chrono::steady_clock::now();
    detail::shuffle_for_epoch(training_, options_.seed, state_.epoch);
    line.begin(state_.epoch + 1, static_cast<Index>(training_.size()));
    Tally total;
    try {
      for (std::size_t first = 0; first < training_.size(); first += static_cast<std::size_t>(options_.batch)) {
        const std::size_t count = std::min(static_cast<std::size_t>(options_.batch), training_.size() - first);
        total += run_step(std::span(training_).subspan(first, count));
        line.update(total.count, total.mean_loss(), total.accuracy());
      }
    } catch (...) {
      if (is_finite(result())) {
        publish();
      }
      throw;
    }
    check_parameters();
    publish();
    ++state_.epoch;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    record(total, seconds.count());
    line.finish(state_.history.epochs.back());
    if (options_.after_epoch) {
      options_.after_epoch(state_);
    }
  }

  /// Puts the parameters of the best epoch into the network.
  QNN_COLD void restore_best() {
    state_.parameters = state_.best;
    if (options_.average > 0) {
      state_.average = state_.best;
    }
    publish();
  }

 private:
  /// What one thread works with.
  struct Worker {
    explicit Worker(const Network<Architecture, P>& network) : pass(Subject::pass(network)) {}
    Pass pass;
    AlignedVector<float> gradients = AlignedVector<float>(size);
    Targets<L, typename trace::input> targets{pass.chunk()};
    Tally tally;
  };

  /// Whether the network, the examples, the loss and what is monitored fit together.
  QNN_COLD void check_task() const {
    if constexpr (detail::reads_example<L>) {
      static_assert(trace::output::size == trace::input::size,
                    "qnn::train: a network that reconstructs has as many outputs as inputs");
      check_examples<typename trace::input>(examples_, examples_.classes());
      if (options_.monitor == Monitor::accuracy) {
        throw ArgumentError("train: monitor", "the loss, where examples are reconstructed", "the accuracy");
      }
    } else {
      check_examples<typename trace::input>(examples_, trace::output::size);
    }
  }

  QNN_COLD void divide_examples() {
    std::vector<Index> order(static_cast<std::size_t>(examples_.size()));
    std::iota(order.begin(), order.end(), Index{0});
    Random random(options_.seed, std::uint64_t{0});
    shuffle(order, random);
    const bool divisible = options_.validation > 0 && order.size() > 1;
    const auto held_out =
        std::max<Index>(divisible ? 1 : 0, static_cast<Index>(options_.validation * static_cast<double>(order.size())));
    validation_.assign(order.begin(), order.begin() + held_out);
    training_.assign(order.begin() + held_out, order.end());
    std::sort(training_.begin(), training_.end());
  }

  QNN_COLD void adopt_state() {
    const auto own = Subject::values(network_);
    if (state_.parameters.empty()) {
      state_.parameters.assign(own.begin(), own.end());
      state_.best = state_.parameters;
      state_.optimizer.assign(size * static_cast<std::size_t>(O::slots), 0.0f);
    }
    if (options_.average == 0) {
      state_.average.clear();
    } else if (state_.average.empty()) {
      state_.average = state_.parameters;
    }
    detail::check_state(state_, size, O::slots, steps_per_epoch());
    publish();
  }

  Tally run_step(std::span<const Index> batch) {
    parameters_ = Subject::parameters(network_, state_.parameters);
    parallel_for(threads_, [&](int part) { run_part(batch, part, workers_[static_cast<std::size_t>(part)]); });
    Tally tally;
    for (const Worker& worker : workers_) {
      tally += worker.tally;
    }
    if (!std::isfinite(tally.loss)) {
      detail::report_loss(tally.loss, state_.epoch + 1, batch_number());
    }
    ++state_.step;
    update_(state_, gradients_, learning_rate(), [](std::span<float> values) { Subject::project(values); });
    return tally;
  }

  /// Forward and back through a thread's share of the batch: some ghost batches where the network normalizes, else
  /// nearly equal chunks that fit into the cache.
  QNN_NOINLINE void run_part(std::span<const Index> batch, int part, Worker& worker) {
    std::fill(worker.gradients.begin(), worker.gradients.end(), 0.0f);
    worker.tally = {};
    const auto examples = static_cast<Index>(batch.size());
    if constexpr (Pass::normalizes) {
      const Index ghosts = ghost_batches(examples);
      const Slice share = slice_of(ghosts, threads_, part);
      for (Index ghost = share.first; ghost < share.first + share.count; ++ghost) {
        run_pass(batch, slice_of(examples, ghosts, ghost), worker);
      }
    } else {
      const Slice share = slice_of(examples, threads_, part);
      const Index passes = (share.count + worker.pass.chunk() - 1) / worker.pass.chunk();
      for (Index pass = 0; pass < passes; ++pass) {
        const Slice chunk = slice_of(share.count, passes, pass);
        run_pass(batch, {share.first + chunk.first, chunk.count}, worker);
      }
    }
    Subject::pull_back(network_, worker.gradients);
  }

  /// Forward and back through some examples of the batch.
  void run_pass(std::span<const Index> batch, Slice examples, Worker& worker) {
    const auto indices =
        batch.subspan(static_cast<std::size_t>(examples.first), static_cast<std::size_t>(examples.count));
    const auto inputs = worker.pass.inputs(examples.count);
    copy_examples(examples_, indices, inputs);
    const auto targets = worker.targets.of(examples_, indices, inputs);
    augment(indices, inputs);
    const float scale = 1.0f / static_cast<float>(batch.size());
    const TrainingStep step{mix(options_.seed ^ mix(static_cast<std::uint64_t>(state_.step))), examples.first,
                            static_cast<float>(examples.count) * scale};
    worker.tally += worker.pass.run(parameters_, targets, loss_, scale, step, worker.gradients.data());
  }

  void augment(std::span<const Index> indices, Batch<float, typename trace::input> examples) const {
    if (options_.augment) {
      for (std::size_t n = 0; n < indices.size(); ++n) {
        Random random(options_.seed, std::uint64_t{2}, state_.epoch, indices[n]);
        options_.augment(examples[static_cast<Index>(n)].span(), random);
      }
    }
  }

  static bool is_finite(std::span<const float> values) { return values.empty() || range_of(values).finite(); }
  /// What training is about: the parameters, or their average.
  const AlignedVector<float>& result() const { return options_.average > 0 ? state_.average : state_.parameters; }

  /// A step may overflow although its loss was finite. The next loss would tell, but behind the last step there is
  /// none.
  QNN_COLD void check_parameters() {
    if (!is_finite(state_.parameters)) {
      restore_best();
      detail::report_parameter(state_.epoch + 1);
    }
  }

  Index steps_per_epoch() const { return (static_cast<Index>(training_.size()) + options_.batch - 1) / options_.batch; }
  Index batch_number() const { return static_cast<Index>(state_.step) % steps_per_epoch() + 1; }
  /// Of the step that is being made.
  float learning_rate() const {
    const auto steps = static_cast<double>(steps_per_epoch());
    return optimizer_.learning_rate * static_cast<float>(options_.schedule.factor(static_cast<double>(state_.step - 1),
                                                                                  steps * options_.epochs, steps));
  }

  void publish() { Subject::assign(network_, result()); }

  QNN_COLD void record(const Tally& training, double training_seconds) {
    const auto start = std::chrono::steady_clock::now();
    EpochRecord entry{.epoch = state_.epoch,
                      .training_loss = training.mean_loss(),
                      .training_accuracy = training.accuracy(),
                      .learning_rate = static_cast<double>(learning_rate())};
    double score = 0;
    if (!validation_.empty()) {
      const Tally tally = validate();
      entry.validation_loss = tally.mean_loss();
      entry.validation_accuracy = tally.accuracy();
      score = options_.monitor == Monitor::loss ? tally.mean_loss() : -tally.accuracy();
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    entry.seconds = training_seconds + seconds.count();
    keep(entry, score);
  }

  QNN_COLD void keep(const EpochRecord& entry, double score) {
    state_.history.epochs.push_back(entry);
    if (validation_.empty() || score < state_.best_score) {
      state_.best_score = score;
      state_.best = result();
      state_.history.best_epoch = state_.epoch;
    }
  }

  /// Loss and hits on the validation part, summed in the order of the parts.
  Tally validate() {
    parameters_ = Subject::parameters(network_, result());
    std::vector<Tally> tallies(static_cast<std::size_t>(threads_));
    parallel_for(threads_, [&](int part) {
      const Slice share = slice_of(static_cast<Index>(validation_.size()), threads_, part);
      tallies[static_cast<std::size_t>(part)] =
          validate_part(std::span<const Index>(validation_)
                            .subspan(static_cast<std::size_t>(share.first), static_cast<std::size_t>(share.count)),
                        workers_[static_cast<std::size_t>(part)]);
    });
    return std::accumulate(tallies.begin(), tallies.end(), Tally{}, [](Tally sum, const Tally& part) {
      sum += part;
      return sum;
    });
  }

  QNN_NOINLINE Tally validate_part(std::span<const Index> indices, Worker& worker) const {
    Tally tally;
    const auto chunk = static_cast<std::size_t>(worker.pass.chunk());
    for (std::size_t first = 0; first < indices.size(); first += chunk) {
      const auto part = indices.subspan(first, std::min(chunk, indices.size() - first));
      const auto inputs = worker.pass.inputs(static_cast<Index>(part.size()));
      copy_examples(examples_, part, inputs);
      tally += worker.pass.evaluate(parameters_, worker.targets.of(examples_, part, inputs), loss_);
    }
    return tally;
  }

  bool out_of_patience() const {
    return options_.patience > 0 && state_.epoch - state_.history.best_epoch >= options_.patience;
  }

  Network<Architecture, P>& network_;
  const S& examples_;
  L loss_;
  O optimizer_;
  TrainingOptions options_;
  int threads_;
  TrainingState state_;
  std::vector<Index> training_, validation_;
  std::vector<Worker> workers_;
  std::vector<AlignedVector<float>*> gradients_;  ///< those of the workers
  const float* parameters_ = nullptr;             ///< what the passes of this step read
  ParameterUpdate<Layout, O> update_;
};

/// Trains the network, at Float32 or FakeQuant<...>, and leaves it with the parameters of its best epoch.
///
/// Examples are divided once into a training and a validation part and shuffled anew in every epoch, both by the seed.
/// The gradient of a batch is the mean over its examples. With `patience`, training stops early.
/// Two runs with the same seed, build, instruction set and number of threads give the same bits; so does a run that was
/// interrupted and resumed from the `state` that `options.after_epoch` saw. With `Reconstruction` the examples are
/// their own targets: labels play no part, accuracies are `not_measured`.
/// @throws ArgumentError for options out of range, examples of other extents or more classes than outputs
/// @throws NumericError where a loss or a parameter is not finite, naming the epoch
template <class Architecture, class P, ExampleSource S, Loss L, Optimizer O>
History train(Network<Architecture, P>& network, const S& examples, const L& loss, const O& optimizer,
              TrainingOptions options = {}, TrainingState state = {}) {
  Trainer<Architecture, P, S, L, O> trainer(network, examples, loss, optimizer, std::move(options), std::move(state));
  ProgressLine line(trainer.epochs(), trainer.progress());
  while (!trainer.done()) {
    trainer.run_epoch(line);
  }
  trainer.restore_best();
  return trainer.state().history;
}

}  // namespace qnn
