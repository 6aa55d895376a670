// SPDX-License-Identifier: MIT
/// @file
/// The residual networks are those that were published: as many parameters, as many multiplications.
#include "qnn/models/resnet.hpp"

#include "qnn/network/arena.hpp"
#include "qnn/network/describe.hpp"
#include "qnn/network/parameters.hpp"

#include <doctest/doctest.h>

using namespace qnn;

namespace {

/// Parameters that are trained, and those that are observed.
template <class Architecture>
constexpr Index trained = [] {
  Index sum = 0;
  for (const ParameterSlot& slot : ParameterLayout<Architecture>::slots) {
    sum += slot.info.is_statistic ? 0 : slot.info.extents.size();
  }
  return sum;
}();

// Each weight of a linear layer is used once for every pixel of its output.
template <class Architecture>
constexpr Index multiplications = [] {
  Index sum = 0;
  Trace<Architecture>::for_each_layer([&]<Index I>(IndexConstant<I>) {
    using trace = Trace<Architecture>;
    if constexpr (detail::is_linear<typename trace::template layer<I>>) {
      constexpr Extents weight = trace::template machine<Float32, I>::parameters[0].extents;
      sum += weight.size() * (trace::template shape<I>::size / weight[0]);
    }
  });
  return sum;
}();

// He et al. 2016, table 6: "ResNet, 20 layers, 0.27M". 19 convolutions of 9 * in * out weights, 688 channels with scale and
// shift each, 64 * 10 + 10: the number that https://github.com/akamaster/pytorch_resnet_cifar10 counts.
static_assert(trained<ResNet20> == 269722);
static_assert(ParameterLayout<ResNet20>::size == 269722 + 2 * 688);
// 32 * 32 * 9 * (3 + 6 * 16) * 16 + 16 * 16 * 9 * (16 + 5 * 32) * 32 + 8 * 8 * 9 * (32 + 5 * 64) * 64 + 640: "41M".
static_assert(multiplications<ResNet20> == 40551040);

// Keras's summary of resnet_v1_eembc (https://github.com/mlcommons/tiny): "Total params: 78,666".
static_assert(ParameterLayout<ResNet8>::size == 78666);
static_assert(multiplications<ResNet8> == 12501632);

template <class Architecture>
Index described_multiplications() {
  Index sum = 0;
  for (const LayerDescription& line : describe<Architecture>()) {
    sum += line.multiplications;
  }
  return sum;
}

}  // namespace

TEST_CASE("ResNets: what describe() counts is what is published") {
  CHECK(described_multiplications<ResNet20>() == 40551040);
  CHECK(described_multiplications<ResNet8>() == 12501632);
}

TEST_CASE("ResNets: the plan for memory lets branches share what is free") {
  // Three tensors of 32 x 32 x 16 codes at a time, and what vector kernels need besides; all outputs together take 19.
  CHECK(arena_bytes<ResNet20, Int8<>> < 6 * 32 * 32 * 16);
  CHECK(arena_bytes<ResNet8, Int8<>> < 6 * 32 * 32 * 16);
}
