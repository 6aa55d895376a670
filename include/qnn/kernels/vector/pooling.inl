// SPDX-License-Identifier: MIT
/// @file
/// Float max pooling, channels side by side in registers. Included by each instruction set that has float kernels,
/// behind its operations on registers.

using vector::Pooling;

/// y = the largest x under the window, or NaN where there is one; see reference::max_pool2d.
inline void max_pool(Isa, const Pooling& pooling, const float* x, Index images, float* y) {
  const Index row_size = pooling.width * pooling.channels;
  for (; images > 0; --images, x += pooling.in_size()) {
    for (Index row = 0; row < pooling.out_height; ++row) {
      for (Index column = 0; column < pooling.out_width; ++column, y += pooling.channels) {
        const auto window = pooling.window(row, column);
        for_each_unit(pooling.channels, [&](Index channel, Index count) {
          const float* in = x + window.offset + channel;
          Floats largest = lowest();
          for (Index i = 0; i < window.rows; ++i, in += row_size) {
            for (Index j = 0; j < window.columns; ++j) {
              largest = larger(largest, load_up_to(in + j * pooling.channels, count));
            }
          }
          store_up_to(y + channel, largest, count);
        });
      }
    }
  }
}

/// dx = dL/dx: the gradient goes to the first of the largest values under the window, in reading order.
inline void max_pool_backward(Isa, const Pooling& pooling, const float* x, const float* y, const float* dy,
                              Index images, float* dx) {
  const Index row_size = pooling.width * pooling.channels;
  const bool overlaps = pooling.stride_height < pooling.kernel_height || pooling.stride_width < pooling.kernel_width;
  if (overlaps || !pooling.tiles_the_image()) {
    std::fill_n(dx, images * pooling.in_size(), 0.0f);
  }
  for (; images > 0; --images, x += pooling.in_size(), dx += pooling.in_size()) {
    for (Index row = 0; row < pooling.out_height; ++row) {
      for (Index column = 0; column < pooling.out_width; ++column, y += pooling.channels, dy += pooling.channels) {
        const auto window = pooling.window(row, column);
        for_each_unit(pooling.channels, [&](Index channel, Index count) {
          const Floats largest = load_up_to(y + channel, count);
          Floats gradient = load_up_to(dy + channel, count);
          for (Index i = 0; i < window.rows; ++i) {
            for (Index j = 0; j < window.columns; ++j) {
              const Index at = window.offset + i * row_size + j * pooling.channels + channel;
              const Floats value = load_up_to(x + at, count);
              const Floats taken = where_equal(value, largest, gradient);
              gradient = where_different(value, largest, gradient);
              store_up_to(dx + at, overlaps ? add(load_up_to(dx + at, count), taken) : taken, count);
            }
          }
        });
      }
    }
  }
}
