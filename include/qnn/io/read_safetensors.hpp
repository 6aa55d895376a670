// SPDX-License-Identifier: MIT
/// @file
/// Float tensors of any safetensors file, for load_pretrained. Opt-in: uses nlohmann_json.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/file_error.hpp"
#include "qnn/io/float_tensors.hpp"
#include "qnn/io/safetensors.hpp"

#include <filesystem>
#include <span>
#include <string>

namespace qnn {

/// Every tensor of the file; its metadata play no part.
/// @throws FileError as TensorFile::read, and where a tensor holds other types than F32, or a NaN or an infinity
QNN_COLD inline FloatTensors read_safetensors(const std::filesystem::path& path,
                                              const WeightFileOptions& options = {}) {
  const TensorFile file = TensorFile::read(path, options.max_bytes + max_tensor_header);
  FloatTensors result{.source = path, .tensors = {}};
  for (const std::string& name : file.names()) {
    if (detail::is_ignored(name, options.ignored)) {
      continue;
    }
    const TensorEntry& entry = file.entry(name);
    const std::span<const float> values = file.tensor<float>(name, entry.shape);  // refuses other types
    detail::check_finite(path, name, values);
    result.tensors.emplace(name, FloatTensor{entry.shape, {values.begin(), values.end()}});
  }
  return result;
}

}  // namespace qnn
