// SPDX-License-Identifier: MIT
/// @file
/// Float depthwise convolutions, channels side by side in registers. Included by each instruction set that has float
/// kernels, behind units.inl.

using vector::DepthwiseFloats;

/// Pixels that a weight is loaded for at once.
inline constexpr Index depthwise_pixels = 4;

/// y = clamp(bias + sum over the taps) for a unit of channels of `Pixels` windows.
template <Index Pixels>
QNN_ALWAYS_INLINE void sum_up_taps(const DepthwiseFloats& job, const Index* offsets, const float* const* windows,
                                   const float* weights, Floats start, Floats low, Floats high, Index channel,
                                   Index count, float* y) {
  Floats sums[static_cast<std::size_t>(Pixels)];
  QNN_UNROLL for (Index p = 0; p < Pixels; ++p) { sums[p] = start; }
  for (Index t = 0; t < job.taps; ++t) {
    const Floats weight = load_up_to(weights + t * job.channels + channel, count);
    QNN_UNROLL for (Index p = 0; p < Pixels; ++p) {
      sums[p] = multiply_add(load_up_to(windows[p] + offsets[t] + channel, count), weight, sums[p]);
    }
  }
  QNN_UNROLL for (Index p = 0; p < Pixels; ++p) {
    store_up_to(y + p * job.channels + channel, clamp(sums[p], low, high), count);
  }
}

/// y = clamp(w * x + bias). @param weights (taps, channels)  @param bias may be null
inline void depthwise(Isa, const DepthwiseFloats& job, const float* weights, const float* bias, Clamp bounds,
                      float* y) {
  const auto offsets = job.offsets();
  const Floats low = splat(bounds.lowest), high = splat(bounds.highest);
  const auto sum_up = [&]<Index Pixels>(std::integral_constant<Index, Pixels>, Index first) {
    const float* windows[static_cast<std::size_t>(Pixels)];
    for (Index p = 0; p < Pixels; ++p) {
      windows[p] = job.windows.row(first + p);
    }
    for_each_unit(job.channels, [&](Index channel, Index count) {
      const Floats start = bias == nullptr ? zeros() : load_up_to(bias + channel, count);
      sum_up_taps<Pixels>(job, offsets.data(), windows, weights, start, low, high, channel, count,
                          y + first * job.channels);
    });
  };
  Index pixel = 0;
  for (; pixel + depthwise_pixels <= job.pixels; pixel += depthwise_pixels) {
    sum_up(std::integral_constant<Index, depthwise_pixels>{}, pixel);
  }
  for (; pixel < job.pixels; ++pixel) {
    sum_up(std::integral_constant<Index, 1>{}, pixel);
  }
}

/// gradients += dL/dw. @param gradients (taps, channels)
inline void depthwise_weight_gradients(Isa, const DepthwiseFloats& job, const float* dy, float* gradients) {
  constexpr Index together = 8;  // taps whose sums stay in registers
  const auto offsets = job.offsets();
  const auto sum_up = [&]<Index Taps>(std::integral_constant<Index, Taps>, Index first) {
    for_each_unit(job.channels, [&](Index channel, Index count) {
      Floats sums[static_cast<std::size_t>(Taps)];
      float* const to = gradients + first * job.channels + channel;
      QNN_UNROLL for (Index t = 0; t < Taps; ++t) { sums[t] = load_up_to(to + t * job.channels, count); }
      for (Index pixel = 0; pixel < job.pixels; ++pixel) {
        const Floats gradient = load_up_to(dy + pixel * job.channels + channel, count);
        const float* const window = job.windows.row(pixel) + channel;
        QNN_UNROLL for (Index t = 0; t < Taps; ++t) {
          sums[t] =
              multiply_add(load_up_to(window + offsets[static_cast<std::size_t>(first + t)], count), gradient, sums[t]);
        }
      }
      QNN_UNROLL for (Index t = 0; t < Taps; ++t) { store_up_to(to + t * job.channels, sums[t], count); }
    });
  };
  Index tap = 0;
  for (; tap + together <= job.taps; tap += together) {
    sum_up(std::integral_constant<Index, together>{}, tap);
  }
  for (; tap < job.taps; ++tap) {
    sum_up(std::integral_constant<Index, 1>{}, tap);
  }
}

/// dx += dL/dx, where job.windows are those of dx. @param dx job.windows.data, to be written
inline void depthwise_input_gradients(Isa, const DepthwiseFloats& job, const float* weights, const float* dy,
                                      float* dx) {
  const auto offsets = job.offsets();
  for (Index pixel = 0; pixel < job.pixels; ++pixel, dy += job.channels) {
    float* const window = dx + (job.windows.row(pixel) - job.windows.data);
    for_each_unit(job.channels, [&](Index channel, Index count) {
      const Floats gradient = load_up_to(dy + channel, count);
      for (Index t = 0; t < job.taps; ++t) {
        float* const to = window + offsets[static_cast<std::size_t>(t)] + channel;
        store_up_to(
            to, multiply_add(load_up_to(weights + t * job.channels + channel, count), gradient, load_up_to(to, count)),
            count);
      }
    });
  }
}
