// SPDX-License-Identifier: MIT
/// @file
/// Work shared among threads. Everything here must hold with OpenMP and without it.
#include "qnn/core/parallel.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace parallel_test {
namespace {

using namespace qnn;

TEST_CASE("thread_count: what was asked for, or what the machine offers") {
  CHECK(thread_count(0) >= 1);
  CHECK(thread_count(1) == 1);
  CHECK(thread_count(7) == 7);
  CHECK(thread_count(max_threads) == max_threads);
  CHECK_THROWS_WITH_AS(thread_count(-1), "qnn: threads: expected 0 (all) to 1024, found -1", ArgumentError);
  CHECK_THROWS_AS(thread_count(max_threads + 1), ArgumentError);
  CHECK_THROWS_AS(thread_count(std::numeric_limits<int>::min()), ArgumentError);
}

TEST_CASE("parallel_for: each part once") {
  for (const int parts : {0, 1, 2, 3, 8, 33}) {
    std::vector<std::atomic<int>> calls(static_cast<std::size_t>(parts));
    parallel_for(parts, [&](int part) { ++calls.at(static_cast<std::size_t>(part)); });
    for (const auto& count : calls) {
      CHECK(count == 1);
    }
  }
}

TEST_CASE("parallel_for: an exception comes out here, after all other parts have run") {
  for (const int parts : {1, 2, 9}) {
    std::vector<std::atomic<int>> calls(static_cast<std::size_t>(parts));
    const auto body = [&](int part) {
      ++calls.at(static_cast<std::size_t>(part));
      if (part % 3 == 0) {
        throw ArgumentError("part", "no failure", std::to_string(part));
      }
    };
    CHECK_THROWS_AS(parallel_for(parts, body), ArgumentError);
    for (const auto& count : calls) {
      CHECK(count == 1);
    }
    CHECK_THROWS_WITH(parallel_for(parts, [](int) { throw std::runtime_error("any type"); }), "any type");
    parallel_for(parts, [](int) {});  // and nothing of it stays behind
  }
}

#ifdef _OPENMP
TEST_CASE("parallel_for: two parts run on two threads") {
  if (omp_get_thread_limit() < 2) {
    MESSAGE("skipped: OMP_THREAD_LIMIT allows one thread only");
    return;
  }
  std::vector<std::thread::id> threads(2);
  parallel_for(2, [&](int part) { threads[static_cast<std::size_t>(part)] = std::this_thread::get_id(); });
  CHECK(threads[0] == std::this_thread::get_id());
  CHECK(threads[0] != threads[1]);
}
#endif

TEST_CASE("parallel_for: its parts compute layers alone, unless there is only one") {
  const ThreadScope scope{3};
  std::vector<int> threads(4);
  parallel_for(4, [&](int part) { threads[static_cast<std::size_t>(part)] = ThreadScope::threads(); });
  CHECK(threads == std::vector<int>{1, 1, 1, 1});
  int of_single = 0;
  parallel_for(1, [&](int) { of_single = ThreadScope::threads(); });
  CHECK(of_single == ThreadScope::threads());
}

TEST_CASE("parallel_for: may be nested") {
  std::atomic<int> calls{0};
  parallel_for(3, [&](int) { parallel_for(4, [&](int) { ++calls; }); });
  CHECK(calls == 12);
}

TEST_CASE("a sum over slices does not depend on the number of parts") {
  std::vector<int> values(1001);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<int>(i * i % 97);
  }
  for (const int parts : {1, 2, 5, 16}) {
    std::vector<long> sums(static_cast<std::size_t>(parts));
    parallel_for(parts, [&](int part) {
      const Slice slice = slice_of(1001, parts, part);
      for (Index i = slice.first; i < slice.first + slice.count; ++i) {
        sums[static_cast<std::size_t>(part)] += values[static_cast<std::size_t>(i)];
      }
    });
    long sum = 0;
    for (const long part : sums) {
      sum += part;
    }
    long expected = 0;
    for (const int value : values) {
      expected += value;
    }
    CHECK(sum == expected);
  }
}

}  // namespace

}  // namespace parallel_test
