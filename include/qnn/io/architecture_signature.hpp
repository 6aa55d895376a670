// SPDX-License-Identifier: MIT
/// @file
/// What a file says about the architecture it belongs to, so that its numbers are never loaded into another.
#pragma once

#include "qnn/config.hpp"
#include "qnn/io/safetensors.hpp"
#include "qnn/network/describe.hpp"
#include "qnn/version.hpp"

#include <string>
#include <string_view>

namespace qnn::detail {

inline constexpr std::string_view format_key = "qnn.format";
inline constexpr std::string_view version_key = "qnn.version";
inline constexpr std::string_view architecture_key = "qnn.architecture";
inline constexpr std::string_view fingerprint_key = "qnn.fingerprint";
inline constexpr std::string_view precision_key = "qnn.precision";

/// Version of the names and meanings in a file; another number is another format, which no reader may guess at.
inline constexpr std::string_view format_version = "1";

inline constexpr std::string_view layer_separator = "; ";

/// "Input 28x28x1; Conv2d (kernel 3x3, ...) 28x28x32; ReLU 28x28x32; ...": each layer, its options, its output.
template <class Architecture>
QNN_COLD std::string architecture_text() {
  std::string text;
  for (const LayerDescription& line : describe<Architecture>()) {
    text += std::string(text.empty() ? "" : layer_separator) + line.name;
    text += (line.details.empty() ? "" : " (" + line.details + ")") + " " + to_string(line.output);
  }
  return text;
}

/// In which format, by whom and for which architecture the file is written.
template <class Architecture>
QNN_COLD void sign(TensorFile& file) {
  file.set_metadata(std::string(format_key), std::string(format_version));
  file.set_metadata(std::string(version_key), std::to_string(version.major) + "." + std::to_string(version.minor) +
                                                  "." + std::to_string(version.patch));
  file.set_metadata(std::string(architecture_key), architecture_text<Architecture>());
  file.set_metadata(std::string(fingerprint_key), fingerprint<Architecture>());
}

}  // namespace qnn::detail
