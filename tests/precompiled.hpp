// SPDX-License-Identifier: MIT
/// @file
/// What nearly every test includes from elsewhere, compiled once for all of them where QNN_PRECOMPILE_TESTS is on. A
/// test includes what it uses all the same.
#pragma once

#include <doctest/doctest.h>

#include <Eigen/Core>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif
