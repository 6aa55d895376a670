// SPDX-License-Identifier: MIT
/// @file
/// Exceptions of the offline half (training, files, data). Each says where, what, expected and found. That of files is
/// in core/file_error.hpp.
#pragma once

#include "qnn/config.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

namespace qnn {

/// Base of every exception that qnn throws; a broken contract is the caller's mistake and a ContractViolation instead.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An argument or option outside its range.
class ArgumentError : public Error {
 public:
  QNN_COLD ArgumentError(std::string_view argument, std::string_view expected, std::string_view found)
      : Error("qnn: " + std::string(argument) + ": expected " + std::string(expected) + ", found " +
              std::string(found)) {}
};

/// Numbers that cannot be computed with: NaN, infinity, an empty or absurd range.
class NumericError : public Error {
 public:
  using Error::Error;
};

/// Throws `error`; where the program is compiled without exceptions, aborts. For code that devices compile too.
template <class E>
[[noreturn]] QNN_COLD void raise(const E& error) {
#if defined(__cpp_exceptions)
  throw error;
#else
  static_cast<void>(error);
  std::abort();
#endif
}

}  // namespace qnn
