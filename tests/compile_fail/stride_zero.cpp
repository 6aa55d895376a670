// SPDX-License-Identifier: MIT
// Windows that never move.
// expect: qnn::Stride: steps must be positive
// max-lines-gcc: 8
// max-lines-clang: 8
// max-errors: 1
#include "qnn/core/option.hpp"

#ifdef QNN_MUST_FAIL
template struct qnn::Stride<0>;
#else
template struct qnn::Stride<1>;
#endif
