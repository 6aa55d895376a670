// SPDX-License-Identifier: MIT
/// @file
/// Images of another size: bilinear resizing, and centring the way MNIST was made.
#pragma once

#include "qnn/core/error.hpp"
#include "qnn/core/shape.hpp"
#include "qnn/data/dataset.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <span>
#include <string>
#include <vector>

namespace qnn {

namespace detail {

/// Where one coordinate of a resized image lies between two coordinates of the original.
struct Between {
  Index low, high;
  double weight;  // of high; 1 - weight of low
};

/// Half-pixel centres: pixel k covers [k, k+1), its centre is k + 0.5, so position k of `to` is
/// (k + 0.5) * from / to - 0.5 of `from`, held inside 0 .. from-1.
inline Between between(Index k, Index from, Index to) {
  const double centre = (static_cast<double>(k) + 0.5) * static_cast<double>(from) / static_cast<double>(to) - 0.5;
  const double held = std::clamp(centre, 0.0, static_cast<double>(from - 1));
  const auto low = static_cast<Index>(held);
  return {low, std::min(low + 1, from - 1), held - static_cast<double>(low)};
}

/// A window on an image of bytes or floats, channels last: rows are `pitch` elements apart.
template <class Element>
struct Pixels {
  Element* data;
  Index height, width, channels, pitch;

  Element& at(Index row, Index column, Index channel) const { return data[row * pitch + column * channels + channel]; }
  Pixels window(Index row, Index column, Index rows, Index columns) const {
    return {&at(row, column, 0), rows, columns, channels, pitch};
  }
};

template <class Element>
Pixels<Element> pixels_of(std::span<Element> image, const Extents& extents) {
  return {image.data(), extents[0], extents[1], extents[2], extents[1] * extents[2]};
}

/// Writes `in` resized to the extents of `out`. Bytes are rounded to the nearest, halves up.
template <class Element>
void resize_bilinear(Pixels<const Element> in, Pixels<Element> out) {
  for (Index row = 0; row < out.height; ++row) {
    const Between y = between(row, in.height, out.height);
    for (Index column = 0; column < out.width; ++column) {
      const Between x = between(column, in.width, out.width);
      for (Index channel = 0; channel < in.channels; ++channel) {
        const auto mix_row = [&](Index from) {
          return (1.0 - x.weight) * static_cast<double>(in.at(from, x.low, channel)) +
                 x.weight * static_cast<double>(in.at(from, x.high, channel));
        };
        const double mixed = (1.0 - y.weight) * mix_row(y.low) + y.weight * mix_row(y.high);
        out.at(row, column, channel) = static_cast<Element>(std::same_as<Element, float> ? mixed : mixed + 0.5);
      }
    }
  }
}

inline void check_image_extents(const Extents& extents) {
  if (extents.rank() != 3) {
    throw ArgumentError("examples", "images: height, width, channels", to_string(extents));
  }
}

/// Where the ink is: the rows [top, bottom) and columns [left, right) that hold a byte other than 0, and its centre of
/// mass in coordinates of pixels, the channels summed. An image without ink has bottom = 0.
struct Ink {
  Index top, left, bottom = 0, right = 0;
  double row = 0.0, column = 0.0;
};

inline Ink find_ink(Pixels<const std::uint8_t> image) {
  Ink ink{.top = image.height, .left = image.width};
  double mass = 0.0;
  for (Index row = 0; row < image.height; ++row) {
    for (Index column = 0; column < image.width; ++column) {
      double here = 0.0;
      for (Index channel = 0; channel < image.channels; ++channel) {
        here += image.at(row, column, channel);
      }
      if (here > 0.0) {
        ink.top = std::min(ink.top, row);
        ink.left = std::min(ink.left, column);
        ink.bottom = row + 1;
        ink.right = std::max(ink.right, column + 1);
        ink.row += here * static_cast<double>(row);
        ink.column += here * static_cast<double>(column);
        mass += here;
      }
    }
  }
  if (mass > 0.0) {
    ink.row /= mass;
    ink.column /= mass;
  }
  return ink;
}

/// First row (column) for a box of `box` rows with its centre of mass at `mass`, so that the mass comes to lie at
/// extent / 2, to the nearest pixel, but the box stays inside.
inline Index placed(Index extent, Index box, double mass) {
  const double wanted = std::floor(static_cast<double>(extent / 2) - mass + 0.5);
  return static_cast<Index>(std::clamp(wanted, 0.0, static_cast<double>(extent - box)));
}

inline void centre(Pixels<const std::uint8_t> in, Pixels<std::uint8_t> out, Index box) {
  const Ink ink = find_ink(in);
  if (ink.bottom == 0) {
    return;  // nothing to centre: `out` stays black
  }
  const Index height = ink.bottom - ink.top, width = ink.right - ink.left, longest = std::max(height, width);
  const auto scaled = [&](Index extent) { return std::max<Index>(1, (2 * extent * box + longest) / (2 * longest)); };
  const Index rows = scaled(height), columns = scaled(width);
  std::vector<std::uint8_t> memory(static_cast<std::size_t>(rows * columns * in.channels));
  const Pixels<std::uint8_t> fitted{memory.data(), rows, columns, in.channels, columns * in.channels};
  resize_bilinear(in.window(ink.top, ink.left, height, width), fitted);
  const Ink fitted_ink = find_ink({memory.data(), rows, columns, in.channels, fitted.pitch});
  const Index top = placed(out.height, rows, fitted_ink.row), left = placed(out.width, columns, fitted_ink.column);
  for (Index row = 0; row < rows; ++row) {
    std::copy_n(&fitted.at(row, 0, 0), columns * in.channels, &out.at(top + row, left, 0));
  }
}

}  // namespace detail

/// Every image resized to height x width by bilinear interpolation with half-pixel centres (`align_corners = false`):
/// pixel (i, j) is sampled at ((i + 0.5) * H / height - 0.5, (j + 0.5) * W / width - 0.5) of the H x W original, held
/// inside it. No low-pass filter is applied, so more than halving an image skips pixels. Bytes are rounded to the
/// nearest. Labels and normalization stay.
/// @throws ArgumentError unless the examples have rank 3 and the new extents are positive
template <DatasetElement Element>
BasicDataset<Element> resized(const BasicDataset<Element>& images, Index height, Index width) {
  const Extents from = images.extents();
  detail::check_image_extents(from);
  const Extents to{height, width, from[2]};
  return images.mapped(to, [&](std::span<const Element> in, std::span<Element> out) {
    detail::resize_bilinear(detail::pixels_of(in, from), detail::pixels_of(out, to));
  });
}

/// Every image as MNIST would hold it: the ink (all bytes other than 0) is cut out, resized bilinearly so that its
/// longer side is `box` pixels with the aspect kept, and laid on a black height x width image so that its centre of
/// mass lies at pixel (height / 2, width / 2), to the nearest pixel; it is never moved beyond the border.
///
/// Makes other digits fit a network trained on MNIST, whose own are so: box 20 in 28 x 28. MNIST's authors resized with
/// a low-pass filter from larger images. Labels and normalization stay.
/// Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits".
/// @throws ArgumentError unless the examples have rank 3 and 1 <= box <= height, width
inline Dataset centred(const Dataset& images, Index height, Index width, Index box) {
  const Extents from = images.extents();
  detail::check_image_extents(from);
  if (box < 1 || box > std::min(height, width)) {
    throw ArgumentError("box", "1 to " + std::to_string(std::min(height, width)) + ", the extents of the new images",
                        std::to_string(box));
  }
  const Extents to{height, width, from[2]};
  return images.mapped(to, [&](std::span<const std::uint8_t> in, std::span<std::uint8_t> out) {
    detail::centre(detail::pixels_of(in, from), detail::pixels_of(out, to), box);
  });
}

}  // namespace qnn
