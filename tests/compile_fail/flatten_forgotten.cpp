// SPDX-License-Identifier: MIT
// An image goes into a Dense layer. However much the network is used afterwards, there is one error.
// expect: shape_mismatch<.*at_layer<3>.*Dense<10>.*Shape<26, 26, 32>.*input_is_flat
// max-lines-gcc: 12
// max-lines-clang: 20
// max-errors: 1
#include "qnn/qnn.hpp"

#ifdef QNN_MUST_FAIL
using Architecture =
    qnn::Sequential<qnn::Input<28, 28, 1>, qnn::Conv2d<32, qnn::Kernel<3>>, qnn::ReLU, qnn::Dense<10>, qnn::Softmax>;
#else
using Architecture = qnn::Sequential<qnn::Input<28, 28, 1>, qnn::Conv2d<32, qnn::Kernel<3>>, qnn::ReLU, qnn::Flatten,
                                     qnn::Dense<10>, qnn::Softmax>;
#endif

void use(const qnn::FloatDataset& examples) {
  qnn::Network<Architecture, qnn::Float32> network(qnn::HeNormal{.seed = 1});
  qnn::train(network, examples, qnn::CrossEntropy{}, qnn::Adam{});
  const std::vector<float> outputs = qnn::predict(network, examples);
  std::vector<float> x(784), y(10);
  qnn::HeapArena<qnn::Network<Architecture, qnn::Float32>> arena(1);
  network.forward({x.data(), 1}, {y.data(), 1}, arena);
}
