// SPDX-License-Identifier: MIT
/// @file
/// A real network that others have trained: ResNet-20 for CIFAR-10, from its file to integers.
#include "qnn/calibration/calibrate.hpp"
#include "qnn/data/load.hpp"
#include "qnn/evaluation/agreement.hpp"
#include "qnn/evaluation/evaluate.hpp"
#include "qnn/io/npz.hpp"
#include "qnn/io/pretrained.hpp"
#include "qnn/models/resnet.hpp"
#include "qnn/quantization/quantize.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace resnet20_test {

using namespace qnn;

namespace {

#ifdef __OPTIMIZE__
constexpr Index images = 400;
#else
constexpr Index images = 16;
#endif

/// The weights, or nothing, said aloud, where they are not installed.
std::filesystem::path weights() {
  const char* const folder = std::getenv("QNN_DATA_DIR");
  std::filesystem::path file =
      std::filesystem::path(folder == nullptr ? "" : folder) / "models/resnet20/resnet20_cifar10.npz";
  if (!std::filesystem::exists(file)) {
    MESSAGE("skipped: there is no ", file.string(), "; QNN_DATA_DIR may name another folder");
    return {};
  }
  return file;
}

std::optional<Dataset> test_images() {
  const CatalogueEntry& entry = catalogue_entry("cifar10");
  try {
    find_data_files(entry.place, entry.part(Part::test).files);
  } catch (const FileError& error) {
    MESSAGE("skipped: ", std::string(error.what()));
    return std::nullopt;
  }
  return load_part("cifar10", Part::test).normalized({0.485, 0.456, 0.406}, {0.229, 0.224, 0.225});
}

}  // namespace

TEST_CASE("ResNet-20 as others have trained it is as good here, also in int8") {
  const std::filesystem::path file = weights();
  if (file.empty()) {
    return;
  }
  Network<ResNet20, Float32> net;
  load_pretrained(net, read_npz(file, {.max_bytes = weight_bytes<ResNet20>}), {.layers = resnet20_layer_names()});
  CHECK(net.parameters()[0] == -0.13818146f);  // conv1.weight[0][0][0][0]

  const std::optional<Dataset> test = test_images();
  if (!test) {
    return;
  }
  const Dataset some = test->first(images);
  const double accuracy = evaluate(net, some).accuracy;  // 91.73 % of all images
  CHECK(accuracy > 0.87);
  const auto int8 = std::make_unique<Network<ResNet20, Int8<Asymmetric, PerChannel>>>();
  quantize_to(*int8, net, calibrate(net, some));
  CHECK(evaluate(*int8, some).accuracy > accuracy - 0.03);
  CHECK(agreement(net, *int8, some) > 0.95);
}

TEST_CASE("ResNet-20: tensors under the names of another network are all reported") {
  const std::filesystem::path file = weights();
  if (file.empty()) {
    return;
  }
  Network<ResNet20, Float32> net;
  std::vector<std::string> names = resnet20_layer_names();
  names.back() = "fc";
  std::string message;
  try {
    load_pretrained(net, read_npz(file), {.layers = names});
  } catch (const FileError& error) {
    message = error.what();
  }
  for (const char* part : {"4 tensors:", "missing: \"fc.weight\" (10, 64), for", "missing: \"fc.bias\" (10,), for",
                           "without a place in the network: \"linear.weight\" (10, 64)"}) {
    CHECK(message.find(part) != std::string::npos);
  }
}

}  // namespace resnet20_test
