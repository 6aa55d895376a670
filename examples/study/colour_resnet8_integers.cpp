// SPDX-License-Identifier: MIT
#include "integers.hpp"

#include "qnn/models/resnet.hpp"

namespace study {

template struct Subject<qnn::ResNet8, Int16>;
template struct Subject<qnn::ResNet8, SymmetricPerChannel>;
template struct Subject<qnn::ResNet8, SymmetricPerTensor>;

}  // namespace study
