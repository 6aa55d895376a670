// SPDX-License-Identifier: MIT
#include "architectures.hpp"
#include "integers.hpp"

namespace study {

template struct Subject<Cnn<ColourImage>, Int16>;
template struct Subject<Cnn<ColourImage>, SymmetricPerChannel>;
template struct Subject<Cnn<ColourImage>, SymmetricPerTensor>;
template struct Subject<Cnn<ColourImage>, AsymmetricPerChannel>;
template struct Subject<Cnn<ColourImage>, AsymmetricPerTensor>;

}  // namespace study
