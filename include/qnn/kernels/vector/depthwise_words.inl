// SPDX-License-Identifier: MIT
/// @file
/// The loops of a depthwise convolution of 16-bit codes; see depthwise_job.hpp. Included by linear.inl.

/// `count` outputs whose windows begin at neighbouring codes, from channel 0 on.
template <class Policy, class Code>
QNN_NOINLINE void multiply_neighbours(const DepthwiseJob<Code>& job, const Code* x, Index count, Code* y) {
  const DepthwiseWindows& w = job.windows;
  const Index row_step = w.dilation_height * w.columns * w.channels, column_step = w.dilation_width * w.channels;
  const Index lanes = vector::word_lanes(w.channels);
  for (Index i = 0, lane = 0; i < count; i += unit_channels, lane = (lane + unit_channels) % w.channels) {
    Integers high = splat(0), low = splat(0);
    const std::int16_t* weights = job.weights + lane;
    for (Index row = 0; row < w.kernel_height; ++row) {
      const Code* codes = x + i + row * row_step;
      for (Index column = 0; column < w.kernel_width; ++column, codes += column_step, weights += lanes) {
        const Integers product = multiply(widen(codes), widen(weights));
        high = add(high, shift_right(product, splat(8)));
        low = add(low, bit_and(product, splat(255)));
      }
    }
    alignas(64) std::int64_t sums[static_cast<std::size_t>(unit_channels)];
    std::copy_n(job.output.bias + lane, unit_channels, sums);
    add_wide<8>(sums, high, low, sums);
    FinishWords<Policy>{job.output, lane}(sums, y + i, std::min(count - i, unit_channels));
  }
}

/// Runs a depthwise convolution of one image of 16-bit codes.
template <class Policy, class Code>
  requires(sizeof(Code) == 2)
void run(Isa, const DepthwiseJob<Code>& job) {
  const DepthwiseWindows& w = job.windows;
  const bool is_dense = w.stride_width == 1;  // the windows of a row of outputs begin at neighbouring pixels
  const Index runs = is_dense ? 1 : w.out_width, run_codes = is_dense ? w.out_width * w.channels : w.channels;
  auto* const padded = reinterpret_cast<Code*>(job.scratch);
  vector::pad_image(job, padded);
  Code* y = job.y;
  for (Index row = 0; row < w.out_height; ++row) {
    for (Index run = 0; run < runs; ++run, y += run_codes) {
      const Index pixel = row * w.stride_height * w.columns + run * w.stride_width;
      multiply_neighbours<Policy>(job, padded + pixel * w.channels, run_codes, y);
    }
  }
}
