// SPDX-License-Identifier: MIT
/// @file
/// forward() touches no heap at any precision, nor do threads that share layers or examples: every operator new is
/// counted, and so is every malloc of Eigen, which asserts that it is allowed to.
// Without optimization, which may leave allocations out:
// compile-options: -O0
void count_forbidden_malloc();
#define EIGEN_RUNTIME_NO_MALLOC
#define eigen_assert(condition) ((condition) ? void(0) : ::count_forbidden_malloc())  // also where NDEBUG is defined

#include "qnn/core/parallel.hpp"
#include "qnn/inference.hpp"
#include "qnn/network/forward_parallel.hpp"
#include "qnn/quantization/quantize.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

namespace {

long allocations = 0;

void* allocate(std::size_t size, std::size_t alignment) {
  ++allocations;
  const std::size_t whole = (size + alignment - 1) / alignment * alignment;
  void* const memory = std::aligned_alloc(alignment, whole > 0 ? whole : alignment);
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  return memory;
}
void* allocate(std::size_t size) { return allocate(size, alignof(std::max_align_t)); }
void* allocate_or_null(std::size_t size) noexcept {
  ++allocations;
  return std::malloc(size > 0 ? size : 1);
}

}  // namespace

void count_forbidden_malloc() { ++allocations; }

// The array forms call these by default, and so do the sized forms of delete; all are given for the reader's certainty.
void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate_or_null(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate_or_null(size); }
void* operator new(std::size_t size, std::align_val_t align) { return allocate(size, static_cast<std::size_t>(align)); }
void* operator new[](std::size_t size, std::align_val_t align) {
  return allocate(size, static_cast<std::size_t>(align));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace {

using namespace qnn;

int failures = 0;

/// Forward passes of `count` examples with an arena made before: alone, with layers shared by threads, with examples
/// shared.
template <class Architecture, class P>
void check(const Network<Architecture, P>& network, Index count) {
  std::vector<float> x(static_cast<std::size_t>(count * Trace<Architecture>::input::size), 0.5f);
  std::vector<float> y(static_cast<std::size_t>(count * Trace<Architecture>::output::size));
  HeapArena<Network<Architecture, P>> arena(count);
  const long before = allocations;
  Eigen::internal::set_is_malloc_allowed(false);
  network.forward({x.data(), count}, {y.data(), count}, arena);
  {
    const ThreadScope scope{2};
    network.forward({x.data(), count}, {y.data(), count}, arena);
  }
  forward_parallel(network, {x.data(), count}, {y.data(), count}, arena, 2);
  Eigen::internal::set_is_malloc_allowed(true);
  if (allocations != before) {
    std::printf("%s, %td examples: %ld allocations in forward\n", P::name().c_str(), count, allocations - before);
    ++failures;
  }
}

template <class P, class Architecture>
void check_integers(const Network<Architecture, Float32>& real, const Ranges<Architecture>& ranges) {
  const auto network = std::make_unique<Network<Architecture, P>>();
  quantize_to(*network, real, ranges);
  check(*network, 1);
  check(*network, 64);
}

template <class Architecture>
void check_architecture() {
  const Network<Architecture, Float32> real(HeUniform{.seed = 1});
  for (const Index count : {1, 2, 3, 17, 64}) {
    check(real, count);
  }
  Ranges<Architecture> ranges;
  ranges.of_layer.fill(Range{-4.0f, 4.0f});
  check_integers<Int8<>>(real, ranges);
  check_integers<Int8<Asymmetric, PerTensor, FloatScale>>(real, ranges);
  check_integers<Int8<Asymmetric, PerChannel, DoubleRounding>>(real, ranges);
  check_integers<Int8<Symmetric, PerChannel, PowerOfTwoShift>>(real, ranges);
  check_integers<Quantized<Format<std::int8_t, Asymmetric, PerChannel>, Format<std::uint8_t, Asymmetric>>>(real,
                                                                                                           ranges);
  check_integers<Int16<>>(real, ranges);
}

// Fan-ins of 576 and 3136, beyond a tile of the matrix product; one unit, which makes it a matrix times a vector.
using Deep = Sequential<Input<14, 14, 64>, Conv2d<16, Kernel<3>, Same>, ReLU, Flatten, Dense<130>, ReLU6, Dense<1>>;
using Wide = Sequential<Input<3136>, Dense<128>, ReLU, Dropout<20>, Dense<10>, Softmax>;
using Odd = Sequential<Input<13, 17, 3>, Conv2d<5, Kernel<3, 2>, Stride<2>>, MaxPool2d<2>, Conv2d<7, Kernel<1>>,
                       Conv2d<7, Kernel<3>, Same, Groups<7>>, AveragePool2d<2>, GlobalAveragePool2d, Dense<3>>;

}  // namespace

int main() {
  ::operator delete(::operator new(sizeof(int)));  // calls, which an optimizer may not leave out as it may `new int`
  Eigen::internal::set_is_malloc_allowed(false);
  Eigen::internal::aligned_free(Eigen::internal::aligned_malloc(64));
  Eigen::internal::set_is_malloc_allowed(true);
  if (allocations != 2) {
    std::printf("allocations are not counted\n");
    return EXIT_FAILURE;
  }
  parallel_for(2, [](int) {});  // OpenMP may allocate when it starts its threads; afterwards nobody does
  check_architecture<Deep>();
  check_architecture<Wide>();
  check_architecture<Odd>();
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
