// SPDX-License-Identifier: MIT
/// @file
/// The loops of a depthwise convolution; see depthwise_job.hpp. Included by linear.inl, whose tiles and whose way from
/// sums to codes these are too: rows of a tile are outputs of one row of the image.

using vector::DepthwiseJob, vector::DepthwiseWindows;

/// stripe[i][row] = rows[row][i], offset as every input is; `to` holds 4 `count` bytes.
template <class Code>
void interleave_rows(const std::uint8_t* const* rows, Index count, std::uint8_t* to) {
  constexpr std::uint8_t flipped = vector::input_offset<Code> == 0 ? 0 : 0x80;
  Index i = 0;
  while (count >= interleaved && i < count) {
    i = std::min(i, count - interleaved);  // the last step may do some codes again
    interleave(rows[0] + i, rows[1] + i, rows[2] + i, rows[3] + i, flipped, to + i * vector::stripe_rows);
    i += interleaved;
  }
  for (; i < count; ++i) {
    for (Index row = 0; row < vector::stripe_rows; ++row) {
      to[i * vector::stripe_rows + row] = static_cast<std::uint8_t>(rows[row][i] ^ flipped);
    }
  }
}

/// Where the parts of the scratch memory of a depthwise convolution lie.
template <class Code>
struct Stripes {
  const DepthwiseJob<Code>& job;
  const std::uint8_t* padding_row;
  std::uint8_t* first;
  Index before, copied;  ///< columns of padding, and of the image behind them

  explicit Stripes(const DepthwiseJob<Code>& of)
      : job(of),
        padding_row(of.scratch),
        first(of.scratch + align_up(of.windows.row_codes())),
        before(std::min(of.windows.left, of.windows.columns)),
        copied(std::min(of.windows.width, of.windows.columns - before)) {}

  /// All that is the same for every row of outputs: padding is.
  void fill_padding() const {
    const DepthwiseWindows& w = job.windows;
    const auto padding = static_cast<std::uint8_t>(job.padding);
    const auto lowered = static_cast<std::uint8_t>(padding + vector::input_offset<Code>);
    std::fill_n(job.scratch, w.row_codes(), padding);
    for (Index stripe = 0; stripe < vector::stripes_of(w.kernel_height); ++stripe) {
      std::uint8_t* const start = first + stripe * w.stripe_bytes();
      std::uint8_t* const behind = start + (before + copied) * w.stripe_pixel_bytes();
      std::fill(start, start + before * w.stripe_pixel_bytes(), lowered);
      std::fill(behind, start + w.stripe_bytes(), lowered);
    }
  }
  /// The rows of the image that the windows of one row of outputs cover.
  void fill(Index out_row) const {
    const DepthwiseWindows& w = job.windows;
    const auto* const image = reinterpret_cast<const std::uint8_t*>(job.image);
    for (Index stripe = 0; stripe < vector::stripes_of(w.kernel_height); ++stripe) {
      const std::uint8_t* rows[static_cast<std::size_t>(vector::stripe_rows)];
      for (Index i = 0; i < vector::stripe_rows; ++i) {
        const Index kernel_row = stripe * vector::stripe_rows + i;
        const Index row = out_row * w.stride_height - w.top + kernel_row * w.dilation_height;
        const bool exists = kernel_row < w.kernel_height && row >= 0 && row < w.height;
        rows[i] = exists ? image + row * w.row_codes() : padding_row;
      }
      interleave_rows<Code>(rows, copied * w.channels,
                            first + stripe * w.stripe_bytes() + before * w.stripe_pixel_bytes());
    }
  }
};

/// sums[row][unit][channel] = the bias and the products of `Rows` windows with `Units` units of weights.
template <Index Rows, Index Units>
QNN_NOINLINE void accumulate_channels(const Operands<std::int32_t>& operands, std::int32_t* sums) {
  const Runs& runs = operands.runs;
  const Pointers<Rows> x = pointers<Rows>(operands.rows);
  const std::int8_t* weights = operands.weights;
  Tile<Rows, Units> tile;
  QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
    QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
      tile.of[row][unit] = start(operands.bias + unit * unit_channels);
    }
  }
  for (Index run_row = 0; run_row < runs.rows; ++run_row) {
    Index offset = run_row * runs.row_step;
    for (Index run_column = 0; run_column < runs.columns; ++run_column, offset += runs.column_step) {
      WeightStep<Units> w;
      QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) { w.of[unit] = load_weights(weights + unit * unit_bytes); }
      QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
        QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
          tile.of[row][unit] =
              add_channel_products(tile.of[row][unit], x.of[row] + offset + unit * unit_bytes, w.of[unit]);
        }
      }
      weights += operands.weight_step;
    }
  }
  QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
    QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
      const Integers complete = total(tile.of[row][unit]);
      std::memcpy(sums + (row * Units + unit) * unit_channels, &complete, sizeof complete);
    }
  }
}

/// The kernels for tiles of some units.
template <Index Units>
constexpr Kernels<std::int32_t> channel_kernels() {
  constexpr Index rows = ByteTiles::rows(Units), few = ByteTiles::pooled_rows(Units);
  static_assert(rows <= most_rows && rows * Units * unit_channels <= most_sums<std::int32_t>);
  return {Units,
          {rows, accumulate_channels<rows, Units>},
          {few, accumulate_channels<few, Units>},
          {few, accumulate_channels<few, Units>}};
}

/// sums -= weight_zero_point * sum of the inputs, by products with the block of ones behind the weights.
template <class Code>
QNN_NOINLINE void subtract_zero_points(const Place<Code, std::int32_t>& place, const std::uint8_t** x,
                                       std::int32_t* sums) {
  constexpr Index most = ByteTiles::rows(1);
  alignas(64) static constexpr std::int32_t no_bias[static_cast<std::size_t>(unit_channels)] = {};
  alignas(64) std::int32_t input_sums[static_cast<std::size_t>(most * unit_channels)];
  const Job<Code, std::int32_t>& job = place.job;
  const std::int8_t* const ones =
      job.weights + vector::blocks_of(job.channels) * job.runs.total_steps() * vector::block_bytes;
  std::fill(x + place.count, x + std::max(place.count, most), x[0]);
  for (Index unit = 0; unit < place.units; ++unit) {
    accumulate_channels<most, 1>({job.runs, x, ones, vector::block_bytes, no_bias, false}, input_sums);
    const Integers zero_points = load(job.output.weight_zero_point + place.channel + unit * unit_channels);
    for (Index row = 0; row < place.count; ++row) {
      std::int32_t* const of = sums + (row * place.units + unit) * unit_channels;
      const Integers rest = subtract(load(of), multiply(load(input_sums + row * unit_channels), zero_points));
      std::memcpy(of, &rest, sizeof rest);
    }
    for (Index row = 0; row < most; ++row) {
      x[row] += unit_bytes;
    }
  }
}

/// One row of outputs, some units of it.
template <class Policy, class Code>
void multiply_channels(const Job<Code, std::int32_t>& job, const Kernels<std::int32_t>& kernels, Index channel) {
  alignas(64) std::int32_t sums[static_cast<std::size_t>(most_sums<std::int32_t>)];
  const std::uint8_t* x[static_cast<std::size_t>(most_rows)];
  const Index weight_step = vector::blocks_of(job.channels) * vector::block_bytes;
  for (Index done = 0; done < job.positions.columns;) {
    const Index left = job.positions.columns - done;
    const Kernel<std::int32_t>& kernel = left <= kernels.few.rows ? kernels.few : kernels.most;
    const Index count = std::min(left, kernel.rows);
    for (Index i = 0; i < kernel.rows; ++i) {  // a tile that reaches beyond the last output repeats it
      x[i] = job.x + (done + std::min(i, count - 1)) * job.positions.column_step + channel * vector::step_bytes;
    }
    kernel.accumulate(
        {job.runs, x, job.weights + channel * vector::step_bytes, weight_step, job.output.bias + channel, false}, sums);
    const Place<Code, std::int32_t> place{job, channel, kernels.units, count, nullptr, job.y + done * job.y_step};
    if (job.output.weight_zero_point != nullptr) {
      subtract_zero_points(place, x, sums);
    }
    finish<Policy>(place, sums);
    done += count;
  }
}

/// One row of outputs.
template <class Policy, class Code>
QNN_NOINLINE void multiply_stripes(const Job<Code, std::int32_t>& job) {
  static constexpr TileKernels<std::int32_t> tiles{
      {channel_kernels<tile_units>(), channel_kernels<std::min<Index>(2, tile_units)>(), channel_kernels<1>()}};
  const Index units = (job.channels + unit_channels - 1) / unit_channels;
  for (Index unit = 0; unit < units;) {
    const Kernels<std::int32_t>& kernels = tiles.up_to(units - unit);
    multiply_channels<Policy>(job, kernels, unit * unit_channels);
    unit += kernels.units;
  }
}

/// Runs a depthwise convolution of one image of 8-bit codes.
template <class Policy, class Code>
  requires(sizeof(Code) == 1)
void run(Isa, const DepthwiseJob<Code>& depthwise) {
  const DepthwiseWindows& w = depthwise.windows;
  const Stripes<Code> stripes(depthwise);
  const Index together = w.together(), pixel = w.stripe_pixel_bytes(), rest = w.out_width % together;
  Job<Code, std::int32_t> job{};
  job.runs = {vector::stripes_of(w.kernel_height), w.kernel_width, 1, w.stripe_bytes(), w.dilation_width * pixel};
  job.weights = depthwise.weights;
  job.output = depthwise.output;
  stripes.fill_padding();
  for (Index row = 0; row < w.out_height; ++row) {
    stripes.fill(row);
    job.x = stripes.first;
    job.y = depthwise.y + row * w.out_width * w.channels;
    job.positions = {1, w.out_width / together, 0, together * w.stride_width * pixel};
    job.channels = job.y_step = together * w.channels;
    multiply_stripes<Policy>(job);
    if (rest > 0) {
      job.x += (w.out_width - rest) * pixel;
      job.y += (w.out_width - rest) * w.channels;
      job.positions.columns = 1;
      job.channels = job.y_step = rest * w.channels;
      multiply_stripes<Policy>(job);
    }
  }
}
