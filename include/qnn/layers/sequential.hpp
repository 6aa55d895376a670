// SPDX-License-Identifier: MIT
/// @file
/// Sequential: layers one after the other.
#pragma once

namespace qnn {

/// A network as a type: `Sequential<Input<784>, Dense<128>, ReLU, Dense<10>>`. The first entry of a whole network is an
/// Input. A Sequential without one is a part of a network: an entry of another Sequential, or a branch of a Residual or
/// Concat. Without any layer it passes its input on.
template <class... Layers>
struct Sequential {};

}  // namespace qnn
