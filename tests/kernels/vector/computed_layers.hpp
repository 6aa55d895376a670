// SPDX-License-Identifier: MIT
/// @file
/// What vector kernels make of random layers. All memory has exactly the size that a kernel may touch, for the address
/// sanitizer.
#pragma once

#include "qnn/kernels/vector/linear.hpp"
#include "qnn/kernels/vector/packed.hpp"
#include "qnn/kernels/vector/run.hpp"

#include "random_layers.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <type_traits>
#include <vector>

namespace random_layers {

using kernels::vector::Job;

/// What follows the sums, as kernels read it: for some channels of a layer, over and over until `lanes` are filled.
template <class Policy, class Code>
struct Constants {
  using Accumulator = typename Layer<Policy, Code>::Accumulator;
  std::vector<Accumulator> bias, plain_bias;
  std::vector<std::int32_t> mantissa, exponent, zero_points;

  Constants(const Layer<Policy, Code>& layer, Index first, Index channels, Index lanes)
      : bias(static_cast<std::size_t>(lanes)),
        plain_bias(bias),
        mantissa(bias.size()),
        exponent(bias.size()),
        zero_points(bias.size()) {
    const Index fan_in = layer.shapes.fan_in();
    for (Index lane = 0; lane < lanes; ++lane) {
      const auto at = static_cast<std::size_t>(lane), from = static_cast<std::size_t>(first + lane % channels);
      std::int64_t sum = 0;
      for (std::size_t i = 0; i < static_cast<std::size_t>(fan_in); ++i) {
        sum += layer.weights[from * static_cast<std::size_t>(fan_in) + i] - layer.zero_points[from];
      }
      plain_bias[at] = layer.bias[from];
      bias[at] = static_cast<Accumulator>(
          static_cast<std::make_unsigned_t<Accumulator>>(layer.bias[from] - kernels::vector::input_offset<Code> * sum));
      const auto multiplier = kernels::vector::pack(Policy{}, layer.multipliers[from]);
      mantissa[at] = multiplier.mantissa;
      exponent[at] = multiplier.exponent;
      zero_points[at] = layer.zero_points[from];
    }
  }
  kernels::vector::Output<Accumulator> output(const Layer<Policy, Code>& layer) const {
    return {bias.data(),
            plain_bias.data(),
            mantissa.data(),
            exponent.data(),
            layer.shapes.has_zero_points ? zero_points.data() : nullptr,
            layer.zero_point,
            layer.codes.lowest,
            layer.codes.highest};
  }
};

/// The weights of one group as kernels read them, and all that follows the sums.
template <class Policy, class Code>
class PackedGroup {
 public:
  using Accumulator = typename Layer<Policy, Code>::Accumulator;

  PackedGroup(const Layer<Policy, Code>& of, Index group)
      : layer_(of),
        first_(group * of.shapes.group_outputs()),
        runs_(of.shapes.kernel_height * of.shapes.run_columns()),
        blocks_(kernels::vector::blocks_of(channels())),
        constants_(of, first_, channels(), blocks_ * kernels::vector::block_channels) {
    pack();
    if constexpr (sizeof(Code) == 2) {
      pack_high();
    }
  }

  /// A job without its inputs.
  Job<Code, Accumulator> job(Code* y) const {
    Job<Code, Accumulator> job{};
    job.weights = weights_.data();
    job.ones = weights_.data() + blocks_ * steps() * kernels::vector::block_bytes;
    job.high_bytes = spans_.has_high_bytes ? high_bytes_.data() : nullptr;
    job.span_steps = spans_.steps;
    job.panel_blocks = layer_.shapes.panel_blocks;
    job.channels = channels();
    job.output = constants_.output(layer_);
    job.y = y + first_;
    job.y_step = layer_.shapes.outputs;
    job.pools = layer_.shapes.pools;
    return job;
  }

 private:
  Index channels() const { return layer_.shapes.group_outputs(); }
  Index steps() const { return kernels::vector::steps_of(runs_, layer_.shapes.run_length(), sizeof(Code)); }
  auto codes() const {
    return [this](Index channel, Index i) {
      return layer_.weights[static_cast<std::size_t>((first_ + channel) * layer_.shapes.fan_in() + i)];
    };
  }
  void pack() {
    using namespace kernels::vector;
    using Word = typename Layer<Policy, Code>::Word;
    const Shapes& s = layer_.shapes;
    weights_.resize(static_cast<std::size_t>((blocks_ + (s.has_zero_points ? 1 : 0)) * steps() * block_bytes));
    pack_weights<Word>(channels(), runs_, s.run_length(), s.panel_blocks, codes(), weights_.data());
    if (s.has_zero_points) {
      pack_weights<Word>(
          block_channels, runs_, s.run_length(), s.panel_blocks, [](Index, Index) { return std::int8_t{1}; },
          weights_.data() + blocks_ * steps() * block_bytes);
    }
  }
  void pack_high() {
    using namespace kernels::vector;
    const Shapes& s = layer_.shapes;
    spans_ = spans_of(channels(), runs_, s.run_length(), codes());
    const Index high_steps = with_span_starts(steps_of(runs_, s.run_length(), 1), spans_.steps);
    high_bytes_.resize(static_cast<std::size_t>(blocks_ * high_steps * block_bytes));
    pack_high_bytes(channels(), runs_, s.run_length(), s.panel_blocks, spans_.steps, codes(), high_bytes_.data());
  }

  const Layer<Policy, Code>& layer_;
  Index first_, runs_, blocks_;
  Constants<Policy, Code> constants_;
  std::vector<std::int8_t> weights_, high_bytes_;
  kernels::vector::Spans spans_{};
};

template <class Policy, class Code>
std::vector<Code> empty_outputs(const Layer<Policy, Code>& layer) {
  const Index side = layer.shapes.pools ? 2 : 1;
  return std::vector<Code>(static_cast<std::size_t>(layer.shapes.out_height() / side *
                                                    (layer.shapes.out_width() / side) * layer.shapes.outputs));
}

/// The form of the image of a layer, which is lowered whole.
template <class Policy, class Code, class Isa>
kernels::vector::Form form_of_image(const Layer<Policy, Code>& layer, Isa isa) {
  const Shapes& s = layer.shapes;
  return kernels::vector::form_of(isa, layer.image.data(), std::ssize(layer.image), layer.padding, s.runs(sizeof(Code)),
                                  {s.out_height(), s.out_width(), 0, 0}, false);
}
/// Bytes of a lowered image.
template <class Code>
Index lowered_bytes(const PaddedImage& padded, kernels::vector::Form form) {
  const Index second_plane = form == kernels::vector::Form::words ? padded.bytes() / 2 : padded.bytes();
  return padded.bytes() + (sizeof(Code) == 1 ? 0 : second_plane);
}

/// The outputs of a layer, a group at a time, as grouped_conv2d computes them. @param run_job runs a job
template <class Policy, class Code, class Isa, class RunJob>
std::vector<Code> computed(const Layer<Policy, Code>& layer, Isa isa, RunJob&& run_job) {
  using namespace kernels::vector;
  const Shapes& s = layer.shapes;
  const Form form = form_of_image(layer, isa);
  const PaddedImage padded = s.padded(code_bytes_of<Isa>(form));
  std::vector<std::uint8_t> x(static_cast<std::size_t>(lowered_bytes<Code>(padded, form)), std::uint8_t{77});
  const Lowered lowered{x.data(), padded.bytes(), form};
  lower_image(isa, layer.image.data(), padded, layer.padding, lowered);
  std::vector<Code> y = empty_outputs(layer);
  for (Index group = 0; group < s.groups; ++group) {
    const PackedGroup<Policy, Code> packed(layer, group);
    auto job = packed.job(y.data());
    job.x = x.data() + group * s.group_channels() * padded.code_bytes;
    job.lowered = lowered;
    job.runs = s.runs(sizeof(Code));
    job.positions = {s.out_height(), s.out_width(), 0, 0};
    place_windows(job, s.window(), padded);
    run_job(job);
  }
  return y;
}
/// Bytes of scratch that one instruction set uses for all of a layer: a layer asks for those of any.
template <class Policy, class Code, class Isa>
Index scratch_bytes(const Layer<Policy, Code>& layer, Isa isa) {
  using namespace kernels::vector;
  const Shapes& s = layer.shapes;
  if (s.is_dense()) {
    const Index exact = planes<Code> * plane_bytes<Code>(s.width, s.channels, most_code_bytes<Isa, Code>);
    return std::min(exact, dense_scratch<Code>(s.width, s.channels));
  }
  const Form form = form_of_image(layer, isa);
  const PaddedImage padded = s.padded(code_bytes_of<Isa>(form));
  return lowered_bytes<Code>(padded, form);
}
/// The same as a layer has it computed, but with no more memory than this instruction set uses.
template <class Policy, class Code, class Isa>
std::vector<Code> computed(const Layer<Policy, Code>& layer, Isa isa) {
  using namespace kernels::vector;
  const Shapes& s = layer.shapes;
  if (s.groups > 1) {
    return computed(layer, isa, [&](const auto& job) { run<Policy>(isa, job); });
  }
  std::vector<Code> y = empty_outputs(layer);
  const PackedGroup<Policy, Code> packed(layer, 0);
  auto job = packed.job(y.data());
  std::vector<std::uint8_t> scratch(static_cast<std::size_t>(scratch_bytes(layer, isa)), std::uint8_t{77});
  if (s.is_dense()) {
    run_dense<Policy>(isa, job, layer.image.data(), s.width, s.channels, scratch.data());
  } else {
    run_conv2d<Policy>(isa, job, s.window(), s.padded(1), layer.padding, layer.image.data(), 1, std::ssize(y),
                       scratch.data());
  }
  return y;
}

/// What distinguishes the first of `count` random layers of which a kernel gives other codes than the plain loops.
template <class Policy, class Code, class Isa>
std::string first_difference(Isa isa, Index count) {
  return first_difference<Policy, Code>(count, random_shapes, [&](const auto& layer) { return computed(layer, isa); });
}

}  // namespace random_layers
