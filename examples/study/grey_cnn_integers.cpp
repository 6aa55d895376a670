// SPDX-License-Identifier: MIT
#include "architectures.hpp"
#include "integers.hpp"

namespace study {

template struct Subject<Cnn<GreyImage>, Int16>;
template struct Subject<Cnn<GreyImage>, SymmetricPerChannel>;
template struct Subject<Cnn<GreyImage>, SymmetricPerTensor>;
template struct Subject<Cnn<GreyImage>, AsymmetricPerChannel>;
template struct Subject<Cnn<GreyImage>, AsymmetricPerTensor>;

}  // namespace study
