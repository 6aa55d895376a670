// SPDX-License-Identifier: MIT
/// @file
/// Preconditions that also hold on a device without exceptions: QNN_EXPECTS throws, aborts or vanishes (config.hpp).
#pragma once

#include "qnn/config.hpp"

#if defined(QNN_CONTRACTS_THROW)
#include <stdexcept>
#include <string>

namespace qnn {
/// A precondition of qnn was broken by the caller.
class ContractViolation : public std::logic_error {
 public:
  QNN_COLD ContractViolation(const char* condition, const char* message, const char* file, int line)
      : std::logic_error(std::string(file) + ":" + std::to_string(line) + ": qnn contract broken: " + message + " (" +
                         condition + ")") {}
};
}  // namespace qnn
#define QNN_EXPECTS(condition, message) \
  ((condition) ? void(0) : throw ::qnn::ContractViolation(#condition, message, __FILE__, __LINE__))
#elif defined(QNN_CONTRACTS_ABORT)
#include <cstdlib>
#define QNN_EXPECTS(condition, message) ((condition) ? void(0) : ::std::abort())
#else
#define QNN_EXPECTS(condition, message) void(0)
#endif
