// SPDX-License-Identifier: MIT
/// @file
/// Everything about data sets. Needs zlib and liblzma; `qnn/data/dataset.hpp` alone needs neither.
#pragma once

#include "qnn/data/catalogue.hpp"
#include "qnn/data/cifar10.hpp"
#include "qnn/data/dataset.hpp"
#include "qnn/data/example_source.hpp"
#include "qnn/data/file.hpp"
#include "qnn/data/find.hpp"
#include "qnn/data/idx.hpp"
#include "qnn/data/load.hpp"
#include "qnn/data/normalization.hpp"
#include "qnn/data/resize.hpp"
