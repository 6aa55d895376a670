// SPDX-License-Identifier: MIT
/// @file
/// Search for a precision of each stage, under a limit of size or of accuracy. It ends with the type to paste.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/error.hpp"
#include "qnn/evaluation/format_score.hpp"
#include "qnn/scheme/spelling.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qnn {

/// Where a search stops.
struct SearchLimits {
  Index bytes = 0;           ///< of parameters: as soon as there are no more; 0: as small as accuracy allows
  double accuracy_drop = 1;  ///< most accuracy that may be lost against float32: 0.001 is a tenth of a percent point
};

/// A network that the search came by.
struct SearchStep {
  std::vector<std::size_t> candidates;  ///< which one each stage has
  Index bytes = 0;                      ///< of codes, biases, scales and multipliers (StageFormat::parameter_bytes)
  FormatScore score;                    ///< simulated
  std::string type;                     ///< "qnn::Mixed<qnn::Int8<>, qnn::W4A8<>, ...>"
};

/// All steps, the one that the search ends with last.
struct MixedSearch {
  double float_accuracy = 0;
  std::vector<SearchStep> steps;

  const SearchStep& result() const& { return steps.back(); }
  SearchStep result() && { return std::move(steps.back()); }
  /// The Pareto front: steps for which no other one is smaller and as accurate, or more accurate and as small.
  std::vector<SearchStep> pareto_front() const {
    std::vector<SearchStep> front;
    std::ranges::copy_if(steps, std::back_inserter(front), [&](const SearchStep& step) {
      return std::ranges::none_of(steps, [&](const SearchStep& other) {
        const bool is_no_worse = other.bytes <= step.bytes && other.score.accuracy >= step.score.accuracy;
        return is_no_worse && (other.bytes < step.bytes || other.score.accuracy > step.score.accuracy);
      });
    });
    return front;
  }
};

namespace detail {

/// A search with nothing of the architecture's type in it.
class GreedySearch {
 public:
  std::vector<StageFormat> formats;  ///< of the candidates, finest first
  std::vector<std::string> spellings;
  std::span<const StageSize> stages;
  ScoresFormats score;

  /// @throws ArgumentError where a candidate takes more bytes than the one before it
  QNN_COLD void check_order() const {
    for (std::size_t k = 1; k < formats.size(); ++k) {
      if (cost_of_all(k) > cost_of_all(k - 1)) {
        throw ArgumentError("search: candidates", "the finest first, each as small as the one before it or smaller",
                            spellings[k - 1] + " before " + spellings[k]);
      }
    }
  }
  /// Bytes of parameters where all stages have the candidate.
  QNN_COLD Index bytes_of_all(std::size_t candidate) const {
    return bytes_of(std::vector<std::size_t>(stages.size(), candidate));
  }

  /// From all stages at candidate `first`, one stage moves to its neighbour in each step: a finer one with direction
  /// -1, a coarser one with 1; of the permitted moves that with the smallest
  ///     (noise behind the move - noise before it) / change of bytes
  QNN_COLD std::vector<SearchStep> run(std::size_t first, int direction,
                                       const std::function<bool(const SearchStep&)>& is_finished,
                                       const std::function<bool(const SearchStep&)>& is_permitted) const {
    std::vector<SearchStep> steps{step_at(std::vector<std::size_t>(stages.size(), first))};
    while (!is_finished(steps.back())) {
      const SearchStep& now = steps.back();
      SearchStep best;
      double lowest_price = 0;
      for (std::size_t stage = 0; stage < stages.size(); ++stage) {
        const std::size_t neighbour = neighbour_of(stage, now.candidates[stage], direction);
        if (neighbour >= formats.size()) {
          continue;
        }
        std::vector<std::size_t> moved = now.candidates;
        moved[stage] = neighbour;
        SearchStep next = step_at(std::move(moved));
        const auto change = static_cast<double>(std::abs(cost(stage, neighbour) - cost(stage, now.candidates[stage])));
        const double price = (next.score.noise() - now.score.noise()) / change;
        if (is_permitted(next) && (best.candidates.empty() || price < lowest_price)) {
          best = std::move(next);
          lowest_price = price;
        }
      }
      if (best.candidates.empty()) {
        break;
      }
      steps.push_back(std::move(best));
    }
    return steps;
  }

 private:
  /// The next candidate that takes another number of bytes in this stage; beyond either end is beyond the size.
  std::size_t neighbour_of(std::size_t stage, std::size_t candidate, int direction) const {
    std::size_t next = candidate;
    do {
      next += static_cast<std::size_t>(direction);
    } while (next < formats.size() && cost(stage, next) == cost(stage, candidate));
    return next;
  }
  /// Bytes of parameters, and of activations that are written: formats may differ in one of both.
  Index cost(std::size_t stage, std::size_t candidate) const {
    return stages[stage].parameter_bytes(formats[candidate]) + stages[stage].activation_bytes(formats[candidate]);
  }
  Index cost_of_all(std::size_t candidate) const {
    Index sum = 0;
    for (std::size_t stage = 0; stage < stages.size(); ++stage) {
      sum += cost(stage, candidate);
    }
    return sum;
  }
  Index bytes_of(const std::vector<std::size_t>& candidates) const {
    Index sum = 0;
    for (std::size_t stage = 0; stage < stages.size(); ++stage) {
      sum += stages[stage].parameter_bytes(formats[candidates[stage]]);
    }
    return sum;
  }
  QNN_COLD SearchStep step_at(std::vector<std::size_t> candidates) const {
    std::vector<StageFormat> chosen;
    std::vector<std::string_view> names;
    for (const std::size_t candidate : candidates) {
      chosen.push_back(formats[candidate]);
      names.push_back(spellings[candidate]);
    }
    const Index bytes = bytes_of(candidates);
    return {std::move(candidates), bytes, score(chosen), spell_template("qnn::Mixed", names)};
  }
};

template <class... Candidates, class Architecture, ExampleSource S>
GreedySearch search_of(const Network<Architecture, Float32>& network, const Ranges<Architecture>& ranges,
                       const S& examples, QuantizationOptions options) {
  GreedySearch search{{StageFormat::of<Candidates>()...},
                      {spelling<Candidates>()...},
                      stage_sizes<Architecture>,
                      scores_of(network, ranges, examples, options)};
  search.check_order();
  return search;
}

QNN_COLD inline MixedSearch lower_stages(const GreedySearch& search, double float_accuracy,
                                         const SearchLimits& limits) {
  const Index smallest = search.bytes_of_all(search.formats.size() - 1);
  if (limits.bytes != 0 && limits.bytes < smallest) {
    throw ArgumentError("search_mixed: bytes", "at least " + std::to_string(smallest) + ", those of the last candidate",
                        std::to_string(limits.bytes));
  }
  return {float_accuracy,
          search.run(
              0, 1, [&](const SearchStep& step) { return step.bytes <= limits.bytes; },
              [&](const SearchStep& step) { return step.score.accuracy >= float_accuracy - limits.accuracy_drop; })};
}

QNN_COLD inline MixedSearch raise_stages(const GreedySearch& search, double float_accuracy, double accuracy_drop) {
  return {float_accuracy,
          search.run(
              search.formats.size() - 1, -1,
              [&](const SearchStep& step) { return step.score.accuracy >= float_accuracy - accuracy_drop; },
              [](const SearchStep&) { return true; })};
}

}  // namespace detail

/// Greedy search downwards: all stages begin at the first candidate; in each step the stage goes to the next candidate
/// that costs least noise of the outputs for each byte saved, of parameters and of activations written. It ends at the
/// size asked for, or where every further step would cost more accuracy than allowed. Candidates that change nothing
/// about the bytes of a stage, such as other weights of a join, are passed over.
///
/// Everything is simulated, so that a search compiles one network, whatever it tries; the type of its result is then
/// compiled once. O(stages^2 * candidates * examples): a few hundred examples do, and other ones to judge the result
/// by.
///
/// @code
///   const auto search = qnn::search_mixed<qnn::Int8<>, qnn::W4A8<>>(net, ranges, validation, {.accuracy_drop =
///   0.001}); for (const auto& step : search.pareto_front()) {
///     std::printf("%td bytes  %.2f %%  %s\n", step.bytes, 100 * step.score.accuracy, step.type.c_str());
///   }
/// @endcode
/// @tparam Candidates  precisions, the finest first
/// @throws ArgumentError for candidates in another order or a size below that of the last one; ArgumentError,
///         NumericError as simulate() and evaluate()
template <QuantizedPrecision... Candidates, class Architecture, ExampleSource S>
MixedSearch search_mixed(const Network<Architecture, Float32>& network, const Ranges<Architecture>& ranges,
                         const S& examples, const SearchLimits& limits, QuantizationOptions options = {}) {
  static_assert(sizeof...(Candidates) > 0, "qnn::search_mixed: give it candidates, search_mixed<Int8<>, W4A8<>>(...)");
  return detail::lower_stages(detail::search_of<Candidates...>(network, ranges, examples, options),
                              evaluate(network, examples).accuracy, limits);
}

/// Greedy search upwards: all stages begin at the last candidate; in each step the stage that takes most noise from the
/// outputs for each byte goes to the candidate before its own, until no more than `accuracy_drop` is lost against
/// float32. Where all stages at the first candidate lose more, it ends there. The faster of both where few stages need
/// care.
/// @throws as search_mixed()
template <QuantizedPrecision... Candidates, class Architecture, ExampleSource S>
MixedSearch raise_mixed(const Network<Architecture, Float32>& network, const Ranges<Architecture>& ranges,
                        const S& examples, double accuracy_drop, QuantizationOptions options = {}) {
  static_assert(sizeof...(Candidates) > 0, "qnn::raise_mixed: give it candidates, raise_mixed<Int8<>, W4A8<>>(...)");
  return detail::raise_stages(detail::search_of<Candidates...>(network, ranges, examples, options),
                              evaluate(network, examples).accuracy, accuracy_drop);
}

}  // namespace qnn
