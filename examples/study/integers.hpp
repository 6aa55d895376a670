// SPDX-License-Identifier: MIT
/// @file
/// The integer precisions that are compared. What the study does with them is compiled in <network>_integers.cpp, and
/// only named in <network>.cpp.
#pragma once

#include "measure.hpp"

#include "qnn/qnn.hpp"

namespace study {

using Int16 = qnn::Int16<>;
using SymmetricPerChannel = qnn::Int8<qnn::Symmetric, qnn::PerChannel>;
using SymmetricPerTensor = qnn::Int8<qnn::Symmetric, qnn::PerTensor>;
using AsymmetricPerChannel = qnn::Int8<qnn::Asymmetric, qnn::PerChannel>;
using AsymmetricPerTensor = qnn::Int8<qnn::Asymmetric, qnn::PerTensor>;

}  // namespace study
