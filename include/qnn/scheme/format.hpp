// SPDX-License-Identifier: MIT
/// @file
/// The representation of one quantized tensor: code type, scheme and granularity.
#pragma once

#include "qnn/numeric/saturating.hpp"
#include "qnn/scheme/asymmetric.hpp"
#include "qnn/scheme/granularity.hpp"
#include "qnn/scheme/symmetric.hpp"

#include <concepts>
#include <cstdint>

namespace qnn {

/// A rule that chooses the affine map of a range: Symmetric, Asymmetric.
template <class S>
concept Scheme = requires(Range range, CodeRange codes) {
  { S::has_zero_point } -> std::convertible_to<bool>;
  { S::parameters_for(range, codes) } -> std::same_as<typename S::Parameters>;
}
&&AffineParameters<typename S::Parameters>;

/// How weights share parameters: PerTensor, PerChannel, PerGroup.
template <class G>
concept Granularity = requires(Index channel) {
  { G::groups(channel) } -> std::same_as<Index>;
  { G::group_of(channel) } -> std::same_as<Index>;
  { G::largest_multiplier } -> std::convertible_to<std::int32_t>;
};

static_assert(Scheme<Symmetric> && Scheme<Asymmetric> && Granularity<PerTensor> && Granularity<PerChannel> &&
              Granularity<PerGroup<16>>);

namespace detail {
/// Multipliers of groups are for symmetric codes of 2 and 4 bits, which they leave within int8.
template <CodeType C, Scheme S, Granularity G>
inline constexpr bool fits_granularity = !is_grouped<G> || (is_narrow_int<C> && !S::has_zero_point);
}  // namespace detail

/// Codes of type `C`, mapped by `S`, with scales as `G` says.
template <CodeType C, Scheme S, Granularity G = PerTensor>
struct Format {
  static constexpr bool supported = S::template supports<C>;
  static_assert(supported, "qnn::Format: a symmetric scheme needs a signed code type");
  static constexpr bool fits_granularity = detail::fits_granularity<C, S, G>;
  static_assert(fits_granularity, "qnn::Format: PerGroup is for symmetric codes of 4 or 2 bits");
  using code = C;
  using scheme = S;
  using granularity = G;
  using parameters = typename S::Parameters;
};

}  // namespace qnn
