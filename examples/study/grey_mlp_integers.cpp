// SPDX-License-Identifier: MIT
#include "architectures.hpp"
#include "integers.hpp"

namespace study {

template struct Subject<Mlp<GreyImage>, Int16>;
template struct Subject<Mlp<GreyImage>, SymmetricPerChannel>;
template struct Subject<Mlp<GreyImage>, SymmetricPerTensor>;
template struct Subject<Mlp<GreyImage>, AsymmetricPerChannel>;
template struct Subject<Mlp<GreyImage>, AsymmetricPerTensor>;

}  // namespace study
