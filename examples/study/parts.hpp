// SPDX-License-Identifier: MIT
/// @file
/// What the study of a network consists of: templates that are only declared here. Each part takes compilers long, so
/// that it is instantiated in a source file of its own, which CMake writes (CMakeLists.txt, instance.cpp.in).
#pragma once

#include "methods.hpp"
#include "models.hpp"
#include "subject.hpp"

#include "qnn/network/ranges.hpp"
#include "qnn/training/history.hpp"

#include <memory>
#include <vector>

namespace study {

/// study_network.hpp
template <class Architecture>
struct NetworkStudy {
  static ModelResult run(const Model& model, const Options& options, const StudyData& data);
};

/// training.hpp
template <class Architecture>
struct Training {
  /// Fills `network`; returns how it was trained, without epochs where only weights were loaded.
  static qnn::History train_or_load(FloatNetwork<Architecture>& network, const Model& model,
                                    const examples::Recipe& recipe, const Options& options, const StudyData& data);
};

/// What a method works with.
template <class Architecture>
struct Ingredients {
  const FloatNetwork<Architecture>& network;
  const qnn::Ranges<Architecture>& ranges;
  const examples::Recipe& recipe;  ///< of the float training
  const qnn::Dataset& calibration;
  const StudyData& data;
  const Options& options;
};

/// quantization.hpp
template <class Architecture, class P>
struct Quantization {
  static SubjectPointer<Architecture> quantize(const Ingredients<Architecture>& given, const Method& method);
};

/// corrections.hpp
template <class Architecture, class P>
struct Corrections {
  static FloatNetwork<Architecture> correct_biases(const Ingredients<Architecture>& given);
  static FloatNetwork<Architecture> learn_rounding(const Ingredients<Architecture>& given, qnn::WeightRange weights);
};

/// aware_training.hpp
template <class Architecture, class P>
struct AwareTraining {
  static void train(qnn::Network<Architecture, P>& network, const Ingredients<Architecture>& given);
};

/// distributions.hpp
template <class Architecture>
struct Distributions {
  static void record(ModelResult& result, const FloatNetwork<Architecture>& trained,
                     const qnn::Ranges<Architecture>& ranges, const qnn::Dataset& images);
};

/// sensitivities.hpp
template <class Architecture>
struct Sensitivities {
  static std::vector<StageSensitivity> of(const FloatNetwork<Architecture>& trained,
                                          const qnn::Ranges<Architecture>& ranges, const qnn::Dataset& images);
};

}  // namespace study
