// SPDX-License-Identifier: MIT
/// @file
/// Products of float matrices, the same for every instruction set. Included once by each, inside its namespace and with
/// its instructions switched on, behind the operations on registers that they use.
///
/// A *unit* is as many columns as a register holds floats, a *panel* two units. A tile of rows times a panel has its
/// sums in registers: for each step of the depth it loads a row of the panel and broadcasts one number of each of its
/// own rows. So that both come from the nearest caches, the right matrix is packed by blocks, panel after panel, and
/// the rows of a tile are copied side by side; a block is as large as the buffers on the stack, which take less than
/// 128 KiB.

using vector::Product, vector::Rows, vector::Tile;

inline constexpr Index panel = 2 * unit;
/// The largest depth of a block and its floats; with fewer columns it may be deeper, up to the former.
inline constexpr Index largest_depth = 288, block_floats = 96 * largest_depth;
/// From one row of a tile to the next: not a multiple of a large power of two, so that they do not compete for the same
/// lines of the cache. The last copy of a row may write a unit beyond it.
inline constexpr Index staged_step = largest_depth + 16;
static_assert(largest_depth % unit == 0 && unit <= 16);
/// Columns of a block: 128 where one block is enough then, so that rows are copied once.
constexpr Index most_columns(Index columns) { return columns > 96 && columns <= 128 ? 128 : 96; }

/// Sums of a tile.
template <Index Rows, Index Units>
struct Sums {
  Floats of[static_cast<std::size_t>(Rows)][static_cast<std::size_t>(Units)];
};

#include "qnn/kernels/vector/product_dot.inl"
#include "qnn/kernels/vector/product_pack.inl"
#include "qnn/kernels/vector/product_tile.inl"

/// A packed block of the right matrix.
struct Block {
  const float* packed;
  Index first = 0, depth = 0;  ///< its rows
  Index column = 0, columns = 0;
};

/// The panels of a block by the rows of one tile. `tile` knows where those are, `is_staged` whether they were copied.
inline void multiply_panels(const Product& product, const Block& block, Index rows, bool is_staged, Tile tile,
                            float* c) {
  alignas(64) static constexpr float nothing[static_cast<std::size_t>(panel)] = {};
  const SumUp wide = is_staged ? kernel_of<2, staged_step>(rows) : kernel_of<2, 1>(rows);
  const SumUp narrow = is_staged ? kernel_of<1, staged_step>(rows) : kernel_of<1, 1>(rows);
  tile.clamp = block.first + block.depth < product.k ? Clamp{} : product.clamp;
  tile.c_step = product.c_step;
  for (Index done = 0; done < block.columns; done += panel) {
    const Index column = block.column + done;
    tile.b = block.packed + done * block.depth;
    tile.c = c + column;
    tile.columns = std::min(block.columns - done, panel);
    if (product.adds || block.first > 0) {
      tile.start = tile.c;
      tile.start_step = product.c_step;
    } else {
      tile.start = product.bias == nullptr ? nothing : product.bias + column;
      tile.start_step = 0;
    }
    alignas(64) float sums[static_cast<std::size_t>(tile_rows * panel)];
    const bool is_narrow = tile.columns <= unit;
    (is_narrow ? narrow : wide)(tile, sums);
    finish_tile(tile, rows, is_narrow ? 1 : 2, sums);
  }
}

/// Whether rows of a that follow one another begin one float apart, so that tiles can read them where they lie: a
/// convolution of one channel, whose block is as deep as the whole product.
inline bool reads_in_place(const Product& product, const Block& block) {
  return product.a.column_step == 1 && product.a.runs_across == 1 && block.depth == product.k;
}

/// All rows of the left matrix by one block.
inline void multiply_rows(const Product& product, const Block& block, const Rows& a, float* c) {
  alignas(64) float staged[static_cast<std::size_t>(tile_rows * staged_step)];
  const bool in_place = !product.a_is_transposed && reads_in_place(product, block);
  for (Index row = 0, rows = 0; row < product.m; row += rows) {
    const Index left = in_place ? a.columns - row % a.columns : product.m - row;
    rows = rows_of_tile(std::min(left, product.m - row));
    Tile tile;
    tile.run_length = block.depth;
    tile.a = staged;
    if (block.depth == 0) {  // nothing to read, and perhaps no memory
    } else if (product.a_is_transposed) {
      tile.a = a.data + block.first * a.row_step + row;
      tile.a_step = a.row_step;
    } else if (in_place) {
      tile.runs = product.k / a.run_length;
      tile.run_length = a.run_length;
      tile.a = a.row(row);
      tile.a_run = a.run_row_step;
    } else {
      stage_rows(a, row, rows, block.first, block.depth, staged);
    }
    multiply_panels(product, block, rows, tile.a == staged, tile, c + row * product.c_step);
  }
}

/// `total` in nearly equal parts of at most `most`, each but the last a multiple of `step`: the size of such a part.
constexpr Index part_of(Index total, Index most, Index step) {
  const Index parts = (total + most - 1) / most;
  return parts == 0 ? step : ((total + parts - 1) / parts + step - 1) / step * step;
}

/// Computes a product.
inline void multiply(Isa, const Product& product) {
  if (has_dots(product)) {
    return multiply_all_dots(product);
  }
  alignas(64) float packed[static_cast<std::size_t>(block_floats)];
  const Index columns = part_of(product.n, most_columns(product.n), panel);
  const Index depth = part_of(product.k, std::min(largest_depth, block_floats / columns / unit * unit), unit);
  Block block{packed};
  for (block.column = 0; block.column < product.n; block.column += columns) {
    block.columns = std::min(columns, product.n - block.column);
    // Once even where the depth is 0: then c is what the sums start from.
    for (block.first = 0; block.first == 0 || block.first < product.k; block.first += depth) {
      block.depth = std::min(depth, product.k - block.first);
      (product.b_is_transposed ? pack_columns : pack_rows)(product.b, block.first, block.depth, block.column,
                                                           block.columns, packed);
      for (Index image = 0; image < product.images; ++image) {
        Rows a = product.a;
        if (product.padding == nullptr) {
          a.data += image * product.image_size;
        } else {
          vector::pad_image(product.image + image * product.image_size, *product.padding, product.padded);
        }
        multiply_rows(product, block, a, product.c + image * product.c_image);
      }
    }
  }
}
