// SPDX-License-Identifier: MIT
/// @file
/// Channels of float images, a register of them at a time. Included by each instruction set that has float kernels,
/// behind its operations on registers.

/// Calls body(channel, count) for a register of channels at a time; `count` is less than a unit at the last.
template <class Body>
QNN_ALWAYS_INLINE void for_each_unit(Index channels, Body&& body) {
  for (Index channel = 0; channel < channels; channel += unit) {
    body(channel, std::min(channels - channel, unit));
  }
}
QNN_ALWAYS_INLINE Floats load_up_to(const float* from, Index count) {
  return count == unit ? load(from) : load_part(from, count);
}
QNN_ALWAYS_INLINE void store_up_to(float* to, Floats values, Index count) {
  if (count == unit) {
    store(to, values);
  } else {
    store_part(to, values, count);
  }
}
