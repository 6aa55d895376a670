// SPDX-License-Identifier: MIT
/// @file
/// The version of the library. CMake reads it from here; nowhere else is it written down.
#pragma once

#include <compare>

#define QNN_VERSION_MAJOR 0
#define QNN_VERSION_MINOR 1
#define QNN_VERSION_PATCH 0

namespace qnn {

/// Semantic version of these headers.
struct Version {
  int major, minor, patch;
  friend constexpr auto operator<=>(const Version&, const Version&) = default;
};

inline constexpr Version version{QNN_VERSION_MAJOR, QNN_VERSION_MINOR, QNN_VERSION_PATCH};

}  // namespace qnn
