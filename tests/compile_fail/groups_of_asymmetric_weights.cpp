// SPDX-License-Identifier: MIT
// A multiplier would multiply the zero point as well.
// expect: PerGroup is for symmetric codes of 4 or 2 bits
// max-lines-gcc: 12
// max-lines-clang: 20
// max-errors: 1
#include "qnn/inference.hpp"

#ifdef QNN_MUST_FAIL
using Weights = qnn::Format<qnn::Int4, qnn::Asymmetric, qnn::PerGroup<16>>;
#else
using Weights = qnn::Format<qnn::Int4, qnn::Symmetric, qnn::PerGroup<16>>;
#endif

std::string name = qnn::Quantized<Weights, qnn::Format<std::int8_t, qnn::Asymmetric>>::name();
