// SPDX-License-Identifier: MIT
/// @file
/// Tables of 256 bytes in registers, looked up a register of codes at a time. Included by linear.inl.

/// y[i] = entries[x[i] mod 2^8]. The last codes are done in memory of their own. @pre y is x or does not overlap it
template <class Code>
requires Isa::has_own_registers void look_up(Isa, const Code* entries, const Code* x, Index size, Code* y) {
  constexpr Index lanes = sizeof(Integers);
  const ByteTable table(reinterpret_cast<const std::uint8_t*>(entries));
  const auto look_up_all = [&](const Code* from, Code* to) {
    Integers codes;
    std::memcpy(&codes, from, sizeof codes);
    codes = table.at(codes);
    std::memcpy(to, &codes, sizeof codes);
  };
  const Index whole = size - size % lanes;
  for (Index i = 0; i < whole; i += lanes) {
    look_up_all(x + i, y + i);
  }
  if (whole < size) {
    Code rest[static_cast<std::size_t>(lanes)] = {};
    std::copy(x + whole, x + size, rest);
    look_up_all(rest, rest);
    std::copy_n(rest, size - whole, y + whole);
  }
}
