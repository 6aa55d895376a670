// SPDX-License-Identifier: MIT
/// @file
/// Lets doctest print what check_layer found.
#pragma once

#include "qnn/testing/check_layer.hpp"

#include <doctest/doctest.h>

#define CHECK_REPORT(...)                             \
  do {                                                \
    const qnn::testing::Report report_ = __VA_ARGS__; \
    INFO(report_.text());                             \
    CHECK(report_.passed());                          \
  } while (false)
