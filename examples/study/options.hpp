// SPDX-License-Identifier: MIT
/// @file
/// What the user asks of the study.
#pragma once

#include "methods.hpp"
#include "precisions.hpp"

#include "qnn/core/shape.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace study {

using qnn::Index;

struct Options {
  std::string dataset = "fashion-mnist";
  std::string model = "all";  ///< "mlp", "cnn", "resnet8", or "all": the small ones, mlp and cnn
  std::optional<int> epochs;  ///< in place of each model's own, as all that follow here
  std::optional<Index> batch;
  std::optional<double> learning_rate, average, validation, label_smoothing;
  bool augment = false;  ///< training images are changed at random
  std::uint64_t seed = 1;
  int threads = 0;                                             ///< 0: all
  Index calibration = 1024;                                    ///< training images that choose the ranges
  std::vector<std::string> precisions = default_precisions();  ///< keys of precision_names
  std::vector<std::string> methods{std::string(all_methods[0].name)};
  int qat_epochs = 1;      ///< of quantization-aware training
  int repeat = 1;          ///< seeds, from `seed` on
  std::string generalize;  ///< another data set with the same classes; empty: none
  bool quick = false;      ///< a small part of everything: to see whether it works
  std::filesystem::path data;
  std::filesystem::path output;
  std::filesystem::path checkpoint_in, checkpoint_out;
  std::string command_line;

  bool wants(const std::string& name) const { return model == name || (model == "all" && name != "resnet8"); }
  bool wants_precision(std::string_view key) const { return std::ranges::count(precisions, key) > 0; }
  bool wants_method(std::string_view name) const { return std::ranges::count(methods, name) > 0; }
  /// The checkpoint of one model: where all are studied, its name goes before the extension.
  std::filesystem::path checkpoint_of(const std::filesystem::path& file, const std::string& name) const;
};

/// Options, or the exit code of a program that has nothing more to do: 0 after --help and --version, 2 after a mistake,
/// which is explained on standard error.
struct ParsedOptions {
  std::optional<Options> options;
  int exit_code = 0;
};

ParsedOptions parse_options(int argc, char** argv);

}  // namespace study
