// SPDX-License-Identifier: MIT
#include "architectures.hpp"
#include "integers.hpp"

namespace study {

template struct Subject<Mlp<ColourImage>, Int16>;
template struct Subject<Mlp<ColourImage>, SymmetricPerChannel>;
template struct Subject<Mlp<ColourImage>, SymmetricPerTensor>;
template struct Subject<Mlp<ColourImage>, AsymmetricPerChannel>;
template struct Subject<Mlp<ColourImage>, AsymmetricPerTensor>;

}  // namespace study
