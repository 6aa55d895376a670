// SPDX-License-Identifier: MIT
/// @file
/// The models are those that were published: as many parameters, as many multiplications.
#include "qnn/models/autoencoder.hpp"
#include "qnn/models/baseline.hpp"
#include "qnn/models/ds_cnn.hpp"
#include "qnn/models/lenet.hpp"
#include "qnn/models/mobilenet.hpp"
#include "qnn/models/resnet.hpp"
#include "qnn/network/arena.hpp"
#include "qnn/network/cost.hpp"
#include "qnn/network/describe.hpp"

#include <doctest/doctest.h>

namespace counts_test {

using namespace qnn;

namespace {

template <class Architecture>
constexpr Index parameters = ParameterLayout<Architecture>::size;

// C1 6 * 26, C3 16 * 151, C5 120 * 401, F6 84 * 121, outputs 10 * 85. Of LeCun et al. 1998 all but C3 and the outputs:
// 156, 48,120 and 10,164 (section II.B).
static_assert(parameters<LeNet5> == 156 + 2416 + 48120 + 10164 + 850 && parameters<LeNet5> == 61706);
static_assert(multiply_accumulates<LeNet5> == 28 * 28 * 150 + 10 * 10 * 2400 + 48000 + 10080 + 840);
static_assert(multiply_accumulates<LeNet5> == 416520);

using Colour = Input<32, 32, 3>;
static_assert(parameters<BaselineMlp<>> == 109386 && multiply_accumulates<BaselineMlp<>> == 109184);
static_assert(parameters<BaselineCnn<>> == 421642 && multiply_accumulates<BaselineCnn<>> == 4241152);
static_assert(parameters<BaselineMlp<Colour>> == 402250 && multiply_accumulates<BaselineMlp<Colour>> == 402048);
static_assert(parameters<BaselineCnn<Colour>> == 545098 && multiply_accumulates<BaselineCnn<Colour>> == 6128896);
static_assert(parameters<BaselineCnn<Input<28, 28, 1>, 10, Dropout<30>>> == parameters<BaselineCnn<>>);

// He et al. 2016, table 6: "ResNet, 20 layers, 0.27M". 19 convolutions of 9 * in * out weights, 688 channels with scale
// and shift each, 64 * 10 + 10: the number that https://github.com/akamaster/pytorch_resnet_cifar10 counts.
static_assert(trained_parameters<ResNet20> == 269722);
static_assert(parameters<ResNet20> == 269722 + 2 * 688);
// 32 * 32 * 9 * (3 + 6 * 16) * 16 + 16 * 16 * 9 * (16 + 5 * 32) * 32 + 8 * 8 * 9 * (32 + 5 * 64) * 64 + 640: "41M".
static_assert(multiply_accumulates<ResNet20> == 40551040);

// Keras's summaries of the networks of https://github.com/mlcommons/tiny: "Total params: 78,666", 221,794, 24,908,
// 269,992.
static_assert(parameters<ResNet8> == 78666 && multiply_accumulates<ResNet8> == 12501632);
// 14 for each channel of a depthwise convolution (9 weights, bias, 4 of BatchNorm), in * out + 5 * out for a pointwise
// one.
static_assert(parameters<MobileNet> == 221794 && multiply_accumulates<MobileNet> == 7489664);
static_assert(parameters<DsCnn> == 2624 + 256 + 4 * (640 + 256 + 4160 + 256) + 780 && parameters<DsCnn> == 24908);
static_assert(multiply_accumulates<DsCnn> == 25 * 5 * 64 * (40 + 4 * (9 + 64)) + 768);
static_assert(multiply_accumulates<DsCnn> == 2656768);
static_assert(parameters<Autoencoder> == 269992);
static_assert(multiply_accumulates<Autoencoder> == 2 * (640 * 128 + 3 * 128 * 128 + 128 * 8));
static_assert(multiply_accumulates<Autoencoder> == 264192);
// Statistics are a mean and a variance for each of 8 * 128 + 8 units.
static_assert(parameters<Autoencoder> - trained_parameters<Autoencoder> == 2 * 1032);

template <class Architecture>
Index described() {
  Index sum = 0;
  for (const LayerDescription& line : describe<Architecture>()) {
    sum += line.multiplications;
  }
  return sum;
}

}  // namespace

TEST_CASE("models: what describe() counts is what is published") {
  CHECK(described<ResNet20>() == 40551040);
  CHECK(described<DsCnn>() == 2656768);
  CHECK(described<Autoencoder>() == 264192);
}

TEST_CASE("models: layers are counted one by one") {
  constexpr auto counts = layer_multiply_accumulates<LeNet5>;
  CHECK(counts[0] == 0);
  CHECK(counts[1] == 117600);
  CHECK(counts[2] == 0);  // Tanh
  CHECK(counts[4] == 240000);
  CHECK(counts.back() == 840);
}

TEST_CASE("models: the plan for memory lets branches share what is free") {
  // Three tensors of 32 x 32 x 16 codes at a time, and what vector kernels need besides; all outputs together take 19.
  CHECK(arena_bytes<ResNet20, Int8<>> < 6 * 32 * 32 * 16);
  CHECK(arena_bytes<ResNet8, Int8<>> < 6 * 32 * 32 * 16);
}

}  // namespace counts_test
