// SPDX-License-Identifier: MIT
/// @file
/// What follows the backward pass of a batch: the gradients of all threads make one step of the parameters.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/aligned.hpp"
#include "qnn/core/parallel.hpp"
#include "qnn/network/parameters.hpp"
#include "qnn/training/gradient_clipping.hpp"
#include "qnn/training/optimizer.hpp"
#include "qnn/training/options.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace qnn {

/// Adds up gradients, clips them, lets the optimizer make its step; statistics follow what was observed, and the
/// average follows the parameters. Threads share the parameters by pieces that do not depend on their number.
/// @tparam Layout a ParameterLayout, or what has `slots` and `size` like one
template <class Layout, Optimizer O>
class ParameterUpdate {
  static constexpr auto size = static_cast<std::size_t>(Layout::size);
  static constexpr auto slots = static_cast<std::size_t>(O::slots);

 public:
  ParameterUpdate(const O& optimizer, int threads, double clip_norm, double average)
      : optimizer_(optimizer), threads_(threads), clip_norm_(clip_norm), average_(average) {
    for (const ParameterSlot& slot : Layout::slots) {
      const auto begin = static_cast<std::size_t>(slot.offset),
                 count = static_cast<std::size_t>(slot.info.extents.size());
      for (std::size_t done = 0; done < count; done += largest_piece) {
        pieces_.push_back({begin + done, std::min(largest_piece, count - done),
                           slot.info.decays ? Decay::apply : Decay::none, slot.info.is_statistic});
      }
    }
  }

  /// One step of `state`, whose number is state.step. @param gradients of each thread; their sum, always in this order,
  /// is left in the first ones  @param project is given the parameters before the average follows them
  template <class Project>
  void operator()(TrainingState& state, std::span<AlignedVector<float>* const> gradients, float learning_rate,
                  Project&& project) const {
    const Step step{state, gradients, learning_rate};
    if (clip_norm_ > 0) {
      for_each_piece([&](const Piece& piece) { add_up(piece, step); });
      clip_gradient_norm(*gradients[0], clip_norm_);
      for_each_piece([&](const Piece& piece) { optimize(piece, step); });
    } else {
      for_each_piece([&](const Piece& piece) {
        add_up(piece, step);
        optimize(piece, step);
      });
    }
    project(std::span<float>(state.parameters));
    if (average_ > 0) {
      for_each_piece([&](const Piece& piece) { average(piece, state); });
    }
  }

 private:
  /// Parameters of one tensor that are updated together, with the state that the optimizer keeps for them: few enough
  /// to stay in the cache for that long, and the same for any number of threads.
  struct Piece {
    std::size_t first, count;
    Decay decay;
    bool is_statistic;
  };
  struct Step {
    TrainingState& state;
    std::span<AlignedVector<float>* const> gradients;
    float learning_rate;
  };
  static constexpr std::size_t largest_piece = 8192, parameters_worth_a_thread = 1 << 14;

  /// Calls body(piece) for all pieces. What happens to one does not depend on another, so threads share them where
  /// there is enough to do: a few microseconds more than it takes to wake a thread.
  template <class Body>
  void for_each_piece(Body&& body) const {
    const int parts = size < parameters_worth_a_thread ? 1 : threads_;
    parallel_for(parts, [&](int part) {
      const Slice share = slice_of(static_cast<Index>(pieces_.size()), parts, part);
      std::for_each_n(pieces_.begin() + share.first, share.count, body);
    });
  }

  QNN_NOINLINE void add_up(const Piece& piece, const Step& step) const {
    float* const QNN_RESTRICT sum = step.gradients[0]->data() + piece.first;
    for (std::size_t other = 1; other < step.gradients.size(); ++other) {
      const float* const QNN_RESTRICT addend = step.gradients[other]->data() + piece.first;
      for (std::size_t i = 0; i < piece.count; ++i) {
        sum[i] += addend[i];
      }
    }
    if (piece.is_statistic) {
      follow(step.state.parameters.data() + piece.first, sum, piece.count);
    }
  }

  /// Statistics follow what was observed, and leave the optimizer nothing to do.
  static void follow(float* QNN_RESTRICT statistic, float* QNN_RESTRICT distance, std::size_t count) {
    constexpr float momentum = 0.1f;  // that of BatchNorm in most frameworks
    for (std::size_t i = 0; i < count; ++i) {
      statistic[i] -= momentum * distance[i];
      distance[i] = 0.0f;
    }
  }

  QNN_NOINLINE void optimize(const Piece& piece, const Step& step) const {
    TrainingState& state = step.state;
    optimizer_.step(std::span(state.parameters).subspan(piece.first, piece.count),
                    std::span<const float>(*step.gradients[0]).subspan(piece.first, piece.count),
                    std::span(state.optimizer).subspan(piece.first * slots, piece.count * slots), state.step,
                    step.learning_rate, piece.decay);
  }

  QNN_NOINLINE void average(const Piece& piece, TrainingState& state) const {
    const auto number = static_cast<double>(state.step);
    const auto share = static_cast<float>(1.0 - std::min(average_, (1.0 + number) / (10.0 + number)));
    const float* const QNN_RESTRICT parameters = state.parameters.data() + piece.first;
    float* const QNN_RESTRICT averages = state.average.data() + piece.first;
    for (std::size_t i = 0; i < piece.count; ++i) {
      averages[i] += share * (parameters[i] - averages[i]);
    }
  }

  O optimizer_;
  int threads_;
  double clip_norm_, average_;
  std::vector<Piece> pieces_;
};

}  // namespace qnn
