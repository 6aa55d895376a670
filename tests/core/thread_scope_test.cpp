// SPDX-License-Identifier: MIT
/// @file
/// How many threads a layer may have. Everything here must hold with OpenMP and without it.
#include "qnn/core/thread_scope.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace thread_scope_test {
namespace {

using namespace qnn;

#ifdef _OPENMP
constexpr bool has_threads = true;
#else
constexpr bool has_threads = false;
#endif

TEST_CASE("ThreadScope: one thread without, the innermost counts, and nothing stays behind") {
  CHECK(ThreadScope::threads() == 1);
  {
    const ThreadScope outer{2};
    CHECK(ThreadScope::threads() == (has_threads ? 2 : 1));
    {
      const ThreadScope inner{7};
      CHECK(ThreadScope::threads() == (has_threads ? 7 : 1));
    }
    CHECK(ThreadScope::threads() == (has_threads ? 2 : 1));
  }
  CHECK(ThreadScope::threads() == 1);
}

TEST_CASE("ThreadScope: other threads do not see it") {
  const ThreadScope scope{2};
  int seen = 0;
  std::thread([&] { seen = ThreadScope::threads(); }).join();
  CHECK(seen == 1);
}

TEST_CASE("ThreadScope: a number out of range breaks its contract, and changes nothing") {
  const ThreadScope scope{2};
  const int before = ThreadScope::threads();
  for (const int threads : {0, -1, max_threads + 1}) {
    CHECK_THROWS_AS(ThreadScope{threads}, ContractViolation);
    CHECK(ThreadScope::threads() == before);
  }
  CHECK_NOTHROW(ThreadScope{max_threads});
}

TEST_CASE("share_work: each part once, and each computes its layers alone") {
  const ThreadScope scope{3};
  const int before = ThreadScope::threads();
  for (const int parts : {0, 1, 2, 3, 33}) {
    std::vector<std::atomic<int>> calls(static_cast<std::size_t>(parts));
    share_work(parts, [&](int part) { calls[static_cast<std::size_t>(part)] += ThreadScope::threads(); });
    for (const auto& count : calls) {
      CHECK(count == 1);
    }
    CHECK(ThreadScope::threads() == before);
  }
}

}  // namespace

}  // namespace thread_scope_test
