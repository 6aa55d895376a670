// SPDX-License-Identifier: MIT
/// @file
/// Eigen, as qnn uses it: without threads of its own.
///
/// qnn shares work among threads by example, never inside one product. Eigen would start and stop threads for each of
/// the many small products of a network, which costs more than they do. The CMake target sets the macro for the whole
/// program; a program that includes Eigen first, by hand and with OpenMP, should define it itself.
#pragma once

#ifndef EIGEN_DONT_PARALLELIZE
#define EIGEN_DONT_PARALLELIZE
#endif
#include <Eigen/Core>
