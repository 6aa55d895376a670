// SPDX-License-Identifier: MIT
/// @file
/// Messages of the exceptions: where, what, expected and found; and contracts.
#include "qnn/core/error.hpp"

#include "qnn/core/contract.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <type_traits>

namespace error_test {
namespace {

using namespace qnn;

static_assert(std::is_base_of_v<std::runtime_error, Error> && std::is_base_of_v<Error, ArgumentError> &&
              std::is_base_of_v<Error, NumericError>);

TEST_CASE("messages") {
  CHECK(std::string(ArgumentError("threads", "0 to 4", "-1").what()) == "qnn: threads: expected 0 to 4, found -1");
  CHECK(std::string(NumericError("qnn: not a number").what()) == "qnn: not a number");
}

TEST_CASE("raise throws the error as the type it is") {
  CHECK_THROWS_AS(raise(ArgumentError("a", "b", "c")), ArgumentError);
  CHECK_THROWS_WITH(raise(NumericError("absurd")), "absurd");
}

#if defined(QNN_CONTRACTS_THROW)
constexpr int root_of(int square) {
  QNN_EXPECTS(square >= 0, "no negative number has a root");
  int root = 0;
  while ((root + 1) * (root + 1) <= square) {
    ++root;
  }
  return root;
}
static_assert(root_of(17) == 4);  // a contract that holds costs a constant expression nothing

TEST_CASE("a broken contract throws, and says which and where") {
  CHECK(root_of(0) == 0);
  CHECK_THROWS_AS(root_of(-1), ContractViolation);
  CHECK_THROWS_AS(root_of(-1), std::logic_error);
  CHECK_THROWS_WITH(root_of(-1), doctest::Contains("qnn contract broken: no negative number has a root (square >= 0)"));
  CHECK_THROWS_WITH(root_of(-1), doctest::Contains("error_test.cpp:"));
}
#endif

}  // namespace

}  // namespace error_test
