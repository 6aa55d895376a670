// SPDX-License-Identifier: MIT
/// @file
/// The memory plan: how much, that all of it and no more is touched, and that nothing living is overwritten.
#include "qnn/network/arena.hpp"

#include "instrumented_arena.hpp"
#include "qnn/layers.hpp"
#include "qnn/network/network.hpp"
#include "qnn/testing/guarded.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <vector>

namespace arena_test {
namespace {

using namespace qnn;

using LeNet = Sequential<Input<28, 28, 1>, Conv2d<32, Kernel<3>, Same>, ReLU, MaxPool2d<2>, Conv2d<64, Kernel<3>, Same>,
                         ReLU, MaxPool2d<2>, Flatten, Dense<128>, ReLU, Dense<10>>;
// The widest pair is the first convolution's output and its pool's: 28*28*32 + 14*14*32. Vector kernels need more:
// beside input and output of a convolution the output of the pool behind it, which may be computed along, and the input
// padded to one more pixel on each side, with a last step of four codes. On x86 a lowered 8-bit code has two bytes
// (AVX2), a 16-bit code everywhere two halves of two bytes each.
constexpr Index widest_pair = 28 * 28 * 32 + 14 * 14 * 32;
constexpr Index first_triple = 832 + 28 * 28 * 32 + 14 * 14 * 32,
                first_lowered = 960;  // cache lines of 784, 30 * 30 + 4
constexpr Index second_triple = 14 * 14 * 32 + 14 * 14 * 64 + 7 * 7 * 64, second_lowered = 2 * 16 * 16 * 32 + 64;
static_assert(arena_bytes<LeNet, Int8<>> == (QNN_HAS_X86_KERNELS      ? second_triple + second_lowered
                                             : QNN_HAS_VECTOR_KERNELS ? first_triple + first_lowered
                                                                      : widest_pair));
static_assert(arena_bytes<LeNet, Int16<>> ==
              2 * (QNN_HAS_VECTOR_KERNELS ? second_triple + second_lowered : widest_pair));
// In Float32 the second convolution needs more: a matrix of 128 pixels by 3*3*32 beside its tensors.
static_assert(arena_bytes<LeNet, Float32> == 4 * (14 * 14 * 32 + 14 * 14 * 64) + 4 * 128 * 288);
// Every tensor starts on a cache line: 10 and 3 codes take 64 bytes each, and so do 10 codes lowered for vector
// kernels.
static_assert(arena_bytes<Sequential<Input<10>, Dense<3>>, Int8<>> == 128 + (QNN_HAS_VECTOR_KERNELS ? 64 : 0));
static_assert(arena_bytes<Sequential<Input<10>, Dense<3>>, Int16<>> == 128 + (QNN_HAS_VECTOR_KERNELS ? 128 : 0));
// What works in place or does nothing needs no second tensor.
static_assert(arena_bytes<Sequential<Input<100>, ReLU>, Int8<>> == 128);
static_assert(arena_bytes<Sequential<Input<10, 10, 1>, Flatten, Dropout<50>, ReLU6>, Float32> == 448);
static_assert(arena_bytes<Sequential<Input<7>>, Float32> == 64);

using InPlaceEnds = Sequential<Input<3, 5, 1>, ReLU, Flatten, Dropout<10>, ReLU6, Dense<7>, ReLU, Dense<90>, ReLU>;
using OnlyInPlace = Sequential<Input<9>, ReLU, ReLU6, Dropout<10>, ReLU>;
using Growing = Sequential<Input<1>, Dense<3>, Dense<17>, ReLU, ReLU6, Dense<130>, Dense<257>, Softmax>;
using Shrinking = Sequential<Input<9, 7, 3>, MaxPool2d<2>, ReLU, AveragePool2d<2>, Conv2d<5, Kernel<1>>,
                             GlobalAveragePool2d, Dense<2>, Softmax>;

using Projected =
    Sequential<Input<8, 8, 3>, Conv2d<4, Kernel<3>, Same>, BatchNorm, ReLU,
               Residual<Sequential<Conv2d<4, Kernel<3>, Same>, BatchNorm, ReLU, Conv2d<4, Kernel<3>, Same>, BatchNorm>>,
               ReLU,
               Residual<Sequential<Conv2d<8, Kernel<3>, Stride<2>, Same>, ReLU, Conv2d<8, Kernel<3>, Same>>,
                        Conv2d<8, Kernel<1>, Stride<2>>>,
               ReLU, GlobalAveragePool2d, Dense<3>>;
/// Branches that begin in place, that are empty, that hold branches, and that read one output twice.
using Branched = Sequential<
    Input<6, 5, 2>, Residual<Sequential<>>, ReLU, Conv2d<3, Kernel<1>>,
    Concat<ReLU, Sequential<>, Sequential<Conv2d<5, Kernel<3>, Same>, Residual<Conv2d<5, Kernel<3>, Same>, ReLU6>>>,
    MaxPool2d<2>, Flatten, Concat<Dense<7>, Sequential<Dense<3>, ReLU>>, Residual<Sequential<ReLU, Dense<10>>>, ReLU>;

}  // namespace

TEST_CASE_TEMPLATE("no buffer is overwritten while it lives", Architecture, InPlaceEnds, OnlyInPlace, Growing,
                   Shrinking, LeNet, Projected, Branched) {
  for (const Index capacity : {1, 3, 8}) {
    for (Index count = 1; count <= capacity; ++count) {
      CHECK(InstrumentedArena<Architecture, Int8<>>::run(capacity, count, false) > 0);
      CHECK(InstrumentedArena<Architecture, Int8<>>::run(capacity, count, true) > 0);
      CHECK(InstrumentedArena<Architecture, Int16<>>::run(capacity, count, false) > 0);
      CHECK(InstrumentedArena<Architecture, Float32>::run(capacity, count, false) > 0);
    }
  }
}

TEST_CASE("arena_bytes is what a network touches, to the byte") {
  // On Arm the first convolution is the neediest: its input takes 784 bytes of 832, and is read where the examples lie.
  // Elsewhere the tensors of the neediest step fill their cache lines, so nothing is lost to alignment.
  constexpr Index lost = QNN_HAS_ARM_KERNELS ? 832 - 784 : 0;
  CHECK(InstrumentedArena<LeNet, Int8<>>::run(1, 1, false) == arena_bytes<LeNet, Int8<>> - lost);

  // The same with the real network: canaries 0x55, which the network's codes (all 1) never leave behind.
  using Integer = Network<LeNet, Int8<>>;
  static Integer network;
  network.prepare();
  const std::vector<std::int8_t> x(784, 1);
  std::vector<std::int8_t> y(10);
  testing::Guarded<std::int8_t> arena(arena_bytes<LeNet, Int8<>>, 0x55);
  // With an observer, for whom the image before each pooling is computed.
  network.forward_codes({x.data(), 1}, {y.data(), 1}, ArenaView<LeNet, Int8<>>{arena.data(), 1}, [](auto, auto) {});
  // On x86 every byte belongs to some tensor. On Arm, where the first convolution is the neediest step, a part of its
  // input stays as it was, since examples are read where they lie; without vector kernels so does its scratch.
  const bool has_vectors = isa::active() > isa::Name::portable;
  const Index untouched = !QNN_HAS_ARM_KERNELS ? 0 : has_vectors ? 760 : 1664;
  CHECK(std::count(arena.begin(), arena.end(), 0x55) ==
        (QNN_HAS_VECTOR_KERNELS ? untouched : arena_bytes<LeNet, Int8<>> - widest_pair));
  CHECK(arena.intact());
}

TEST_CASE("a float network stays within its arena, scratch included") {
  using Real = Network<LeNet, Float32>;
  const Real network(HeUniform{.seed = 1});
  const std::vector<float> x(784 * 5, 0.5f);
  std::vector<float> y(50);
  for (const Index capacity : {1, 2, 5}) {
    testing::Guarded<float> arena(ArenaPlan<LeNet, Float32>::elements(capacity));
    network.forward({x.data(), 5}, {y.data(), 5}, ArenaView<LeNet, Float32>{arena.data(), capacity});
    CHECK(arena.intact());
  }
}

TEST_CASE("arenas are aligned and refuse to be empty") {
  using Integer = Network<Growing, Int8<>>;
  Arena<Integer, 3> on_stack;
  HeapArena<Integer> on_heap(3);
  const ArenaView<Growing, Int8<>> first = on_stack, second = on_heap;
  CHECK(first.capacity == 3);
  CHECK(second.capacity == 3);
  CHECK(reinterpret_cast<std::uintptr_t>(first.data) % alignment == 0);
  CHECK(reinterpret_cast<std::uintptr_t>(second.data) % alignment == 0);
  CHECK_THROWS_AS(HeapArena<Integer>(0), ContractViolation);
  CHECK_THROWS_AS(HeapArena<Integer>(-1), ContractViolation);
}

}  // namespace arena_test
