// SPDX-License-Identifier: MIT
// Symmetric codes are their own negatives, which unsigned ones are not.
// expect: a symmetric scheme needs a signed code type
// max-lines-gcc: 12
// max-lines-clang: 20
// max-errors: 1
#include "qnn/inference.hpp"

#ifdef QNN_MUST_FAIL
using Activations = qnn::Format<std::uint8_t, qnn::Symmetric>;
#else
using Activations = qnn::Format<std::uint8_t, qnn::Asymmetric>;
#endif

std::string name = qnn::Quantized<qnn::Format<std::int8_t, qnn::Symmetric>, Activations>::name();
