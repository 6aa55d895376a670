// SPDX-License-Identifier: MIT
/// @file
/// main of every test executable.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdlib>

int main(int argc, char** argv) {
#ifdef QNN_DEFAULT_DATA_DIR
  // The data sets that CMake found, unless the caller names others.
#ifdef _WIN32
  if (std::getenv("QNN_DATA_DIR") == nullptr) {
    _putenv_s("QNN_DATA_DIR", QNN_DEFAULT_DATA_DIR);
  }
#else
  setenv("QNN_DATA_DIR", QNN_DEFAULT_DATA_DIR, 0);
#endif
#endif
  return doctest::Context(argc, argv).run();
}
