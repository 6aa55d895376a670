// SPDX-License-Identifier: MIT
#include "json.hpp"

#include "spread.hpp"

#include <nlohmann/json.hpp>

namespace study {

namespace {

using Json = nlohmann::ordered_json;  // NaN and infinity become null

Json json_of(const Options& options) {
  return {{"dataset", options.dataset},       {"generalize", options.generalize},          {"seed", options.seed},
          {"repeat", options.repeat},         {"precisions", options.precisions},          {"methods", options.methods},
          {"qat_epochs", options.qat_epochs}, {"calibration_images", options.calibration}, {"quick", options.quick}};
}

Json json_of(const Environment& environment) {
  return {{"date", environment.date},
          {"qnn", environment.library},
          {"eigen", environment.eigen},
          {"compiler", environment.compiler},
          {"instruction_set", environment.instruction_set},
          {"build", environment.build},
          {"processor", environment.processor},
          {"hardware_threads", environment.processors}};
}

Json json_of(const qnn::History& history) {
  Json epochs = Json::array();
  for (const qnn::EpochRecord& record : history.epochs) {
    epochs.push_back({{"epoch", record.epoch},
                      {"training_loss", record.training_loss},
                      {"training_accuracy", record.training_accuracy},
                      {"validation_loss", record.validation_loss},
                      {"validation_accuracy", record.validation_accuracy},
                      {"learning_rate", record.learning_rate},
                      {"seconds", record.seconds}});
  }
  return {{"best_epoch", history.best_epoch}, {"epochs", epochs}};
}

Json json_of(const examples::Recipe& recipe, const std::string& optimizer) {
  return {{"optimizer", optimizer},
          {"peak_learning_rate", recipe.learning_rate},
          {"weight_decay", recipe.weight_decay},
          {"batch", recipe.batch},
          {"validation", recipe.validation},
          {"average", recipe.average},
          {"label_smoothing", recipe.label_smoothing},
          {"shift", recipe.distortion.shift},
          {"flips", recipe.distortion.flips},
          {"turn_degrees", recipe.distortion.turn},
          {"zoom", recipe.distortion.zoom}};
}

Json json_of(const TensorHistogram& tensor) {
  Json ranges = Json::array(), centres = Json::array(), shares = Json::array();
  for (const MarkedRange& range : tensor.ranges) {
    ranges.push_back({{"name", range.name}, {"lowest", range.lowest}, {"highest", range.highest}});
  }
  for (Index bin = 0; bin < tensor.histogram.bins(); ++bin) {
    centres.push_back(tensor.histogram.centre(bin));
    shares.push_back(tensor.histogram.share(bin));
  }
  return {{"tensor", tensor.tensor},
          {"values", tensor.histogram.total()},
          {"ranges", ranges},
          {"bin_centres", centres},
          {"shares", shares}};
}

Json json_of(const std::vector<TensorHistogram>& tensors) {
  Json list = Json::array();
  for (const TensorHistogram& tensor : tensors) {
    list.push_back(json_of(tensor));
  }
  return list;
}

Json json_of(const PrecisionResult& result, const ModelResult& model) {
  const Pairing pairing = compare(result, model.reference(), model.labels);
  Json stages = Json::array();
  for (const StageNoise& stage : result.stages) {
    stages.push_back(
        {{"stage", stage.stage}, {"sqnr_decibels", stage.decibels}, {"bias", stage.bias}, {"reads", stage.before}});
  }
  return {{"precision", result.name},
          {"method", result.method},
          {"arithmetic", result.arithmetic},
          {"accuracy", result.accuracy},
          {"top2_accuracy", result.top2},
          {"loss", result.loss},
          {"accuracy_change", result.accuracy - model.reference().accuracy},
          {"agreement", static_cast<double>(pairing.same_class) / static_cast<double>(pairing.images)},
          {"gained", pairing.gained},
          {"lost", pairing.lost},
          {"other_accuracy", result.other_accuracy},
          {"parameter_bytes", result.parameter_bytes},
          {"file_bytes", result.file_bytes},
          {"arena_bytes", result.arena_bytes},
          {"latency_seconds", result.latency},
          {"images_per_second_batch_64", result.throughput},
          {"speed_against_float32", model.reference().latency / result.latency},
          {"speed_against_float32_batch_64", result.throughput / model.reference().throughput},
          {"confusion", result.confusion},
          {"stages", stages}};
}

Json json_of(const std::vector<StageSensitivity>& sensitivities) {
  Json list = Json::array();
  for (const StageSensitivity& stage : sensitivities) {
    Json entry{{"stage", stage.stage}};
    for (std::size_t format = 0; format < sensitivity_formats.size(); ++format) {
      entry[std::string(sensitivity_formats[format])] = {{"accuracy_change", stage.change[format]},
                                                         {"sqnr_decibels", stage.decibels[format]}};
    }
    list.push_back(entry);
  }
  return list;
}

/// Mean and standard deviation over the seeds, and what each of the further ones gave.
Json repetitions_of(const ModelResult& model) {
  Json spreads = Json::array(), seeds = Json::array();
  for (const PrecisionResult& result : model.precisions) {
    const Spread accuracy = accuracy_over_seeds(model, result),
                 change = difference_over_seeds(model, result, model.reference());
    spreads.push_back({{"precision", result.name},
                       {"method", result.method},
                       {"accuracy_mean", accuracy.mean},
                       {"accuracy_deviation", accuracy.deviation},
                       {"change_mean", change.mean},
                       {"change_deviation", change.deviation}});
  }
  for (const Repetition& repetition : model.repetitions) {
    Json accuracies = Json::array();
    for (const PrecisionResult& result : repetition.precisions) {
      accuracies.push_back(result.accuracy);
    }
    seeds.push_back({{"seed", repetition.seed}, {"accuracies", accuracies}});
  }
  return {{"spreads", spreads}, {"further_seeds", seeds}};
}

Json json_of(const ModelResult& model) {
  Json layers = Json::array(), precisions = Json::array();
  for (const LayerLine& line : model.layers) {
    layers.push_back({{"layer", line.layer},
                      {"name", line.name},
                      {"options", line.details},
                      {"output", line.output},
                      {"reads", line.sources},
                      {"parameters", line.parameters},
                      {"multiplications", line.multiplications}});
  }
  for (const PrecisionResult& result : model.precisions) {
    precisions.push_back(json_of(result, model));
  }
  return {{"model", model.name},
          {"fingerprint", model.fingerprint},
          {"layers", layers},
          {"training", json_of(model.recipe, model.optimizer)},
          {"history", json_of(model.history)},
          {"precisions", precisions},
          {"repetitions", repetitions_of(model)},
          {"left_out", model.left_out},
          {"sensitivity", {{"images", model.sensitivity_images}, {"stages", json_of(model.sensitivities)}}},
          {"weights", json_of(model.weights)},
          {"activations", json_of(model.activations)}};
}

}  // namespace

void write_json(std::ostream& stream, const StudyResult& study) {
  Json models = Json::array();
  for (const ModelResult& model : study.models) {
    models.push_back(json_of(model));
  }
  const Json document{{"command_line", study.options.command_line},
                      {"options", json_of(study.options)},
                      {"environment", json_of(study.environment)},
                      {"threads", study.threads},
                      {"classes", study.class_names},
                      {"training_images", study.training_images},
                      {"test_images", study.test_images},
                      {"other_images", study.other_images},
                      {"models", models}};
  // Bytes that are not UTF-8 (a folder on the command line) are replaced: the document stays well-formed.
  stream << document.dump(1, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace study
