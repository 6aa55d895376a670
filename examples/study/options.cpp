// SPDX-License-Identifier: MIT
#include "options.hpp"

#include "environment.hpp"

#include "qnn/core/parallel.hpp"
#include "qnn/data/catalogue.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <limits>
#include <vector>

namespace study {

namespace {

const std::vector<std::string> datasets{"fashion-mnist", "mnist", "emnist-digits", "usps", "cifar10"};

std::string quoted(const std::string& argument) {
  return argument.find_first_of(" \t\"'$\\*?;&|<>()") == std::string::npos ? argument : "'" + argument + "'";
}

/// The second data set must mean the same by its classes, and must be another one.
void check_generalization(const Options& options) {
  if (options.generalize.empty()) {
    return;
  }
  const std::string given = "--generalize " + options.generalize;
  if (options.generalize == options.dataset) {
    throw CLI::ValidationError(given, "is what the network is trained on; name another data set");
  }
  if (!std::ranges::equal(qnn::class_names(options.generalize), qnn::class_names(options.dataset))) {
    throw CLI::ValidationError(given, "has other classes than " + options.dataset +
                                          "; digits go with digits: --dataset mnist --generalize usps, for example");
  }
}

/// Checkpoints are of one training.
void check_repetition(const Options& options) {
  if (options.repeat > 1 && !(options.checkpoint_in.empty() && options.checkpoint_out.empty())) {
    throw CLI::ValidationError("--repeat",
                               "trains once for each seed, and checkpoints are of one training: leave out "
                               "--checkpoint-in and --checkpoint-out, or --repeat");
  }
}

/// ResNet-8 reads 32x32 colour images only.
void check_model(const Options& options) {
  if (options.model == "resnet8" && options.dataset != "cifar10") {
    throw CLI::ValidationError("--model resnet8",
                               "reads colour images of 32x32 pixels: add --dataset cifar10, or choose "
                               "--model mlp, cnn or all for the grey ones of " +
                                   options.dataset);
  }
}

/// "name  meaning", one a line, for --help.
template <class List>
std::string explained(const List& list, std::string_view (*name)(const typename List::value_type&)) {
  std::string text;
  for (const auto& entry : list) {
    text += "\n" + std::string(name(entry)) + ": " + std::string(entry.meaning);
  }
  return text;
}

template <class List>
std::vector<std::string> names_in(const List& list, std::string_view (*name)(const typename List::value_type&)) {
  std::vector<std::string> names;
  for (const auto& entry : list) {
    names.emplace_back(name(entry));
  }
  return names;
}

/// What is wrong with the name of a method that this program was built without; nothing otherwise.
std::string missing_method(const std::string& name) {
  const auto method = std::ranges::find(all_methods, name, &Method::name);
  const bool is_missing = !has_learning && method != all_methods.end() && method->learning != Learning::nothing;
  return is_missing ? name + " is not in this program: build it with -D QNN_STUDY_LEARNING=ON" : "";
}

/// What is compared.
void declare_comparison(CLI::App& app, Options& options) {
  const auto key = [](const PrecisionName& precision) { return precision.key; };
  const auto name = [](const Method& method) { return method.name; };
  app.add_option("--precisions", options.precisions,
                 "Beside float32, separated by commas (default: the first\nfive):" + explained(precision_names, key))
      ->delimiter(',')
      ->check(CLI::IsMember(names_in(precision_names, key)))
      ->option_text("LIST");
  app.add_option("--methods", options.methods,
                 "From floats to integers, separated by commas; what a method\ndoes not name is done by min-max "
                 "(default: min-max):" +
                     explained(all_methods, name))
      ->delimiter(',')
      ->check(CLI::IsMember(names_in(all_methods, name)))
      ->check(CLI::Validator(missing_method, ""))
      ->option_text("LIST");
  app.add_option("--qat-epochs", options.qat_epochs, "Passes over the training images of method qat")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--repeat", options.repeat,
                 "Train and quantize so many times, with seeds from --seed\non: mean and standard deviation")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
}

void declare(CLI::App& app, Options& options) {
  constexpr Index most = 1'000'000'000;
  app.add_option("--dataset", options.dataset, "What to learn")->check(CLI::IsMember(datasets))->capture_default_str();
  app.add_option("--model", options.model,
                 "Which network; all: mlp and cnn. resnet8 is for cifar10, and\ntrains for an hour on two cores")
      ->check(CLI::IsMember({"mlp", "cnn", "resnet8", "all"}))
      ->capture_default_str();
  app.add_option("--epochs", options.epochs, "Passes over the training images (default: mlp 10, cnn 3,\nresnet8 60)")
      ->check(CLI::Range(1, 100000));
  app.add_option("--batch", options.batch, "Images in one step of the optimizer (default: 64, resnet8\n128)")
      ->check(CLI::Range(Index{1}, most));
  app.add_option("--learning-rate", options.learning_rate,
                 "Peak of the one-cycle schedule (default: 0.002, mlp on\ncifar10 0.001, resnet8 0.2)")
      ->check(CLI::Range(1e-9, 10.0));
  app.add_flag("--augment", options.augment,
               "Change training images at random: shifted by up to 2 pixels (4\nfor cifar10); digits "
               "turned and scaled, others mirrored");
  app.add_option("--average", options.average,
                 "Decay of the moving average of the parameters that is kept\nin their place; 0: none (default: 0, "
                 "resnet8 0.999)")
      ->check(CLI::Range(0.0, 0.999999));
  app.add_option("--validation", options.validation,
                 "Part of the training images held out, to choose the best\nepoch; 0: the last one is kept (default: "
                 "0.1, resnet8 0.02)")
      ->check(CLI::Range(0.0, 0.9));
  app.add_option("--label-smoothing", options.label_smoothing,
                 "Part of each label that is spread over all classes\n(default: 0, resnet8 0.1)")
      ->check(CLI::Range(0.0, 0.99));
  app.add_option("--seed", options.seed, "Of weights, order of images and dropout")->capture_default_str();
  app.add_option("--threads", options.threads,
                 "For training and evaluation; 0: all. Times are always\nthose of one thread")
      ->check(CLI::Range(0, qnn::max_threads))
      ->capture_default_str();
  app.add_option("--calibration", options.calibration, "Training images that choose the ranges of activations")
      ->check(CLI::Range(Index{1}, most))
      ->capture_default_str();
  declare_comparison(app, options);
  app.add_option("--generalize", options.generalize,
                 "Test the networks on this data set too, which they never\nsaw: digits on other digits")
      ->check(CLI::IsMember(datasets));
  app.add_option(
         "--data", options.data,
         "Folder of the data set, or the one above it (default: the\nenvironment variable QNN_DATA_DIR, then where the "
         "system\ninstalls data sets)")
      ->check(CLI::ExistingDirectory);
  app.add_option("--output", options.output, "Folder for tables, models and the report (default: study-<dataset>)");
  app.add_option("--checkpoint-in", options.checkpoint_in,
                 "Go on from this training, or take these trained weights.\nWith --model all, x.safetensors "
                 "stands for\nx-mlp.safetensors and x-cnn.safetensors");
  app.add_option("--checkpoint-out", options.checkpoint_out, "Save the training here after each epoch; names as above");
  app.add_flag("--quick", options.quick, "A small part of the images, one epoch: to see whether\neverything works");
  app.set_version_flag("--version", "precision_study, qnn " + library_version());
}

}  // namespace

std::filesystem::path Options::checkpoint_of(const std::filesystem::path& file, const std::string& name) const {
  if (file.empty() || model != "all") {
    return file;
  }
  return file.parent_path() / (file.stem().string() + "-" + name + file.extension().string());
}

ParsedOptions parse_options(int argc, char** argv) {
  Options options;
  CLI::App app(
      "Trains small networks in float32, quantizes them in several ways, and compares accuracy, size,\n"
      "speed and error. Writes report.html, results.csv, results.json, the history of training and the models.");
  app.get_formatter()->column_width(32);
  declare(app, options);
  try {
    app.parse(argc, argv);
    check_model(options);
    check_generalization(options);
    check_repetition(options);
  } catch (const CLI::ParseError& error) {
    const bool is_mistake = app.exit(error) != 0;
    return {.options = {}, .exit_code = is_mistake ? 2 : 0};
  }
  if (options.quick) {
    options.calibration = std::min<Index>(options.calibration, 128);
  }
  if (options.output.empty()) {
    options.output = "study-" + options.dataset;
  }
  for (int i = 0; i < argc; ++i) {
    options.command_line += (i > 0 ? " " : "") + quoted(argv[i]);
  }
  return {.options = options};
}

}  // namespace study
