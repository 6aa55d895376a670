// SPDX-License-Identifier: MIT
/// @file
/// Work shared among threads: OpenMP where the program is compiled with it, one after the other where it is not.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/error.hpp"
#include "qnn/core/slice.hpp"
#include "qnn/core/thread_scope.hpp"

#include <algorithm>
#include <exception>
#include <string>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace qnn {

/// Number of threads to use: `requested`, or all the machine offers where it is 0.
/// @throws ArgumentError unless 0 <= requested <= max_threads
inline int thread_count(int requested) {
  if (requested < 0 || requested > max_threads) {
    throw ArgumentError("threads", "0 (all) to " + std::to_string(max_threads), std::to_string(requested));
  }
#ifdef _OPENMP
  return requested == 0 ? std::min(omp_get_max_threads(), max_threads) : requested;
#else
  return requested == 0 ? 1 : requested;
#endif
}

namespace detail {

/// parallel_for without the type of its body: compiled once. @param call calls body(part)
QNN_NOINLINE inline void run_parts(int parts, const void* body, void (*call)(const void*, int)) {
  std::exception_ptr failure;
  int failed_part = parts;
#ifdef _OPENMP
#pragma omp parallel for schedule(static, 1) num_threads(parts) if (parts > 1)
#endif
  for (int part = 0; part < parts; ++part) {
    try {
      const ThreadScope alone{parts > 1 ? 1 : ThreadScope::threads()};
      call(body, part);
    } catch (...) {
#ifdef _OPENMP
#pragma omp critical(qnn_parallel_for)
#endif
      if (part < failed_part) {
        failed_part = part;
        failure = std::current_exception();
      }
    }
  }
  if (failure) {
    std::rethrow_exception(failure);
  }
}

}  // namespace detail

/// Calls `body(part)` for part = 0 .. parts-1, each once, on up to `parts` threads; each computes its layers alone
/// (thread_scope.hpp), unless there is one part only.
/// Of several exceptions, that of the lowest part is rethrown here: an error does not depend on which thread was
/// faster.
template <class Body>
void parallel_for(int parts, const Body& body) {
  detail::run_parts(parts, &body, [](const void* any, int part) { (*static_cast<const Body*>(any))(part); });
}

}  // namespace qnn
