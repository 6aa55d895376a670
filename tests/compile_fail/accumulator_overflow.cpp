// SPDX-License-Identifier: MIT
// More products than an int32 provably holds: 127 * 128 * 66052 is half of it.
// expect: accumulator_may_overflow<.*at_layer<1>.*Dense<2>.*fan_in<70000>.*largest_safe_fan_in_is<66052>
// max-lines-gcc: 12
// max-lines-clang: 20
// max-errors: 1
#include "qnn/inference.hpp"

#ifdef QNN_MUST_FAIL
constexpr qnn::Index inputs = 70000;
#else
constexpr qnn::Index inputs = 66052;
#endif
using Architecture = qnn::Sequential<qnn::Input<inputs>, qnn::Dense<2>, qnn::ReLU, qnn::Dense<1>>;

qnn::Network<Architecture, qnn::Int8<>> network;

void use(const std::int8_t* x, std::int8_t* y) {
  static qnn::Arena<qnn::Network<Architecture, qnn::Int8<>>> arena;
  network.forward_codes({x, 1}, {y, 1}, arena);
}
