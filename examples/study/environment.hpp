// SPDX-License-Identifier: MIT
/// @file
/// On what and with what the study ran: part of every result that holds a time.
#pragma once

#include <string>

namespace study {

struct Environment {
  std::string compiler;         ///< "g++ 12.2.0"
  std::string instruction_set;  ///< what the compiler was allowed to use, "AVX2, FMA"
  std::string build;            ///< "optimized" or "debug"
  std::string processor;        ///< empty where the system does not tell
  int processors = 0;           ///< hardware threads
  std::string library;          ///< version of qnn
  std::string eigen;
  std::string date;  ///< "2024-05-31 13:45 UTC"
};

Environment this_environment();
std::string library_version();

}  // namespace study
