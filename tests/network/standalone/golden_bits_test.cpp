// SPDX-License-Identifier: MIT
/// @file
/// Integer results are the same bits with every compiler, optimization level, machine and number of threads: a hash of
/// the codes that fixed networks give. Weights and examples are multiples of 2^-24, so that no library's sine or
/// logarithm has a part in it.
#include "qnn/core/parallel.hpp"
#include "qnn/core/random.hpp"
#include "qnn/layers.hpp"
#include "qnn/network/network.hpp"
#include "qnn/quantization/quantize.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

namespace {

using namespace qnn;

/// 64-bit FNV-1a over the bytes of codes, the low byte first.
struct Hash {
  std::uint64_t value = 0xCBF29CE484222325u;
  void add(std::int64_t code, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) {
      value = (value ^ ((static_cast<std::uint64_t>(code) >> (8 * i)) & 255)) * 0x100000001B3u;
    }
  }
};

using Convolutional = Sequential<Input<11, 9, 3>, Conv2d<8, Kernel<3>, Same>, ReLU, MaxPool2d<2>,
                                 Conv2d<8, Kernel<3>, Groups<4>, Padding<1>>, ReLU6, AveragePool2d<2, Same>,
                                 Conv2d<5, Kernel<2>, Dilation<2>, Padding<1>>, Flatten, Dense<7, NoBias>>;
using Flat = Sequential<Input<37>, Dense<44>, ReLU, Dropout<50>, Dense<13>, ReLU6, Dense<10>, Softmax>;

template <class Architecture, class P>
std::uint64_t hash_of(int threads) {
  using trace = Trace<Architecture>;
  constexpr Index count = 16;
  Random random(2024);
  Network<Architecture, Float32> real;
  for (float& parameter : real.parameters()) {
    parameter = random.uniform() - 0.5f;
  }
  // Ranges are chosen, not observed: float sums are not the same everywhere.
  Ranges<Architecture> ranges;
  for (Index i = 0; i < trace::layer_count; ++i) {
    ranges.of_layer[static_cast<std::size_t>(i)] = i == 0 ? Range{-0.5f, 0.75f} : Range{-2.25f, 3.5f};
  }
  auto network = std::make_unique<Network<Architecture, P>>();
  quantize_to(*network, real, ranges);

  using Code = typename P::activation;
  std::vector<Code> x(static_cast<std::size_t>(count * trace::input::size));
  for (Code& code : x) {
    code = quantize_value<Code>(random.uniform() - 0.5f, network->activation(0), P::activation_codes);
  }
  std::vector<Code> y(static_cast<std::size_t>(count * trace::output::size));
  parallel_for(threads, [&](int part) {
    HeapArena<Network<Architecture, P>> arena(3);
    const Slice share = slice_of(count, threads, part);
    network->forward_codes(Batch<const Code, typename trace::input>(x.data(), count).slice(share.first, share.count),
                           Batch<Code, typename trace::output>(y.data(), count).slice(share.first, share.count), arena);
  });
  Hash hash;
  for (const Code code : y) {
    hash.add(code, sizeof(Code));
  }
  return hash.value;
}

int failures = 0;

template <class P>
void check(std::uint64_t convolutional, std::uint64_t flat) {
  for (const int threads : {1, 2, 3}) {
    const std::uint64_t found[] = {hash_of<Convolutional, P>(threads), hash_of<Flat, P>(threads)};
    if (found[0] != convolutional || found[1] != flat) {
      std::printf("%s, %d threads: expected 0x%016llX, 0x%016llX, found 0x%016llX, 0x%016llX\n", P::name().c_str(),
                  threads, static_cast<unsigned long long>(convolutional), static_cast<unsigned long long>(flat),
                  static_cast<unsigned long long>(found[0]), static_cast<unsigned long long>(found[1]));
      ++failures;
    }
  }
}

using AsymmetricWeights = Quantized<Format<std::int8_t, Asymmetric, PerChannel>, Format<std::uint8_t, Asymmetric>>;
using WideActivations = Quantized<Format<std::int8_t, Symmetric, PerChannel>, Format<std::int16_t, Symmetric>>;

}  // namespace

int main() {
  check<Int8<>>(0xA3C8D58C33750E28u, 0xBF09DA888BE8644Bu);
  check<Int8<Asymmetric, PerTensor>>(0x7C1DAC6EFEB68F45u, 0x09B5E376ACEA173Bu);
  check<Int8<Asymmetric, PerChannel, FloatScale>>(0x509B1398D2F6C36Bu, 0x15B9BA5067458298u);
  check<Int8<Asymmetric, PerChannel, DoubleRounding>>(0x89623C5C6B49C72Au, 0x3DD436A399154AFAu);
  check<Int8<Asymmetric, PerChannel, PowerOfTwoShift>>(0xE768CCF7EFE6CDCAu, 0xB150E91920604ABAu);
  check<AsymmetricWeights>(0x450CF5CF2544CDF3u, 0xBCFD3722A6F14989u);
  check<Int16<>>(0xD24ED8A66DDFE3E9u, 0x04095D7416D7DDC2u);
  check<Int16<Asymmetric, PerTensor, FloatScale>>(0x2535BF2381D04B40u, 0xF77AA14E18C1B41Au);
  check<WideActivations>(0x9208088343A312B0u, 0x9F10804E44414C38u);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
