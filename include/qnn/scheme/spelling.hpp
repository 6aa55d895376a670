// SPDX-License-Identifier: MIT
/// @file
/// Precisions as C++ spells them: text to paste into a program.
#pragma once

#include "qnn/config.hpp"
#include "qnn/scheme/mixed.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace qnn {

namespace detail {
template <Index Size>
inline constexpr auto spelled_group = text_with_number("qnn::PerGroup<", Size, ">");
}  // namespace detail

/// The name of a type, a template argument of precisions or one of them. Specialize it for schemes and policies of your
/// own.
template <class T>
inline constexpr std::string_view spelling_of{};
template <>
inline constexpr std::string_view spelling_of<std::int8_t>{"std::int8_t"};
template <>
inline constexpr std::string_view spelling_of<std::uint8_t>{"std::uint8_t"};
template <>
inline constexpr std::string_view spelling_of<std::int16_t>{"std::int16_t"};
template <>
inline constexpr std::string_view spelling_of<std::int32_t>{"std::int32_t"};
template <>
inline constexpr std::string_view spelling_of<std::int64_t>{"std::int64_t"};
template <>
inline constexpr std::string_view spelling_of<Int4>{"qnn::Int4"};
template <>
inline constexpr std::string_view spelling_of<Int2>{"qnn::Int2"};
template <>
inline constexpr std::string_view spelling_of<Symmetric>{"qnn::Symmetric"};
template <>
inline constexpr std::string_view spelling_of<Asymmetric>{"qnn::Asymmetric"};
template <>
inline constexpr std::string_view spelling_of<PerTensor>{"qnn::PerTensor"};
template <>
inline constexpr std::string_view spelling_of<PerChannel>{"qnn::PerChannel"};
template <Index Size>
inline constexpr std::string_view spelling_of<PerGroup<Size>>{detail::spelled_group<Size>.data()};
template <>
inline constexpr std::string_view spelling_of<IntegerMultiplier>{"qnn::IntegerMultiplier"};
template <>
inline constexpr std::string_view spelling_of<FloatScale>{"qnn::FloatScale"};
template <>
inline constexpr std::string_view spelling_of<DoubleRounding>{"qnn::DoubleRounding"};
template <>
inline constexpr std::string_view spelling_of<PowerOfTwoShift>{"qnn::PowerOfTwoShift"};

namespace detail {

/// spelling_of<T>, which there has to be.
template <class T>
constexpr std::string_view spelled() {
  static_assert(!spelling_of<T>.empty(), "qnn::spelling: specialize qnn::spelling_of for this type");
  return spelling_of<T>;
}

/// The alias in precision.hpp of these codes, or nothing.
template <class WeightCode, class ActivationCode>
constexpr std::string_view alias() {
  const auto is = []<class W, class A>(W, A) {
    return std::is_same_v<WeightCode, W> && std::is_same_v<ActivationCode, A>;
  };
  return is(std::int8_t{}, std::int8_t{})     ? "qnn::Int8"
         : is(std::int16_t{}, std::int16_t{}) ? "qnn::Int16"
         : is(Int4{}, std::int8_t{})          ? "qnn::W4A8"
         : is(Int2{}, std::int8_t{})          ? "qnn::W2A8"
         : is(Int4{}, Int4{})                 ? "qnn::W4A4"
         : is(std::int8_t{}, std::int16_t{})  ? "qnn::W8A16"
                                              : "";
}

/// "name<argument, ...>", without the arguments at the end that are the `defaults`.
QNN_COLD inline std::string spell_template(std::string_view name, std::span<const std::string_view> arguments,
                                           std::span<const std::string_view> defaults = {}) {
  std::size_t count = arguments.size();
  while (count > 0 && count <= defaults.size() && arguments[count - 1] == defaults[count - 1]) {
    --count;
  }
  std::string text = std::string(name) + "<";
  for (std::size_t k = 0; k < count; ++k) {
    text += (k == 0 ? "" : ", ") + std::string(arguments[k]);
  }
  return text + ">";
}

template <class W, class A, class Policy, class Accumulator>
QNN_COLD std::string spell(std::type_identity<Quantized<W, A, Policy, Accumulator>>) {
  constexpr std::string_view name = alias<typename W::code, typename A::code>();
  if constexpr (!name.empty() && std::is_same_v<typename W::scheme, Symmetric> &&
                std::is_same_v<Accumulator, DefaultAccumulator<typename W::code, typename A::code>>) {
    constexpr std::array defaults{spelled<Symmetric>(), spelled<PerChannel>(), spelled<IntegerMultiplier>()};
    return spell_template(
        name, std::array{spelled<typename A::scheme>(), spelled<typename W::granularity>(), spelled<Policy>()},
        defaults);
  } else {
    const std::string weights = spell_template(
        "qnn::Format",
        std::array{spelled<typename W::code>(), spelled<typename W::scheme>(), spelled<typename W::granularity>()});
    const std::string activations =
        spell_template("qnn::Format", std::array{spelled<typename A::code>(), spelled<typename A::scheme>()});
    return spell_template("qnn::Quantized", std::array<std::string_view, 4>{weights, activations, spelled<Policy>(),
                                                                            spelled<Accumulator>()});
  }
}

template <class... Ps>
std::string spell(std::type_identity<Mixed<Ps...>>);

}  // namespace detail

/// The type as a program writes it: "qnn::Int8<qnn::Asymmetric>", "qnn::Mixed<qnn::Int8<>, qnn::W4A8<>>", by the
/// shortest names that precision.hpp has.
template <IntegerPrecision P>
std::string spelling() {
  return spelling_of<P>.empty() ? detail::spell(std::type_identity<P>{}) : std::string(spelling_of<P>);
}

namespace detail {

template <class... Ps>
std::string spell(std::type_identity<Mixed<Ps...>>) {
  const std::array<std::string, sizeof...(Ps)> stages{spelling<Ps>()...};
  const std::vector<std::string_view> names(stages.begin(), stages.end());
  return spell_template("qnn::Mixed", names);
}

}  // namespace detail

}  // namespace qnn
