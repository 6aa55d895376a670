// SPDX-License-Identifier: MIT
/// @file
/// BatchNorm: normalization over the batch, one mean and variance for each channel.
#pragma once

#include "qnn/layers/layer.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace qnn {

/// y = scale (x - mean) / sqrt(variance + epsilon) + shift, for each channel: the last extent of the input.
///
/// Inference takes the running mean and variance. Training takes those of about 32 examples of the batch (ghost
/// batches: Hoffer, Hubara, Soudry, 2017), the same for any number of threads; the running ones follow with a momentum
/// of 1/10. In integers it is no layer of its own: the linear layer directly before it takes it into its weights and
/// bias when the network is quantized. Parameters: scale, shift, running_mean, running_variance. Source: Ioffe,
/// Szegedy, "Batch normalization", 2015.
struct BatchNorm {
  static constexpr auto name = "BatchNorm";
  static constexpr bool is_normalization = true;
  static constexpr float epsilon = 1e-5f;
  using accepts = rules<>;
  template <class In>
  using output = In;

  template <class P, class In>
  struct at;

  /// Inference as one factor and one addend for each of `channels` channels.
  /// @param parameters scale, shift, mean, variance, one behind the other
  static void affine(const float* parameters, Index channels, float* factors, float* addends) {
    const float *scale = parameters, *shift = scale + channels, *mean = shift + channels, *variance = mean + channels;
    for (Index k = 0; k < channels; ++k) {
      factors[k] = scale[k] / std::sqrt(variance[k] + epsilon);
      addends[k] = shift[k] - mean[k] * factors[k];
    }
  }

  /// Float machine.
  template <class In>
  struct at<Float32, In> {
    static constexpr Index channels = In::extents[In::rank - 1], pixels = In::size / channels;
    static constexpr std::array parameters{
        ParameterInfo{.name = "scale", .extents = {channels}, .initial = 1.0f},
        ParameterInfo{.name = "shift", .extents = {channels}},
        ParameterInfo{.name = "running_mean", .extents = {channels}, .is_statistic = true},
        ParameterInfo{
            .name = "running_variance", .extents = {channels}, .initial = 1.0f, .is_statistic = true, .lowest = 0.0f}};
    static_assert(channels <= 1 << 16, "qnn::BatchNorm: at most 65536 channels; sums of each are kept on the stack");
    static constexpr Index scratch = 0, backward_scratch = 0;

    static void forward(const float* values, Batch<const float, In> x, Batch<float, In> y, float* /*scratch*/) {
      Channels factors, addends;
      affine(values, channels, factors.data(), addends.data());
      transform(x, y, factors, addends);
    }

    static void forward_training(const float* values, Batch<const float, In> x, Batch<float, In> y,
                                 TrainingStep /*step*/) {
      const Moments moments = moments_of(x);
      Channels factors, addends;
      for (std::size_t k = 0; k < factors.size(); ++k) {
        factors[k] = values[k] * moments.inverse_deviation(k);
        addends[k] = values[factors.size() + k] - moments.mean[k] * factors[k];
      }
      transform(x, y, factors, addends);
    }

    /// With n values of a channel, z = (x - mean) / deviation:
    ///     dscale = sum dy z,  dshift = sum dy,  dx = scale / deviation (dy - dshift / n - z dscale / n)
    /// The statistics have no gradient; what is added in its place is how far they are from those of these examples.
    static void backward(const BackwardPass<In, In>& pass) {
      const Moments moments = moments_of(pass.x);
      const Channels dshift = sums_of(pass.dy.count(), [&](Index i, std::size_t) { return pass.dy.data()[i]; });
      Channels dscale = sums_of(pass.dy.count(), [&](Index i, std::size_t k) {
        return pass.dy.data()[i] * (pass.x.data()[i] - moments.mean[k]);
      });
      const auto n = static_cast<float>(pass.x.count() * pixels);
      Channels factors, of_x, addends;  // dx = factors dy + of_x x + addends
      for (std::size_t k = 0; k < factors.size(); ++k) {
        const float inverse = moments.inverse_deviation(k);
        dscale[k] *= inverse;
        factors[k] = pass.parameters[k] * inverse;
        of_x[k] = -factors[k] * inverse * dscale[k] / n;
        addends[k] = -factors[k] * dshift[k] / n - of_x[k] * moments.mean[k];
        pass.gradients[k] += dscale[k];
        pass.gradients[factors.size() + k] += dshift[k];
        const float unbiased = n > 1.0f ? n / (n - 1.0f) : 1.0f;
        add_distance(pass, 2 * factors.size() + k, moments.mean[k]);
        add_distance(pass, 3 * factors.size() + k, moments.variance[k] * unbiased);
      }
      if (pass.dx.data() != nullptr) {
        for_each_value(pass.dx.count(), [&](Index i, std::size_t k) {
          pass.dx.data()[i] = factors[k] * pass.dy.data()[i] + of_x[k] * pass.x.data()[i] + addends[k];
        });
      }
    }

   private:
    using Channels = std::array<float, static_cast<std::size_t>(channels)>;
    struct Moments {
      Channels mean, variance;
      float inverse_deviation(std::size_t k) const { return 1.0f / std::sqrt(variance[k] + epsilon); }
    };

    static void add_distance(const BackwardPass<In, In>& pass, std::size_t at, float observed) {
      pass.gradients[at] += pass.step.share * (pass.parameters[at] - observed);
    }

    /// Calls body(position, channel) for every value of `examples` examples.
    template <class Body>
    static void for_each_value(Index examples, Body&& body) {
      for (Index pixel = 0; pixel < examples * pixels; ++pixel) {
        for (std::size_t k = 0; k < static_cast<std::size_t>(channels); ++k) {
          body(pixel * channels + static_cast<Index>(k), k);
        }
      }
    }
    static void transform(Batch<const float, In> x, Batch<float, In> y, const Channels& factors,
                          const Channels& addends) {
      const float* const QNN_RESTRICT from = x.data();
      float* const QNN_RESTRICT to = y.data();
      for_each_value(x.count(), [&](Index i, std::size_t k) { to[i] = factors[k] * from[i] + addends[k]; });
    }
    /// The sum of value(position, channel) for each channel: of an example in float, of examples in double.
    template <class Value>
    static Channels sums_of(Index examples, Value&& value) {
      std::array<double, static_cast<std::size_t>(channels)> totals{};
      for (Index n = 0; n < examples; ++n) {
        Channels sums{};
        for_each_value(1, [&](Index i, std::size_t k) { sums[k] += value(n * In::size + i, k); });
        for (std::size_t k = 0; k < sums.size(); ++k) {
          totals[k] += static_cast<double>(sums[k]);
        }
      }
      Channels result;
      std::transform(totals.begin(), totals.end(), result.begin(), [](double sum) { return static_cast<float>(sum); });
      return result;
    }
    static Moments moments_of(Batch<const float, In> x) {
      const auto n = static_cast<float>(x.count() * pixels);
      Moments moments;
      moments.mean = sums_of(x.count(), [&](Index i, std::size_t) { return x.data()[i]; });
      for (float& mean : moments.mean) {
        mean /= n;
      }
      moments.variance = sums_of(x.count(), [&](Index i, std::size_t k) {
        const float distance = x.data()[i] - moments.mean[k];
        return distance * distance;
      });
      for (float& variance : moments.variance) {
        variance /= n;
      }
      return moments;
    }
  };

  /// Integer machine: nothing, since the linear layer before it does its work; where there is none, the network
  /// refuses.
  template <QuantizedPrecision P, class In>
  struct at<P, In> : PassesOn<P, In, In> {};
};

}  // namespace qnn
