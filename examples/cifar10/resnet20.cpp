// SPDX-License-Identifier: MIT
#include "experiment.hpp"

namespace cifar10 {

void run_resnet20(const Data& data, const Options& options) { run<qnn::ResNet20>(data, options); }

}  // namespace cifar10
