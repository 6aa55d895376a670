// SPDX-License-Identifier: MIT
/// @file
/// Calibration takes the same memory for any number of examples: counted by replacing the global allocation functions.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "qnn/calibration/calibrate.hpp"
#include "qnn/calibration/ranges_for.hpp"
#include "qnn/core/random.hpp"
#include "qnn/layers.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <span>

namespace {

constexpr std::size_t header = 64;  // holds the size, and keeps any alignment that is asked for
std::size_t now = 0, peak = 0;

void* allocate(std::size_t size) {
  void* const block = std::aligned_alloc(header, (size + 2 * header - 1) / header * header);
  if (block == nullptr) {
    throw std::bad_alloc();
  }
  *static_cast<std::size_t*>(block) = size;
  now += size;
  peak = std::max(peak, now);
  return static_cast<std::byte*>(block) + header;
}
void release(void* memory) noexcept {
  if (memory != nullptr) {
    void* const block = static_cast<std::byte*>(memory) - header;
    now -= *static_cast<std::size_t*>(block);
    std::free(block);
  }
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, std::align_val_t) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size, std::align_val_t) { return allocate(size); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }

namespace {

/// Images made when they are asked for.
struct Images {
  qnn::Index count;
  qnn::Index size() const { return count; }
  qnn::Extents extents() const { return {8, 8, 1}; }
  int classes() const { return 3; }
  void copy(qnn::Index i, std::span<float> out) const {
    qnn::Random random(static_cast<std::uint64_t>(i));
    std::generate(out.begin(), out.end(), [&] { return random.normal() * static_cast<float>(1 + i % 100); });
  }
  std::int32_t label(qnn::Index) const { return 0; }
};

using Net =
    qnn::Sequential<qnn::Input<8, 8, 1>, qnn::Conv2d<4, qnn::Kernel<3>>, qnn::ReLU, qnn::Flatten, qnn::Dense<3>>;

/// Bytes on the heap at once while something runs.
template <class Function>
std::size_t peak_of(Function&& run) {
  const std::size_t before = now;
  peak = now;
  run();
  return peak - before;
}

}  // namespace

TEST_CASE("calibration: memory does not depend on the number of examples") {
  const qnn::Network<Net, qnn::Float32> net(qnn::HeNormal{.seed = 1});
  const auto of_observing = [&](qnn::Index images) {
    return peak_of([&] { static_cast<void>(qnn::observe(net, Images{images}, {.batch = 16})); });
  };
  const std::size_t few = of_observing(16), many = of_observing(1600);
  MESSAGE("observe: 16 images " << few << " bytes at most, 1600 images " << many);
  CHECK(few > 0);
  CHECK(many == few);
  CHECK(many < 250'000);  // five tensors, 32 KiB each, and the arena

  const auto seen = qnn::observe(net, Images{1600}, {.batch = 16});
  const std::size_t choosing = peak_of([&] {
    static_cast<void>(qnn::ranges_for<qnn::Int8<>>(seen, qnn::MinMax{}));
    static_cast<void>(qnn::ranges_for<qnn::Int8<>>(seen, qnn::Percentile{}));
    static_cast<void>(qnn::ranges_for<qnn::Int8<>>(seen, qnn::MinimalSquaredError{}));
    static_cast<void>(qnn::ranges_for<qnn::Int8<>>(seen, qnn::Entropy{}));
  });
  MESSAGE("ranges_for: " << choosing << " bytes at most");
  CHECK(choosing < 4 * 2048 * 8);

  const std::size_t simple = peak_of([&] { static_cast<void>(qnn::calibrate(net, Images{16}, {.batch = 16})); });
  CHECK(peak_of([&] { static_cast<void>(qnn::calibrate(net, Images{1600}, {.batch = 16})); }) == simple);
}
