// SPDX-License-Identifier: MIT
/// @file
/// Products of float matrices, the same for every instruction set. Included once by each, inside its namespace and with
/// its instructions switched on, behind the operations on registers that they use.
///
/// A *unit* is as many columns as a register holds floats, a *panel* two units. A tile of rows times a panel has its sums
/// in registers: for each step of the depth it loads a row of the panel and broadcasts one number of each of its own
/// rows. So that both come from the nearest caches, the right matrix is packed by blocks, panel after panel, and the rows
/// of a tile are copied side by side; a block is as large as the buffers on the stack, which take less than 128 KiB.

using vector::Product, vector::Rows, vector::Tile;

inline constexpr Index panel = 2 * unit;
inline constexpr Index block_depth = 288, block_columns = 96;
/// From one row of a tile to the next: not a multiple of a large power of two, so that they do not compete for the same
/// lines of the cache. The last copy of a row may write a unit beyond it.
inline constexpr Index staged_step = block_depth + 16;
static_assert(block_depth % unit == 0 && block_columns % panel == 0 && unit <= 16);

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

/// The panels of a block by the rows of one tile. `tile` knows where those are.
template <Index RowStep>
void multiply_panels(const Product& product, const Block& block, Index rows, Tile tile, float* c) {
  alignas(64) static constexpr float nothing[static_cast<std::size_t>(panel)] = {};
  const Kernel wide = kernel_of<2, RowStep>(rows), narrow = kernel_of<1, RowStep>(rows);
  tile.b_step = panel;
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
    (tile.columns <= unit ? narrow : wide).multiply(tile);
  }
}

/// Whether rows of a that follow one another begin one float apart, so that tiles can read them where they lie: a
/// convolution of one channel.
inline bool reads_in_place(const Product& product) {
  return product.a.column_step == 1 && product.a.runs_across == 1 && product.k <= block_depth;
}

/// All rows of the left matrix by one block.
inline void multiply_rows(const Product& product, const Block& block, const Rows& a, float* c) {
  alignas(64) float staged[static_cast<std::size_t>(tile_rows * staged_step)];
  const bool in_place = !product.a_is_transposed && reads_in_place(product);
  for (Index row = 0, rows = 0; row < product.m; row += rows) {
    const Index left = in_place ? a.columns - row % a.columns : product.m - row;
    rows = kernel_of<2, 1>(std::min(left, product.m - row)).rows;
    Tile tile;
    tile.run_length = block.depth;
    tile.a = staged;
    if (product.a_is_transposed) {
      tile.a = a.data + block.first * a.row_step + row;
      tile.a_step = a.row_step;
    } else if (in_place) {
      tile.runs = product.k / a.run_length;
      tile.run_length = a.run_length;
      tile.a = a.row(row);
      tile.a_run = a.run_row_step;
    } else {
      stage_rows(a, row, rows, block.first, block.depth, staged);
      multiply_panels<staged_step>(product, block, rows, tile, c + row * product.c_step);
      continue;
    }
    multiply_panels<1>(product, block, rows, tile, c + row * product.c_step);
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
  alignas(64) float packed[static_cast<std::size_t>(block_depth * block_columns)];
  const Index columns = part_of(product.n, block_columns, panel), depth = part_of(product.k, block_depth, unit);
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
