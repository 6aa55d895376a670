// SPDX-License-Identifier: MIT
/// @file
/// Weights of other frameworks into a float network, by name.
///
/// Two things differ from framework to framework: what a tensor is called, and in which order its extents lie. Both are
/// said in a WeightNaming; where anything does not fit, one error says all of it.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/error.hpp"
#include "qnn/core/file_error.hpp"
#include "qnn/io/float_tensors.hpp"
#include "qnn/io/number_text.hpp"
#include "qnn/io/weight_naming.hpp"
#include "qnn/io/weight_places.hpp"
#include "qnn/layers/batch_norm.hpp"
#include "qnn/network/network.hpp"
#include "qnn/network/parameters.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qnn {

/// Bytes that the weights of this architecture take in a file at most, as float64, headers and names included: the
/// limit for read_npz and read_safetensors. A file with other tensors besides needs a larger one.
template <class Architecture>
inline constexpr std::uint64_t weight_bytes =
    8 * static_cast<std::uint64_t>(ParameterLayout<Architecture>::size) +
    4096 * (1 + static_cast<std::uint64_t>(ParameterLayout<Architecture>::slots.size()));

namespace detail {

/// Which of the extents of a qnn weight each extent of the foreign one is: weights are (out, window ..., in).
QNN_COLD inline std::vector<std::size_t> foreign_axes(std::size_t rank, Layout layout) {
  std::vector<std::size_t> axes;
  if (rank < 2 || layout == Layout::qnn) {
    for (std::size_t axis = 0; axis < rank; ++axis) {
      axes.push_back(axis);
    }
    return axes;
  }
  if (layout == Layout::pytorch) {
    axes = {0, rank - 1};
  }
  for (std::size_t axis = 1; axis + 1 < rank; ++axis) {
    axes.push_back(axis);
  }
  if (layout == Layout::keras) {
    axes.push_back(rank - 1);
    axes.push_back(0);
  }
  return axes;
}

/// Takes tensors from a file, and notes what does not fit.
class WeightReader {
 public:
  WeightReader(const FloatTensors& file, const WeightNaming& naming) : file_(file), naming_(naming) {}

  /// Writes the tensor `name` of the file to `parameters`, or notes why that cannot be.
  QNN_COLD void read(const WeightPlace& place, const std::string& name, std::span<float> parameters) {
    if (name.empty()) {
      return;
    }
    used_.insert(name);
    const std::span<const Index> extents(place.slot.info.extents.begin(), place.slot.info.extents.end());
    const std::vector<std::size_t> axes = foreign_axes(extents.size(), naming_.layout);
    std::vector<Index> shape;
    for (const std::size_t axis : axes) {
      shape.push_back(extents[axis]);
    }
    const auto found = file_.tensors.find(name);
    if (found == file_.tensors.end()) {
      note("missing: \"" + name + "\" " + shape_text(shape), place);
      return;
    }
    const FloatTensor& tensor = found->second;
    if (tensor.shape != shape && !is_depthwise_kernel(place, tensor.shape)) {
      note("of another shape: \"" + name + "\": expected " + shape_text(shape) + ", found " + shape_text(tensor.shape),
           place);
      return;
    }
    if (tensor.values.size() != static_cast<std::size_t>(place.slot.info.extents.size())) {
      note("incomplete: \"" + name + "\": expected " + std::to_string(place.slot.info.extents.size()) +
               " values, found " + std::to_string(tensor.values.size()),
           place);
      return;
    }
    copy(tensor.values, axes, extents, place.channels_first, parameters);
    if (place.is_normalization && place.slot.info.name == "running_variance") {
      absorb_epsilon(place, name, parameters);
    }
    check_finite(file_.source, name, parameters);
  }

  /// @throws FileError that lists all that was noted, and what the file holds besides
  QNN_COLD void finish() {
    for (const auto& [name, tensor] : file_.tensors) {
      if (!used_.contains(name) && !is_ignored(name, naming_.ignored)) {
        problems_.push_back("without a place in the network: \"" + name + "\" " + shape_text(tensor.shape));
      }
    }
    if (problems_.empty()) {
      return;
    }
    std::string text = "these weights do not fit the network, " + std::to_string(problems_.size()) +
                       (problems_.size() == 1 ? " tensor:" : " tensors:");
    for (const std::string& problem : problems_) {
      text += "\n  " + problem;
    }
    throw FileError(file_.source, text);
  }

 private:
  void note(std::string what, const WeightPlace& place) {
    problems_.push_back(std::move(what) + ", for " + place.slot.name());
  }

  /// Keras: (height, width, in, multiplier), whose output channel is in * multiplier + m. That is the memory of
  /// (height, width, 1, out).
  bool is_depthwise_kernel(const WeightPlace& place, std::span<const Index> shape) const {
    const Extents& extents = place.slot.info.extents;
    return naming_.layout == Layout::keras && extents.rank() == 4 && extents[3] == 1 && shape.size() == 4 &&
           shape[0] == extents[1] && shape[1] == extents[2] && shape[2] == place.input_channels && shape[2] > 0 &&
           shape[3] == extents[0] / shape[2] && extents[0] % shape[2] == 0;
  }

  /// parameters[index] = values[the same index, its extents in the order `axes`], the last one looked up in
  /// `channels_first` where that is not empty.
  static void copy(std::span<const float> values, std::span<const std::size_t> axes, std::span<const Index> extents,
                   std::span<const Index> channels_first, std::span<float> parameters) {
    std::vector<Index> strides(extents.size());
    Index stride = 1;
    for (std::size_t k = axes.size(); k-- > 0;) {
      strides[axes[k]] = stride;
      stride *= extents[axes[k]];
    }
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      Index rest = static_cast<Index>(i), from = 0;
      for (std::size_t axis = extents.size(); axis-- > 0; rest /= extents[axis]) {
        Index at = rest % extents[axis];
        if (!channels_first.empty() && axis + 1 == extents.size()) {
          at = channels_first[static_cast<std::size_t>(at)];
        }
        from += at * strides[axis];
      }
      parameters[i] = values[static_cast<std::size_t>(from)];
    }
  }

  /// (x - mean) / sqrt(variance + epsilon) with the foreign epsilon. A variance may be 0: of a channel that never
  /// changed.
  void absorb_epsilon(const WeightPlace& place, const std::string& name, std::span<float> variances) {
    const double more =
        static_cast<double>(static_cast<float>(naming_.epsilon)) - static_cast<double>(BatchNorm::epsilon);
    for (std::size_t k = 0; k < variances.size(); ++k) {
      const double sum = static_cast<double>(variances[k]) + more;
      if (!(variances[k] >= 0.0f && sum >= 0.0)) {
        note("variance: \"" + name + "\", element " + std::to_string(k) +
                 ": expected one that is not negative, also with " + number_text(static_cast<float>(more)) +
                 " added for the other epsilon, found " + number_text(variances[k]),
             place);
        return;
      }
      variances[k] = static_cast<float>(sum);
    }
  }

  const FloatTensors& file_;
  const WeightNaming& naming_;
  std::set<std::string, std::less<>> used_;
  std::vector<std::string> problems_;
};

}  // namespace detail

/// Fills the network with the weights in `file`: transposed to qnn's layout; columns of a dense layer, and statistics,
/// behind a flattened image permuted where images lay channels first; BatchNorm's epsilon made up for. Where it throws,
/// the network is as it was.
///
/// @code
///   using Net = Sequential<Input<28, 28, 1>, Conv2d<8, Kernel<3>>, ReLU, Flatten, Dense<10>>;
///   qnn::Network<Net, qnn::Float32> net;
///   qnn::load_pretrained(net, qnn::read_npz("net.npz", {.max_bytes = qnn::weight_bytes<Net>}),
///                        {.layout = qnn::Layout::pytorch, .layers = {"conv1", "fc"}});
/// @endcode
/// @throws FileError that lists everything that does not fit: tensors that are missing, of another shape, without a
///         place in the network; variances that are negative, also with the difference of the epsilons added
/// @throws ArgumentError where the naming has another number of names than the network has places, or an epsilon that
///         is not positive
template <class Architecture>
QNN_COLD void load_pretrained(Network<Architecture, Float32>& network, const FloatTensors& file,
                              const WeightNaming& naming) {
  if (!(naming.epsilon > 0.0 && naming.epsilon < 1.0)) {
    throw ArgumentError("epsilon of a foreign BatchNorm", "a number between 0 and 1", std::to_string(naming.epsilon));
  }
  const std::vector<detail::WeightPlace> places = detail::weight_places<Architecture>(naming.layout);
  const std::vector<std::string> names = detail::foreign_names(places, naming);
  Network<Architecture, Float32> loaded;
  detail::WeightReader reader(file, naming);
  for (std::size_t i = 0; i < places.size(); ++i) {
    reader.read(places[i], names[i], places[i].slot.in(loaded.parameters()));
  }
  reader.finish();
  std::ranges::copy(loaded.parameters(), network.parameters().begin());  // who holds a span of them goes on seeing them
}

}  // namespace qnn
