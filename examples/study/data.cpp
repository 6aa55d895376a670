// SPDX-License-Identifier: MIT
#include "data.hpp"

#include "qnn/data/load.hpp"
#include "qnn/data/resize.hpp"

#include <algorithm>

namespace study {

namespace {

/// As the networks of the study expect them: the digits of USPS, 16x16, are laid out as MNIST's are.
qnn::Dataset as_studied(const qnn::Dataset& images) {
  return images.extents() == qnn::Extents{16, 16, 1} ? qnn::centred(images, 28, 28, 20) : images;
}

qnn::Dataset at_most(const qnn::Dataset& images, Index count) { return images.first(std::min(count, images.size())); }

/// Clothes and photographs look as well the other way round; digits do not, but lean and grow from hand to hand. Grey
/// images stand on black, which comes in from outside; photographs have no background, and their mean does.
examples::Distortion distortion_of(const std::string& dataset, double mean, double deviation) {
  if (dataset == "cifar10") {
    return examples::residual_recipe.distortion;
  }
  const auto black = static_cast<float>(-mean / deviation);
  if (dataset == "fashion-mnist") {
    return {.shift = 2, .background = black, .flips = true};
  }
  return {.shift = 2, .background = black, .turn = 10, .zoom = 0.1};
}

}  // namespace

StudyData load_data(const Options& options) {
  const qnn::LoadOptions where{.folder = options.data};
  const qnn::Split split = qnn::load_dataset(options.dataset, where);
  StudyData data{.train = as_studied(split.train),
                 .test = as_studied(split.test),
                 .other = {},
                 .class_names = {},
                 .distortion = {}};
  if (!options.generalize.empty()) {
    data.other = as_studied(qnn::load_part(options.generalize, qnn::Part::test, where));
  }
  if (options.quick) {
    data.train = at_most(data.train.shuffled(options.seed), 2000);
    data.test = at_most(data.test, 500);
    data.other = data.other ? std::optional(at_most(*data.other, 500)) : std::nullopt;
  }
  const auto [mean, deviation] = data.train.channel_statistics();
  if (options.augment) {
    data.distortion = distortion_of(options.dataset, mean.front(), deviation.front());
  }
  data.train = data.train.normalized(mean, deviation);
  data.test = data.test.normalized(mean, deviation);
  data.other = data.other ? std::optional(data.other->normalized(mean, deviation)) : std::nullopt;
  for (const std::string_view name : qnn::class_names(options.dataset)) {
    data.class_names.emplace_back(name);
  }
  return data;
}

}  // namespace study
