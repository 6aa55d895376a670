// SPDX-License-Identifier: MIT
// Codes of one scheme are not codes of another; requantized() says so by name.
// expect: (could not convert|no viable conversion).*qnn::Asymmetric
// max-lines-gcc: 12
// max-lines-clang: 20
// max-errors: 1
#include "qnn/inference.hpp"

using Symmetric = qnn::QuantTensor<std::int8_t, qnn::Symmetric>;
using Asymmetric = qnn::QuantTensor<std::int8_t, qnn::Asymmetric>;

Symmetric convert(const Asymmetric& tensor) {
#ifdef QNN_MUST_FAIL
  return tensor;
#else
  return qnn::requantized<std::int8_t, qnn::Symmetric>(tensor);
#endif
}
