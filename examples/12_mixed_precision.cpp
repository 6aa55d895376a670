// SPDX-License-Identifier: MIT
/// @file
/// 12. A precision for each stage: the search simulates them, prints the type, and here that type is compiled.
///
///     12_mixed_precision [data set] [epochs] [seed]
///
/// By default fashion-mnist, 3 epochs and seed 1. Trains the small convolutional network, looks for the stages whose
/// weights can do with four bits, and compares what it finds with eight bits throughout, on test images that the search
/// never saw.
#include "arguments.hpp"

#include "qnn/data.hpp"
#include "qnn/models/baseline.hpp"
#include "qnn/qnn.hpp"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

namespace {

using Cnn = qnn::BaselineCnn<>;
using Float = qnn::Network<Cnn, qnn::Float32>;

/// What the search printed for the defaults above.
using Found = qnn::Mixed<qnn::Int8<>, qnn::Int8<>, qnn::W4A8<>, qnn::Int8<>>;

constexpr qnn::QuantizationOptions least_error{.weights = qnn::WeightRange::minimal_squared_error};

template <class P>
void print_result(const char* name, const Float& network, const qnn::Ranges<Cnn>& ranges, const qnn::Dataset& test) {
  const auto integers = std::make_unique<qnn::Network<Cnn, P>>();
  qnn::quantize_to(*integers, network, ranges, least_error);
  std::printf("%-24s %8.2f %% %10td bytes\n", name, 100 * qnn::evaluate(*integers, test).accuracy,
              integers->parameter_bytes());
}

void run(const std::string& name, int epochs, std::uint64_t seed) {
  const qnn::Split data = qnn::load_dataset(name);
  const auto [training, validation] = data.train.split(0.1, seed);
  Float network(qnn::HeNormal{.seed = seed});
  qnn::train(network, training, qnn::CrossEntropy{}, qnn::AdamW{.learning_rate = 2e-3f},
             {.epochs = epochs, .validation = 0.1, .schedule = qnn::OneCycle{}, .seed = seed, .threads = 1});
  const auto ranges = qnn::calibrate(network, training.first(1024));

  // Validation images choose: at most a tenth of a percent point may be lost on them.
  const qnn::MixedSearch search =
      qnn::search_mixed<qnn::Int8<>, qnn::W4A8<>>(network, ranges, validation, {.accuracy_drop = 0.001}, least_error);
  for (const qnn::SearchStep& step : search.pareto_front()) {
    std::printf("%9td bytes %8.2f %%  %s\n", step.bytes, 100 * step.score.accuracy, step.type.c_str());
  }
  const std::string& type = search.result().type;
  std::printf("\nfound: %s\n%s\n\n", type.c_str(),
              type == qnn::spelling<Found>() ? "which is the type compiled below."
                                             : "which is not the type compiled below: paste it as Found.");

  // Test images judge.
  std::printf("%-24s %8.2f %%\n", "float32", 100 * qnn::evaluate(network, data.test).accuracy);
  print_result<qnn::Int8<>>("8 bits", network, ranges, data.test);
  print_result<Found>("Found, as compiled", network, ranges, data.test);
  print_result<qnn::W4A8<>>("weights of 4 bits", network, ranges, data.test);
}

}  // namespace

int main(int argument_count, char** arguments) {
  try {
    const examples::Arguments given(argument_count, arguments, 3, "12_mixed_precision [data set] [epochs] [seed]");
    run(given.text(0, "fashion-mnist"), given.number(1, "epochs", 1, 3), given.number<std::uint64_t>(2, "seed", 0, 1));
  } catch (const qnn::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
