// SPDX-License-Identifier: MIT
/// @file
/// A convolution that computes the max pooling behind it gives the codes of both one after the other, which is how they
/// run before an observer.
#include "qnn/core/random.hpp"
#include "qnn/layers.hpp"
#include "qnn/network/network.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

namespace merged_pooling_test {
namespace {

using namespace qnn;

using Odd = Sequential<Input<7, 9, 3>, Conv2d<5, Kernel<3>, Same>, ReLU, MaxPool2d<2>>;
using Bare = Sequential<Input<6, 5, 2>, Conv2d<33, Kernel<2>>, MaxPool2d<2>, Conv2d<70, Kernel<1>>, ReLU6>;
using Twice = Sequential<Input<12, 12, 1>, Conv2d<16, Kernel<3>, Padding<1>>, ReLU, MaxPool2d<2>, Dropout<20>,
                         Conv2d<49, Kernel<3>, Same>, ReLU, MaxPool2d<2>, Flatten, Dense<3>>;
using Strided = Sequential<Input<11, 8, 4>, Conv2d<18, Kernel<3>, Stride<2>, Same>, ReLU, MaxPool2d<2>>;
/// Poolings that no convolution takes over: overlapping, padded, and behind a pointwise convolution.
using Kept = Sequential<Input<9, 9, 2>, Conv2d<4, Kernel<3>, Same>, MaxPool2d<3, Stride<2>>, Conv2d<4, Kernel<2>>,
                        MaxPool2d<2, Same>, Conv2d<6, Kernel<1>>, ReLU, MaxPool2d<1>>;

/// A network with random codes, scaled so that its activations spread over their range.
template <class Architecture, class P>
std::unique_ptr<Network<Architecture, P>> random_network(Random& random) {
  auto network = std::make_unique<Network<Architecture, P>>();
  Trace<Architecture>::for_each_layer([&]<Index I>(IndexConstant<I>) {
    auto& machine = network->template layer<I>();
    using Machine = std::remove_reference_t<decltype(machine)>;
    if constexpr (requires { machine.weight; }) {
      const CodeRange range = P::weight_codes;
      for (auto& code : machine.weight.codes()) {
        code = static_cast<typename P::weights::code>(range.lowest + random.below(range.highest - range.lowest + 1));
      }
      const auto spread = static_cast<float>(Machine::fan_in) * static_cast<float>(range.highest) / 4.0f;
      for (auto& parameters : machine.weight.parameters()) {
        parameters.scale = network->activation(I).scale / (network->activation(I - 1).scale * spread);
      }
    }
  });
  network->prepare();
  return network;
}

template <class Architecture, class P, Index... Merging>
void check(std::uint64_t seed) {
  using Net = Network<Architecture, P>;
  using Code = typename P::activation;
  using trace = Trace<Architecture>;
  Random random(seed, 1, 2);
  const auto network = random_network<Architecture, P>(random);
  const bool all_merge = (true && ... && network->template layer<Merging>().can_merge());
  CHECK(all_merge == (sizeof...(Merging) == 0 || isa::active() > isa::Name::portable));
  constexpr Index count = 3;
  std::vector<Code> x(static_cast<std::size_t>(count * trace::input::size));
  for (Code& code : x) {
    code = static_cast<Code>(P::activation_codes.lowest +
                             random.below(P::activation_codes.highest - P::activation_codes.lowest + 1));
  }
  std::vector<Code> merged(static_cast<std::size_t>(count * trace::output::size)), apart = merged;
  HeapArena<Net> arena(2);
  network->forward_codes({x.data(), count}, {merged.data(), count}, arena);
  network->forward_codes({x.data(), count}, {apart.data(), count}, arena, [](auto, auto) {});
  CHECK(merged == apart);
}

}  // namespace

TEST_CASE_TEMPLATE("a pooling computed with the convolution before it has the same codes", P, Int8<>, Int8<Asymmetric>,
                   Quantized<Format<std::int8_t, Symmetric>, Format<std::uint8_t, Asymmetric>, FloatScale>) {
  static_assert(!QNN_HAS_VECTOR_KERNELS || ArenaPlan<Odd, P>::template merged_with<1> == 3);
  static_assert(!QNN_HAS_VECTOR_KERNELS || ArenaPlan<Bare, P>::template merged_with<1> == 2);
  static_assert(ArenaPlan<Kept, P>::template merged_with<1> == 1 && ArenaPlan<Kept, P>::template merged_with<3> == 3);
  for (std::uint64_t seed = 1; seed < 5; ++seed) {
#if QNN_HAS_VECTOR_KERNELS
    check<Odd, P, 1>(seed);
    check<Bare, P, 1>(seed);
    check<Twice, P, 1, 5>(seed);
    check<Strided, P, 1>(seed);
#endif
    check<Kept, P>(seed);
  }
}

TEST_CASE("weights with a zero point keep their convolution apart from the pooling") {
  using P = Quantized<Format<std::int8_t, Asymmetric>, Format<std::uint8_t, Asymmetric>, FloatScale>;
  static_assert(ArenaPlan<Odd, P>::template merged_with<1> == 1 && ArenaPlan<Bare, P>::template merged_with<1> == 1);
  check<Twice, P>(1);
}

TEST_CASE("a pooling computed with a 16-bit convolution has the same codes") {
  for (std::uint64_t seed = 1; seed < 5; ++seed) {
#if QNN_HAS_VECTOR_KERNELS
    check<Odd, Int16<>, 1>(seed);
    check<Twice, Int16<Asymmetric>, 1, 5>(seed);
#endif
    check<Kept, Int16<>>(seed);
  }
}

}  // namespace merged_pooling_test
