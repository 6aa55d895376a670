// SPDX-License-Identifier: MIT
/// @file
/// The half of the library that runs on the device: tensors, schemes, layers, networks. Integer networks need no heap,
/// no iostream and no exceptions. The other half, which trains and quantizes, is qnn/qnn.hpp.
#pragma once

// First, and not by way of the layers: compilers show the way to a header above each error in it.
#include "qnn/scheme/precision.hpp"

#include "qnn/core/rule.hpp"
#include "qnn/layers.hpp"
#include "qnn/network/dynamic_network.hpp"
#include "qnn/network/network.hpp"
#include "qnn/scheme/quant_tensor.hpp"
#include "qnn/version.hpp"
