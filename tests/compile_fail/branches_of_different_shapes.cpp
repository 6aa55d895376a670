// SPDX-License-Identifier: MIT
// One branch of a Residual halves the image, the other passes it on.
// expect: shape_mismatch<.*at_layer<4>.*Add.*Inputs<.*Shape<4, 4, 16>.*Shape<8, 8, 8>.*branches_have_one_shape
// max-lines-gcc: 12
// max-lines-clang: 20
// max-errors: 1
#include "qnn/qnn.hpp"

using Main = qnn::Sequential<qnn::Conv2d<16, qnn::Kernel<3>, qnn::Same, qnn::Stride<2>>, qnn::ReLU,
                             qnn::Conv2d<16, qnn::Kernel<3>, qnn::Same>>;
#ifdef QNN_MUST_FAIL
using Block = qnn::Residual<Main>;
#else
using Block = qnn::Residual<Main, qnn::Conv2d<16, qnn::Kernel<1>, qnn::Stride<2>>>;
#endif

using Architecture = qnn::Sequential<qnn::Input<8, 8, 8>, Block, qnn::ReLU, qnn::Flatten, qnn::Dense<10>>;

void use(const qnn::FloatDataset& examples) {
  qnn::Network<Architecture, qnn::Float32> network(qnn::HeNormal{.seed = 1});
  qnn::train(network, examples, qnn::CrossEntropy{}, qnn::Adam{});
}
