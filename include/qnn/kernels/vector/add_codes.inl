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

  /// As many codes as there are numbers in a register.
  QNN_ALWAYS_INLINE void add_codes(const Code* a, const Code* b, Code* y) const {
    Integers sums;
    if constexpr (sizeof(Code) == 1) {
      const Integers products = add(multiply(widen(a), factor_a), multiply(widen(b), factor_b));
      sums = shift_right(add(products, offset), shift);
    } else {
      sums = add_wide_products(widen(a), factor_a, widen(b), factor_b, wide_offset, wide_shift);
    }
    store(smaller(larger(add(sums, zero_point), lowest), highest), y, unit_channels);
  }
};

/// The sums of a job. The last codes are done in memory of their own.
template <class Code>
requires Isa::has_own_registers void add_codes(Isa, const SumJob<Code>& job) {
  const SumOfTwo<Code> sum(job);
  const Index whole = job.size - job.size % unit_channels;
  for (Index i = 0; i < whole; i += unit_channels) {
    sum.add_codes(job.x[0] + i, job.x[1] + i, job.y + i);
  }
  if (whole < job.size) {
    Code a[static_cast<std::size_t>(unit_channels)] = {}, b[static_cast<std::size_t>(unit_channels)] = {};
    std::copy(job.x[0] + whole, job.x[0] + job.size, a);
    std::copy(job.x[1] + whole, job.x[1] + job.size, b);
    sum.add_codes(a, b, a);
    std::copy_n(a, job.size - whole, job.y + whole);
  }
}
