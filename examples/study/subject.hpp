// SPDX-License-Identifier: MIT
/// @file
/// What is compared: a network at one precision, made by one method, whichever they are.
#pragma once

#include "data.hpp"
#include "options.hpp"
#include "results.hpp"

#include "qnn/network/network.hpp"

#include <filesystem>
#include <memory>

namespace study {

template <class Architecture>
using FloatNetwork = qnn::Network<Architecture, qnn::Float32>;

/// A network and what is known of it so far. What measures it takes compilers long, once for each precision: it is
/// compiled apart (parts.hpp).
template <class Architecture>
struct Subject {
  PrecisionResult result;

  Subject() = default;
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  virtual ~Subject() = default;

  virtual void measure_quality(const StudyData& data, const Options& options) = 0;
  /// Memory and file: the file stays as part of the results.
  virtual void measure_size(const std::filesystem::path& file) = 0;
  /// Nothing for float32, which the others are compared with.
  virtual void measure_noise(const FloatNetwork<Architecture>& reference, const qnn::Dataset& images) = 0;
  /// One round of timing. Rounds take turns among the precisions, and of each the fastest counts: other work on the
  /// machine then disturbs all of them alike, or none.
  virtual void measure_time(double seconds) = 0;
};

template <class Architecture>
using SubjectPointer = std::unique_ptr<Subject<Architecture>>;

}  // namespace study
