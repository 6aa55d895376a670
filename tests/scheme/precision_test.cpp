// SPDX-License-Identifier: MIT
/// @file
/// Formats and precisions: what the names stand for, and what does not exist.
#include "qnn/scheme/precision.hpp"

#include "qnn/scheme/mixed.hpp"

#include <doctest/doctest.h>

#include <concepts>
#include <cstdint>

namespace precision_test {
namespace {

using namespace qnn;

static_assert(Precision<Float32> && Precision<Int8<>> && Precision<Int16<Asymmetric>> && !Precision<float>);
static_assert(QuantizedPrecision<Int8<>> && !QuantizedPrecision<Float32>);

static_assert(std::same_as<Int8<>, Int8<Symmetric, PerChannel, IntegerMultiplier>>);
static_assert(std::same_as<Int8<>::activation, std::int8_t> && std::same_as<Int8<>::accumulator, std::int32_t>);
static_assert(std::same_as<Int16<>::activation, std::int16_t> && std::same_as<Int16<>::accumulator, std::int64_t>);
static_assert(std::same_as<Int8<Asymmetric>::weights::scheme, Symmetric>);  // S is the scheme of the activations
static_assert(std::same_as<Int8<Asymmetric>::activations::scheme, Asymmetric>);
static_assert(Int8<>::weight_codes == CodeRange{-127, 127} && Int8<>::activation_codes == CodeRange{-128, 127});
static_assert(Int16<Asymmetric>::weight_codes == CodeRange{-32767, 32767});

using Bytes = Quantized<Format<std::int8_t, Asymmetric>, Format<std::uint8_t, Asymmetric>, FloatScale>;
static_assert(Bytes::weight_codes == CodeRange{-128, 127} && Bytes::activation_codes == CodeRange{0, 255});
static_assert(std::same_as<Bytes::accumulator, std::int32_t>);
static_assert(std::same_as<DefaultAccumulator<std::int8_t, std::int16_t>, std::int64_t>);

// Narrow codes: weights are held packed, activations one in a byte.
static_assert(std::same_as<W4A8<>::activation, std::int8_t> && std::same_as<W4A8<>::accumulator, std::int32_t>);
static_assert(W4A8<>::weight_codes == CodeRange{-7, 7} && W2A8<>::weight_codes == CodeRange{-1, 1});
static_assert(W4A8<>::activation_codes == CodeRange{-128, 127});
static_assert(std::same_as<W4A4<>::activation, std::int8_t> && W4A4<>::activation_codes == CodeRange{-8, 7});
static_assert(std::same_as<W8A16<>::activation, std::int16_t> && std::same_as<W8A16<>::accumulator, std::int64_t>);
static_assert(Quantized<Format<Int4, Asymmetric>, Format<Int4, Asymmetric>>::weight_codes == CodeRange{-8, 7});

// A multiplier that gemmlowp does not define for 64 bits is no policy for them.
static_assert(Requantization<DoubleRounding, std::int32_t> && !Requantization<DoubleRounding, std::int64_t>);

static_assert(Symmetric::supports<std::int8_t> && Symmetric::supports<std::int16_t> &&
              !Symmetric::supports<std::uint8_t>);
static_assert(Asymmetric::supports<std::uint8_t>);
static_assert(Scheme<Symmetric> && Scheme<Asymmetric> && !Scheme<PerTensor> && !Scheme<int>);
static_assert(Granularity<PerTensor> && Granularity<PerChannel> && !Granularity<Symmetric>);

static_assert(PerTensor::groups(7) == 1 && PerTensor::group_of(6) == 0);
static_assert(PerChannel::groups(7) == 7 && PerChannel::group_of(6) == 6);

TEST_CASE("a precision tells all that it is") {
  CHECK(Float32::name() == "float32");
  CHECK(Int8<>::name() == "int8 weights symmetric per-channel, int8 activations symmetric, integer multiplier, int32");
  CHECK(Int16<Asymmetric, PerTensor, PowerOfTwoShift>::name() ==
        "int16 weights symmetric per-tensor, int16 activations asymmetric, power-of-two shift, int64");
  CHECK(W4A4<Asymmetric>::name() ==
        "int4 weights symmetric per-channel, int4 activations asymmetric, integer multiplier, int32");
  CHECK(W2A8<Symmetric, PerTensor>::name() ==
        "int2 weights symmetric per-tensor, int8 activations symmetric, integer multiplier, int32");
  CHECK(W4A8<Symmetric, PerGroup<16>>::name() ==
        "int4 weights symmetric per-group of 16, int8 activations symmetric, integer multiplier, int32");
  CHECK(Bytes::name() == "int8 weights asymmetric per-tensor, uint8 activations asymmetric, float scale, int32");
}

}  // namespace

}  // namespace precision_test
