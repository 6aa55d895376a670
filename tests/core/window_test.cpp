// SPDX-License-Identifier: MIT
/// @file
/// Window geometry: known sizes, and brute force over small images.
#include "qnn/core/window.hpp"

#include <doctest/doctest.h>

namespace window_test {
namespace {

using namespace qnn;

// LeNet's layers on a 28 x 28 image.
using SameWindow = Window<Shape<28, 28, 1>, Kernel<3>, Stride<1>, Dilation<1>, Same>;
static_assert(SameWindow::out_height == 28 && SameWindow::out_width == 28 && SameWindow::top == 1 &&
              SameWindow::left == 1);
using ValidWindow = Window<Shape<28, 28, 1>, Kernel<5>, Stride<1>, Dilation<1>, Valid>;
static_assert(ValidWindow::out_height == 24 && ValidWindow::top == 0 && ValidWindow::out_pixels == 24 * 24);
// ResNet's first layer: 224 -> 112.
using Stem = Window<Shape<224, 224, 3>, Kernel<7>, Stride<2>, Dilation<1>, Padding<3>>;
static_assert(Stem::out_height == 112 && Stem::top == 3 && Stem::fits && Stem::always_touches_the_image);
// Same with a stride: ceil(5 / 2) = 3 rows; 3 windows need 2 * 2 + 3 = 7 rows, 2 more than 5, one on each side.
using Strided = Window<Shape<5, 4, 2>, Kernel<3>, Stride<2>, Dilation<1>, Same>;
static_assert(Strided::out_height == 3 && Strided::top == 1);
static_assert(Strided::out_width == 2 && Strided::left == 0);  // 2 + 3 = 5 columns, the odd one to the right
// Dilation 2 spreads 3 elements over 5.
using Dilated = Window<Shape<7, 7, 1>, Kernel<3>, Stride<1>, Dilation<2>, Valid>;
static_assert(Dilated::out_height == 3 && Dilated::input_row(2, 2) == 6);
static_assert(!Window<Shape<4, 7, 1>, Kernel<3>, Stride<1>, Dilation<2>, Valid>::fits);
static_assert(Window<Shape<4, 7, 1>, Kernel<3>, Stride<1>, Dilation<2>, Padding<1, 0>>::fits);
static_assert(Window<Shape<4, 4, 8>, Kernel<1>, Stride<1>, Dilation<1>, Same>::is_pointwise);
static_assert(!Window<Shape<4, 4, 8>, Kernel<1>, Stride<2>, Dilation<1>, Same>::is_pointwise);
static_assert(!Window<Shape<4, 4, 8>, Kernel<1>, Stride<1>, Dilation<1>, Padding<1>>::is_pointwise);
static_assert(!Window<Shape<4, 4, 8>, Kernel<2>, Stride<2>, Dilation<1>, Padding<2>>::always_touches_the_image);

/// Counts the windows of one axis by placing them one after the other.
template <class W>
void check_by_placing() {
  if constexpr (W::fits) {
    const Index last_row = W::input_row(W::out_height - 1, W::kernel_height - 1);
    const Index first_column = W::input_column(0, 0);
    CHECK(W::input_row(0, 0) == -W::top);
    CHECK(first_column == -W::left);
    CHECK(W::out_height >= 1);
    CHECK(W::out_width >= 1);
    for (Index row = 0; row < W::out_height; ++row) {
      for (Index i = 0; i < W::kernel_height; ++i) {
        CHECK(W::input_row(row, i) == row * W::stride_height + i * W::dilation_height - W::top);
        CHECK(W::input_row(row, i) <= last_row);
      }
    }
  }
}

template <Index Extent, Index K, Index S, Index D>
void check_axis() {
  using In = Shape<Extent, Extent, 2>;
  using SamePadded = Window<In, Kernel<K>, Stride<S>, Dilation<D>, Same>;
  using Unpadded = Window<In, Kernel<K>, Stride<S>, Dilation<D>, Valid>;
  using Padded = Window<In, Kernel<K>, Stride<S>, Dilation<D>, Padding<1>>;
  check_by_placing<SamePadded>();
  check_by_placing<Unpadded>();
  check_by_placing<Padded>();
  CHECK(SamePadded::out_height == (Extent + S - 1) / S);
  CHECK(SamePadded::fits);
  // The windows of Same reach no further below than above, or by one row.
  const Index below = SamePadded::input_row(SamePadded::out_height - 1, K - 1) - (Extent - 1);
  CHECK((below <= 0 ? SamePadded::top == 0 : (below == SamePadded::top || below == SamePadded::top + 1)));
  Index placed = 0;  // windows that fit when they are placed one by one
  for (Index first = 0; first + (K - 1) * D < Extent; first += S) {
    ++placed;
  }
  CHECK(Unpadded::fits == (placed > 0));
  if (Unpadded::fits) {
    CHECK(Unpadded::out_height == placed);
  }
  placed = 0;
  for (Index first = -1; first + (K - 1) * D < Extent + 1; first += S) {
    ++placed;
  }
  CHECK(Padded::fits == (placed > 0));
  if (Padded::fits) {
    CHECK(Padded::out_height == placed);
    CHECK(Padded::out_width == placed);
  }
}

template <Index Extent, Index K, Index S>
void check_dilations() {
  check_axis<Extent, K, S, 1>();
  check_axis<Extent, K, S, 2>();
  check_axis<Extent, K, S, 3>();
}
template <Index Extent, Index K>
void check_strides() {
  check_dilations<Extent, K, 1>();
  check_dilations<Extent, K, 2>();
  check_dilations<Extent, K, 3>();
}

TEST_CASE("windows are where placing them one by one puts them") {
  check_strides<1, 1>();
  check_strides<1, 3>();
  check_strides<2, 2>();
  check_strides<5, 1>();
  check_strides<5, 2>();
  check_strides<5, 3>();
  check_strides<6, 3>();
  check_strides<7, 4>();
  check_strides<8, 5>();
}

TEST_CASE("inside: exactly the pixels of the image") {
  using W = Window<Shape<2, 3, 1>, Kernel<3>, Stride<1>, Dilation<1>, Same>;
  int count = 0;
  for (Index row = -3; row < 6; ++row) {
    for (Index column = -3; column < 6; ++column) {
      count += W::inside(row, column);
    }
  }
  CHECK(count == 6);
  CHECK(W::inside(0, 0));
  CHECK(W::inside(1, 2));
  CHECK_FALSE(W::inside(2, 0));
  CHECK_FALSE(W::inside(0, 3));
}

}  // namespace

}  // namespace window_test
