// SPDX-License-Identifier: MIT
/// @file
/// Dropout: in training, a random part of the values is 0; in inference, the identity.
#pragma once

#include "qnn/core/random.hpp"
#include "qnn/layers/layer.hpp"

#include <string>

namespace qnn {

/// Inverted dropout: with probability p = Percent / 100 a value becomes 0, otherwise x / (1 - p), so that the mean is
/// kept and inference needs no scaling. Source: Srivastava et al., "Dropout", JMLR 15, 2014.
/// The mask is a function of (seed of the step, position of the example), drawn again in the backward pass.
template <int Percent>
struct Dropout {
  static_assert(Percent >= 0 && Percent < 100, "qnn::Dropout: the percentage of dropped values is 0..99");
  static constexpr auto name = "Dropout";
  using accepts = rules<>;
  static constexpr bool identity = true;
  template <class In>
  using output = In;

  template <class In>
  static std::string details() {
    return std::to_string(Percent) + " %";
  }

  /// Inference at every precision: the identity.
  template <class P, class In>
  struct at : PassesOn<P, In, In> {};

  /// Float machine: masks in training, passes on in inference.
  template <class In>
  struct at<Float32, In> : PassesOn<Float32, In, In> {
    static void forward_training(const float* /*parameters*/, Batch<const float, In> x, Batch<float, In> y,
                                 TrainingStep step) {
      mask(x, y, step);
    }
    static void backward(const BackwardPass<In, In>& pass) {
      if (pass.dx.data() != nullptr) {
        mask(pass.dy, pass.dx, pass.step);
      }
    }

   private:
    static void mask(Batch<const float, In> from, Batch<float, In> to, TrainingStep step) {
      constexpr float keep = 1.0f - static_cast<float>(Percent) / 100.0f;
      for (Index n = 0; n < from.count(); ++n) {
        Random random(step.seed, step.first_example + n);
        for (Index i = 0; i < In::size; ++i) {
          to[n][i] = random.uniform() < keep ? from[n][i] / keep : 0.0f;
        }
      }
    }
  };
};

}  // namespace qnn
