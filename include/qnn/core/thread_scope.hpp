// SPDX-License-Identifier: MIT
/// @file
/// How many threads share the work of one layer. Part of the device's half: neither exceptions nor a runtime are
/// needed.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/contract.hpp"

namespace qnn {

inline constexpr int max_threads = 1024;

/// While it lives, large layers of integer networks that this thread runs are shared by `threads` threads:
///
///     const qnn::ThreadScope scope{2};
///     network.forward_codes(x, y, arena);
///
/// The codes are those of one thread. Without a scope there is one thread, and so there is in a program compiled
/// without OpenMP. Scopes nest, the innermost counts; other threads do not see it. OpenMP starts its threads, and
/// allocates their stacks, at the first layer that is shared, and again where another number is asked for.
class ThreadScope {
 public:
  /// @pre 1 <= threads <= max_threads
  explicit ThreadScope([[maybe_unused]] int threads) {
    QNN_EXPECTS(threads >= 1 && threads <= max_threads, "from one thread to max_threads");
#ifdef _OPENMP
    current_ = threads;
#endif
  }
#ifdef _OPENMP
  ~ThreadScope() { current_ = outer_; }
#else
  ~ThreadScope() {}  // as it would be with OpenMP: nobody takes the scope for an unused variable
#endif
  ThreadScope(const ThreadScope&) = delete;
  ThreadScope& operator=(const ThreadScope&) = delete;

  /// Threads of the innermost scope of this thread.
  static int threads() {
#ifdef _OPENMP
    return current_;
#else
    return 1;
#endif
  }

#ifdef _OPENMP
 private:
  // Devices without an operating system have no memory of threads either, hence only here.
  static inline constinit thread_local int current_ = 1;
  int outer_ = current_;
#endif
};

namespace detail {

/// share_work without the type of its body: compiled once. @param call calls body(part)
QNN_NOINLINE inline void run_shares(int parts, const void* body, void (*call)(const void*, int)) {
#ifdef _OPENMP
#pragma omp parallel for schedule(static, 1) num_threads(parts)
#endif
  for (int part = 0; part < parts; ++part) {
    const ThreadScope alone{1};
    call(body, part);
  }
}

}  // namespace detail

/// Calls `body(part)` for part = 0 .. parts-1, each once, on up to `parts` threads, each of which computes its layers
/// alone. @pre body throws nothing; what may throw belongs into parallel_for
template <class Body>
void share_work(int parts, const Body& body) {
  detail::run_shares(parts, &body, [](const void* any, int part) { (*static_cast<const Body*>(any))(part); });
}

}  // namespace qnn
