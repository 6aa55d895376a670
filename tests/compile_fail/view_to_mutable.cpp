// SPDX-License-Identifier: MIT
// A window on constants does not become a window through which they can be written.
// expect: View<const int
// expect: View<int
// max-lines-gcc: 12
// max-lines-clang: 25
// max-errors: 1
#include "qnn/core/view.hpp"

using Constant = qnn::View<const int, qnn::Shape<2, 3>>;
using Mutable = qnn::View<int, qnn::Shape<2, 3>>;

#ifdef QNN_MUST_FAIL
Mutable convert(Constant view) { return view; }
#else
Constant convert(Mutable view) { return view; }
#endif
