// SPDX-License-Identifier: MIT
/// @file
/// Codes at two scales added up, a register of 32-bit numbers at a time. Included by linear.inl.

using vector::SumJob;

/// The numbers of a job in registers: a store of codes might change them in memory, as far as the compiler knows.
template <class Code>
struct SumOfTwo {
  Integers factor_a, factor_b, zero_point, lowest, highest;
  Integers offset, shift;  ///< of 8-bit codes
  Wide wide_offset, wide_shift;

  QNN_ALWAYS_INLINE explicit SumOfTwo(const SumJob<Code>& job)
      : factor_a(splat(job.factor[0])),
        factor_b(splat(job.factor[1])),
        zero_point(splat(job.zero_point)),
        lowest(splat(job.lowest)),
        highest(splat(job.highest)),
        offset(splat(static_cast<std::int32_t>(job.offset))),
        shift(splat(job.shift)),
        wide_offset(splat_wide(job.offset)),
        wide_shift(splat_wide(job.shift)) {}

  /// Of as many codes as there are numbers in a register: without the zero point, and not clamped.
  QNN_ALWAYS_INLINE Integers scaled(const Code* a, const Code* b) const {
    if constexpr (sizeof(Code) == 1) {
      const Integers products = add(multiply(widen(a), factor_a), multiply(widen(b), factor_b));
      return shift_right(add(products, offset), shift);
    } else {
      return add_wide_products(widen(a), factor_a, widen(b), factor_b, wide_offset, wide_shift);
    }
  }
  QNN_ALWAYS_INLINE void add_codes(const Code* a, const Code* b, Code* y) const {
    store(smaller(larger(add(scaled(a, b), zero_point), lowest), highest), y, unit_channels);
  }
};

/// The sums of a job. The last codes are done in memory of their own.
template <class Code>
requires Isa::has_own_registers void add_codes(Isa, const SumJob<Code>& job) {
  const SumOfTwo<Code> sum(job);
  const Code* const a = job.x[0];
  const Code* const b = job.x[1];
  const Index whole = job.size - job.size % unit_channels;
  Index i = 0;
  if constexpr (sizeof(Code) == 1) {
    const FourToOne<Code> codes(job);
    constexpr Index u = unit_channels;
    for (; i + 4 * u <= whole; i += 4 * u) {
      codes.store(sum.scaled(a + i, b + i), sum.scaled(a + i + u, b + i + u), sum.scaled(a + i + 2 * u, b + i + 2 * u),
                  sum.scaled(a + i + 3 * u, b + i + 3 * u), job.y + i);
    }
  }
  for (; i < whole; i += unit_channels) {
    sum.add_codes(a + i, b + i, job.y + i);
  }
  if (whole < job.size) {
    Code last_a[static_cast<std::size_t>(unit_channels)] = {}, last_b[static_cast<std::size_t>(unit_channels)] = {};
    std::copy(a + whole, a + job.size, last_a);
    std::copy(b + whole, b + job.size, last_b);
    sum.add_codes(last_a, last_b, last_a);
    std::copy_n(last_a, job.size - whole, job.y + whole);
  }
}
