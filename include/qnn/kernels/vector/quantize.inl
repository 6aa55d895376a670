// SPDX-License-Identifier: MIT
/// @file
/// Reals to codes, a register at a time. Included by linear.inl.

/// codes = clamp(round_half_even(x / scale) + zero_point), and whether every x is finite.
template <class Code>
requires Isa::has_own_registers bool quantize(Isa, const float* x, Index count, float scale, std::int32_t zero_point,
                                              CodeRange range, Code* codes) {
  const Integers lowest = splat(range.lowest - zero_point), highest = splat(range.highest - zero_point);
  Integers strange = splat(0);
  for (Index i = 0; i < count; i += unit_channels) {
    const Index stored = std::min(count - i, unit_channels);
    float padded[static_cast<std::size_t>(unit_channels)] = {};
    const float* source = x + i;
    if (stored < unit_channels) {
      source = std::copy_n(source, stored, padded) - stored;
    }
    strange = bit_or(strange, not_finite(source));
    store(add(divide_and_round(source, scale, lowest, highest), splat(zero_point)), codes + i, stored);
  }
  std::int32_t found[static_cast<std::size_t>(unit_channels)];
  std::memcpy(found, &strange, sizeof found);
  return std::all_of(std::begin(found), std::end(found), [](std::int32_t bits) { return bits == 0; });
}
