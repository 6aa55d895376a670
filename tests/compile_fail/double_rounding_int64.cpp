// SPDX-License-Identifier: MIT
// TFLite's arithmetic is defined for 32-bit accumulators, and 16-bit networks have 64.
// expect: this requantization policy is not defined for this accumulator
// max-lines-gcc: 12
// max-lines-clang: 20
// max-errors: 1
#include "qnn/inference.hpp"

#ifdef QNN_MUST_FAIL
using Precision = qnn::Int16<qnn::Symmetric, qnn::PerChannel, qnn::DoubleRounding>;
#else
using Precision = qnn::Int8<qnn::Symmetric, qnn::PerChannel, qnn::DoubleRounding>;
#endif

std::string name = Precision::name();
