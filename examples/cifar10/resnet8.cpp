// SPDX-License-Identifier: MIT
#include "experiment.hpp"

namespace cifar10 {

void run_resnet8(const Data& data, const Options& options) { run<qnn::ResNet8>(data, options); }

}  // namespace cifar10
