// SPDX-License-Identifier: MIT
#include "integers.hpp"

#include "qnn/models/resnet.hpp"

namespace study {

template struct Subject<qnn::ResNet8, AsymmetricPerChannel>;
template struct Subject<qnn::ResNet8, AsymmetricPerTensor>;

}  // namespace study
