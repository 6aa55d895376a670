// SPDX-License-Identifier: MIT
/// @file
/// A tensor of integer codes together with the map that gives them meaning.
#pragma once

#include "qnn/core/error.hpp"
#include "qnn/core/shape.hpp"
#include "qnn/scheme/code_storage.hpp"
#include "qnn/scheme/format.hpp"
#include "qnn/scheme/grouped_codes.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace qnn {

namespace detail {
template <class S>
inline constexpr Extents extents_or_none{};
template <StaticShape S>
inline constexpr Extents extents_or_none<S> = S::extents;
}  // namespace detail

/// Codes of type `Code` whose reals are scale * (code - zero_point), as scheme `S` says.
///
/// With a `Shape<...>` everything lies inside the object, so it can be constexpr and live in flash; with `DynamicShape`
/// (the default) the extents are given at run time and the codes live on the heap. With PerChannel and PerGroup, the
/// outermost extent counts the channels. Narrow codes are packed into bytes, and codes() are windows on them. Tensors
/// of different schemes are different types: nothing converts between them but `requantized`, by name.
///
/// @code
///   const auto tensor = QuantTensor<std::int8_t, Symmetric>::quantize(values, {3, 4});
///   const std::vector<float> back = tensor.dequantize();   // each within scale / 2 of its value, plus float's own
///   rounding
/// @endcode
template <CodeType Code, Scheme S, Granularity G = PerTensor, class ShapeType = DynamicShape>
  requires(S::template supports<Code>&& detail::fits_granularity<Code, S, G> &&
           (StaticShape<ShapeType> || std::same_as<ShapeType, DynamicShape>))
class QuantTensor {
  static constexpr bool is_static = StaticShape<ShapeType>;
  static constexpr Extents static_extents = detail::extents_or_none<ShapeType>;
  static constexpr Index channels_of(Extents extents) { return extents.rank() == 0 ? 1 : extents[0]; }
  template <class T, Index Count>
  using Storage = std::conditional_t<is_static, std::array<T, static_cast<std::size_t>(Count)>, std::vector<T>>;
  static constexpr bool has_groups = is_grouped<G>;
  static constexpr std::size_t multiplier_count(Extents extents) {
    if constexpr (has_groups) {
      return static_cast<std::size_t>(channels_of(extents) * G::multipliers(extents.size() / channels_of(extents)));
    } else {
      return 0;
    }
  }
  static constexpr std::size_t multiplier_bytes(Extents extents) {
    return CodeStorage<Int4>::elements(multiplier_count(extents));
  }
  template <class Multipliers>
  static constexpr void set_ones(Multipliers multipliers) {
    std::fill(multipliers.begin(), multipliers.end(), GroupMultiplier(1));
  }
  struct NoExtents {
    friend constexpr bool operator==(NoExtents, NoExtents) = default;
  };

 public:
  using code = Code;
  using scheme = S;
  using granularity = G;
  using shape = ShapeType;
  using Parameters = typename S::Parameters;
  using format = Format<Code, S, G>;
  /// Of codes(): std::span<Code>, or for narrow codes what stands for it.
  using Codes = CodeSpan<Code>;
  using ConstCodes = ConstCodeSpan<Code>;

  /// All codes 0 with default parameters.
  constexpr QuantTensor() requires(is_static && !has_groups) = default;
  constexpr QuantTensor() requires(is_static&& has_groups) { set_ones(multipliers()); }
  /// @throws ArgumentError unless every extent is positive and, with PerChannel and PerGroup, there is at least one
  explicit QuantTensor(Extents extents) requires(!is_static)
      : extents_(checked(extents)),
        codes_(CodeStorage<Code>::elements(static_cast<std::size_t>(extents.size()))),
        parameters_(static_cast<std::size_t>(G::groups(channels_of(extents)))) {
    if constexpr (has_groups) {
      multipliers_.resize(multiplier_bytes(extents));
      set_ones(multipliers());
    }
  }

  /// Chooses parameters from the values (the smallest ranges that hold them, one for each group) and rounds to codes.
  /// @param codes  the codes to use: any part of the values of `Code` that the scheme can work with
  /// @throws NumericError where a value is NaN or infinite
  /// @throws ArgumentError where sizes differ or a code is not a `Code`
  static constexpr QuantTensor quantize(std::span<const float> values, CodeRange codes = default_codes(),
                                        ScaleGrid grid = ScaleGrid::any) requires is_static {
    QuantTensor tensor;
    tensor.assign(values, codes, grid);
    return tensor;
  }
  static QuantTensor quantize(std::span<const float> values, Extents extents, CodeRange codes = default_codes(),
                              ScaleGrid grid = ScaleGrid::any) requires(!is_static) {
    QuantTensor tensor(extents);
    tensor.assign(values, codes, grid);
    return tensor;
  }

  /// What quantize() does, into this tensor; where it throws, the tensor stays as it was.
  constexpr void assign(std::span<const float> values, CodeRange codes = default_codes(),
                        ScaleGrid grid = ScaleGrid::any) {
    check_size(static_cast<Index>(values.size()));
    check_codes(codes);
    auto chosen = parameters_;
    for (std::size_t group = 0; group < chosen.size(); ++group) {
      chosen[group] = S::parameters_for(range_of(part_of(values, group)), integers_of(codes), grid);
    }
    parameters_ = std::move(chosen);
    for (std::size_t group = 0; group < parameters_.size(); ++group) {
      const auto reals = part_of(values, group);
      const auto to = part_of(this->codes(), group);
      if constexpr (has_groups) {
        const float scale = parameters_[group].scale;
        quantize_groups(reals, group_size<G>, scale, codes, to.data(), part_of(multipliers(), group).data(),
                        [&](std::span<const float> weights) {
                          return covering_multiplier(range_of(weights).magnitude(), scale, codes);
                        });
      } else {
        std::transform(reals.begin(), reals.end(), to.begin(),
                       [&](float real) { return quantize_value<Code>(real, parameters_[group], codes); });
      }
    }
  }

  /// scale * (integer - zero_point) of every element, into `values`. @throws ArgumentError where sizes differ
  constexpr void dequantize(std::span<float> values) const {
    check_size(static_cast<Index>(values.size()));
    for (std::size_t group = 0; group < parameters_.size(); ++group) {
      const auto stored = part_of(integers(), group);
      std::transform(stored.begin(), stored.end(), part_of(values, group).begin(),
                     [&](auto one) { return dequantize_value(one, parameters_[group]); });
    }
  }
  std::vector<float> dequantize() const {
    std::vector<float> values(static_cast<std::size_t>(size()));
    dequantize(values);
    return values;
  }

  /// Number of codes; none once the tensor has been moved from.
  constexpr Index size() const { return codes_.empty() ? 0 : extents().size(); }
  constexpr Extents extents() const {
    if constexpr (is_static) {
      return ShapeType::extents;
    } else {
      return extents_;
    }
  }
  /// Number of parameter sets: 1, or one for each channel.
  constexpr Index groups() const { return static_cast<Index>(parameters_.size()); }

  constexpr ConstCodes codes() const& { return {codes_.data(), static_cast<std::size_t>(size())}; }
  constexpr Codes codes() & { return {codes_.data(), static_cast<std::size_t>(size())}; }
  /// What kernels multiply with: the codes, with PerGroup each times the multiplier of its group.
  constexpr auto integers() const& {
    if constexpr (has_groups) {
      using Pointer = GroupedPointer<Code, group_size<G>>;
      return SteppingSpan<Pointer>({codes().data(), multipliers().data(), size() / channels_of(extents())},
                                   static_cast<std::size_t>(size()));
    } else {
      return codes();
    }
  }
  /// With PerGroup the multipliers of all groups, channel by channel.
  constexpr auto multipliers() const& {
    if constexpr (has_groups) {
      return ConstMultiplierSpan(multipliers_.data(), multiplier_count(extents()));
    } else {
      return NoMultipliers{};
    }
  }
  constexpr auto multipliers() & {
    if constexpr (has_groups) {
      return MultiplierSpan(multipliers_.data(), multiplier_count(extents()));
    } else {
      return NoMultipliers{};
    }
  }
  /// The bytes that hold them.
  constexpr std::span<const std::uint8_t> stored_multipliers() const& requires has_groups { return multipliers_; }
  /// The memory that holds the codes: themselves, or the bytes that narrow ones are packed into.
  constexpr auto stored() const& { return std::span<const typename CodeStorage<Code>::element>(codes_); }
  constexpr std::span<const Parameters> parameters() const& { return parameters_; }
  constexpr std::span<Parameters> parameters() & { return parameters_; }
  /// The parameters that output channel `channel` uses.
  constexpr const Parameters& parameters(Index channel) const& {
    return parameters_[static_cast<std::size_t>(G::group_of(channel))];
  }
  /// What they lend must not outlive a temporary tensor.
  void codes() const&& = delete;
  void integers() const&& = delete;
  void multipliers() const&& = delete;
  void stored() const&& = delete;
  void parameters() const&& = delete;
  void parameters(Index channel) const&& = delete;

  friend constexpr bool operator==(const QuantTensor&, const QuantTensor&) = default;

 private:
  /// Symmetric codes use the narrow range, so that negation and pair sums are safe; asymmetric ones every code.
  static constexpr CodeRange default_codes() {
    if constexpr (S::has_zero_point) {
      return full_range<Code>;
    } else {
      return narrow_range<Code>;
    }
  }
  static constexpr CodeRange integers_of(CodeRange codes) {
    return {codes.lowest * G::largest_multiplier, codes.highest * G::largest_multiplier};
  }
  static Extents checked(Extents extents) {
    Index room = std::numeric_limits<Index>::max();  // what the product may still be multiplied by
    bool valid = extents.rank() > 0 || G::groups(2) == 1;
    for (const Index extent : extents) {
      valid = valid && extent > 0 && extent <= room;
      room = valid ? room / extent : 0;
    }
    if (!valid) {
      raise(ArgumentError("QuantTensor: extents",
                          "positive numbers (PerChannel, PerGroup: at least one) whose product fits in 63 bits",
                          to_string(extents)));
    }
    return extents;
  }
  static constexpr void check_codes(CodeRange codes) {
    constexpr CodeRange all = full_range<Code>;
    if (codes.lowest < all.lowest || codes.highest > all.highest) {
      const auto text = [](CodeRange r) { return std::to_string(r.lowest) + ".." + std::to_string(r.highest); };
      raise(ArgumentError("QuantTensor: codes", "a part of " + text(all), text(codes)));
    }
  }
  constexpr void check_size(Index found) const {
    if (found != size()) {
      raise(ArgumentError("QuantTensor: number of values", std::to_string(size()), std::to_string(found)));
    }
  }

  /// What belongs to parameter set `group`.
  template <class Span>
  constexpr Span part_of(Span all, std::size_t group) const {
    const std::size_t count = all.size() / parameters_.size();
    return all.subspan(group * count, count);
  }

  QNN_NO_UNIQUE_ADDRESS std::conditional_t<is_static, NoExtents, Extents> extents_{};
  Storage<typename CodeStorage<Code>::element,
          static_cast<Index>(CodeStorage<Code>::elements(static_cast<std::size_t>(static_extents.size())))>
      codes_{};
  Storage<Parameters, G::groups(channels_of(static_extents))> parameters_{};
  QNN_NO_UNIQUE_ADDRESS std::conditional_t<
      has_groups, Storage<std::uint8_t, static_cast<Index>(multiplier_bytes(static_extents))>, NoMultipliers>
      multipliers_{};
};

/// The same reals in another format: dequantizes and quantizes anew. The one way from one scheme to another.
template <CodeType Code, Scheme S, Granularity G = PerTensor, CodeType C0, Scheme S0, Granularity G0>
QuantTensor<Code, S, G> requantized(const QuantTensor<C0, S0, G0>& tensor) {
  return QuantTensor<Code, S, G>::quantize(tensor.dequantize(), tensor.extents());
}
template <CodeType Code, Scheme S, Granularity G = PerTensor, CodeType C0, Scheme S0, Granularity G0, StaticShape Sh>
constexpr QuantTensor<Code, S, G, Sh> requantized(const QuantTensor<C0, S0, G0, Sh>& tensor) {
  std::array<float, static_cast<std::size_t>(Sh::size)> values{};
  tensor.dequantize(values);
  return QuantTensor<Code, S, G, Sh>::quantize(values);
}

}  // namespace qnn
