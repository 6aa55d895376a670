// SPDX-License-Identifier: MIT
/// @file
/// What the models of the library cost: parameters, operations, and memory on a device. All of it is known to the
/// compiler; nothing is run.
#include "qnn/inference.hpp"

#include "qnn/models/autoencoder.hpp"
#include "qnn/models/baseline.hpp"
#include "qnn/models/ds_cnn.hpp"
#include "qnn/models/lenet.hpp"
#include "qnn/models/mobilenet.hpp"
#include "qnn/models/resnet.hpp"
#include "qnn/network/cost.hpp"

#include <initializer_list>
#include <iostream>
#include <string>

namespace {

using qnn::Index;

std::string with_commas(Index number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) {
    digits.insert(at - 3, 1, ',');
  }
  return digits;
}

void print_line(const std::string& name, const std::string& statistics, std::initializer_list<Index> numbers) {
  std::cout << "| `" << name << "` | " << statistics;
  for (const Index number : numbers) {
    std::cout << " | " << with_commas(number);
  }
  std::cout << " |\n";
}

/// One line: input, parameters, multiply-accumulates, and bytes of the arena of one example and of the weights.
template <class Architecture>
void print_model(const std::string& name) {
  using Int8 = qnn::Int8<>;
  print_line(name, qnn::to_string(qnn::Trace<Architecture>::input::extents),
             {qnn::ParameterLayout<Architecture>::size, qnn::multiply_accumulates<Architecture>,
              qnn::arena_bytes<Architecture, qnn::Float32>, qnn::arena_bytes<Architecture, Int8>,
              qnn::Network<Architecture, Int8>::parameter_bytes()});
}

}  // namespace

int main() {
  std::cout << "| model | input | parameters | multiply-accumulates | arena float32 | arena int8 | weights int8 |\n"
               "|---|---|---|---|---|---|---|\n";
  print_model<qnn::BaselineMlp<>>("BaselineMlp<>");
  print_model<qnn::BaselineCnn<>>("BaselineCnn<>");
  print_model<qnn::LeNet5>("LeNet5");
  print_model<qnn::ResNet8>("ResNet8");
  print_model<qnn::ResNet20>("ResNet20");
  print_model<qnn::MobileNet>("MobileNet");
  print_model<qnn::DsCnn>("DsCnn");
  print_model<qnn::Autoencoder>("Autoencoder");
}
