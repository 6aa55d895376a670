// SPDX-License-Identifier: MIT
/// @file
/// An autoencoder: what it cannot reconstruct is unlike what it was trained on. Train it with `Reconstruction`
/// (training/loss.hpp), judge examples by `reconstruction_errors` (evaluation/reconstruction.hpp).
///
/// The counts are asserted in tests/models/counts_test.cpp.
#pragma once

#include "qnn/layers.hpp"

namespace qnn {

namespace detail {

template <Index Units>
using NormalizedDense = Sequential<Dense<Units>, BatchNorm, ReLU>;

}  // namespace detail

/// The anomaly detector of MLPerf Tiny: 640-128-128-128-128-8-128-128-128-128-640, each Dense but the last with
/// BatchNorm and ReLU. Reads 5 frames of 128 logarithmic mel energies of a machine's sound.
///
/// 269,992 parameters, statistics included, as Keras counts them; 264,192 multiply-accumulate operations. Sources:
/// Koizumi et al., "Description and discussion on DCASE2020 challenge task 2", 2020; https://github.com/mlcommons/tiny,
/// benchmark/training/anomaly_detection/keras_model.py.
/// @tparam Features  elements of an example
/// @tparam Hidden    units of the four layers before the narrowest and behind it
/// @tparam Latent    units of the narrowest layer
template <Index Features, Index Hidden, Index Latent>
using AutoencoderOf = Sequential<Input<Features>,                                                   //
                                 detail::NormalizedDense<Hidden>, detail::NormalizedDense<Hidden>,  //
                                 detail::NormalizedDense<Hidden>, detail::NormalizedDense<Hidden>,  //
                                 detail::NormalizedDense<Latent>,                                   //
                                 detail::NormalizedDense<Hidden>, detail::NormalizedDense<Hidden>,  //
                                 detail::NormalizedDense<Hidden>, detail::NormalizedDense<Hidden>, Dense<Features>>;
using Autoencoder = AutoencoderOf<640, 128, 8>;

}  // namespace qnn
