// SPDX-License-Identifier: MIT
/// @file
/// The operator tests of ONNX itself, bit for bit: QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear,
/// QLinearMatMul and QLinearConv. They lie in the Debian package libonnx-testdata; elsewhere, name the folder that
/// holds `test_quantizelinear` in the environment variable QNN_ONNX_TEST_DIR.
#include "onnx_tensor.hpp"
#include "qnn/scheme/quant_tensor.hpp"
#include "qnn/scheme/requantize.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace onnx_test {
namespace {

using namespace qnn;
using qnn::testing::OnnxTensor;
using qnn::testing::read_onnx_tensor;

constexpr CodeRange uint8 = full_range<std::uint8_t>;

/// The inputs, then the outputs, of an ONNX operator test; empty where the test is not on this machine.
std::vector<OnnxTensor> operator_test(const std::string& name, int inputs, int outputs) {
  const char* chosen = std::getenv("QNN_ONNX_TEST_DIR");
  const std::filesystem::path folder =
      std::filesystem::path(chosen ? chosen : "/usr/share/libonnx-testdata/data/node") / name / "test_data_set_0";
  if (!std::filesystem::is_directory(folder)) {
    MESSAGE("skipped: ", name, " of ONNX is not here; install libonnx-testdata or set QNN_ONNX_TEST_DIR");
    return {};
  }
  std::vector<OnnxTensor> tensors;
  for (int i = 0; i < inputs; ++i) {
    tensors.push_back(read_onnx_tensor(folder / ("input_" + std::to_string(i) + ".pb")));
  }
  for (int i = 0; i < outputs; ++i) {
    tensors.push_back(read_onnx_tensor(folder / ("output_" + std::to_string(i) + ".pb")));
  }
  return tensors;
}

/// One parameter set for each scale. ONNX's axis 1 of a batch of one is qnn's outermost extent.
std::vector<Asymmetric::Parameters> parameters_of(const OnnxTensor& scale, const OnnxTensor& zero_point) {
  const auto scales = scale.elements<float>();
  const auto zero_points = zero_point.elements<std::uint8_t>();
  std::vector<Asymmetric::Parameters> parameters;
  for (std::size_t i = 0; i < scales.size(); ++i) {
    parameters.push_back({scales[i], zero_points[i]});
  }
  return parameters;
}

TEST_CASE("ONNX QuantizeLinear") {
  for (const char* name : {"test_quantizelinear", "test_quantizelinear_axis"}) {
    const auto test = operator_test(name, 3, 1);
    if (test.empty()) {
      continue;
    }
    const auto reals = test[0].elements<float>();
    const auto parameters = parameters_of(test[1], test[2]);
    const auto expected = test[3].elements<std::uint8_t>();
    REQUIRE(expected.size() == reals.size());
    const std::size_t group_size = reals.size() / parameters.size();
    for (std::size_t i = 0; i < reals.size(); ++i) {
      CHECK(quantize_value<std::uint8_t>(reals[i], parameters[i / group_size], uint8) == expected[i]);
    }
  }
}

TEST_CASE("ONNX DequantizeLinear, for the whole tensor") {
  const auto test = operator_test("test_dequantizelinear", 3, 1);
  if (test.empty()) {
    return;
  }
  const auto codes = test[0].elements<std::uint8_t>();
  QuantTensor<std::uint8_t, Asymmetric> tensor(Extents{static_cast<Index>(codes.size())});
  std::ranges::copy(codes, tensor.codes().begin());
  std::ranges::copy(parameters_of(test[1], test[2]), tensor.parameters().begin());
  CHECK(tensor.dequantize() == test[3].elements<float>());
}

TEST_CASE("ONNX DequantizeLinear, for each channel") {
  const auto test = operator_test("test_dequantizelinear_axis", 3, 1);
  if (test.empty()) {
    return;
  }
  REQUIRE(test[0].dims == std::vector<std::int64_t>{1, 3, 3, 2});
  QuantTensor<std::uint8_t, Asymmetric, PerChannel> tensor(Extents{3, 3, 2});
  std::ranges::copy(test[0].elements<std::uint8_t>(), tensor.codes().begin());
  std::ranges::copy(parameters_of(test[1], test[2]), tensor.parameters().begin());
  CHECK(tensor.dequantize() == test[3].elements<float>());
}

TEST_CASE("ONNX DynamicQuantizeLinear: scale, zero point and codes chosen from the values") {
  for (const char* name : {"test_dynamicquantizelinear", "test_dynamicquantizelinear_max_adjusted",
                           "test_dynamicquantizelinear_min_adjusted"}) {
    const auto test = operator_test(name, 1, 3);
    if (test.empty()) {
      continue;
    }
    const auto values = test[0].elements<float>();
    const auto tensor = QuantTensor<std::uint8_t, Asymmetric>::quantize(values, {static_cast<Index>(values.size())});
    CHECK(tensor.parameters()[0].scale == test[2].scalar<float>());
    CHECK(tensor.parameters()[0].zero_point == test[3].scalar<std::uint8_t>());
    CHECK(std::ranges::equal(tensor.codes(), test[1].elements<std::uint8_t>()));
  }
}

/// sum_k (a[k * a_step] - za) (b[k * b_step] - zb), then FloatScale to a code.
struct QLinear {
  Asymmetric::Parameters a, b, y;

  std::uint8_t dot(const std::uint8_t* left, Index left_step, const std::uint8_t* right, Index right_step,
                   Index count) const {
    std::int32_t accumulator = 0;
    for (Index k = 0; k < count; ++k) {
      accumulator += (left[k * left_step] - a.zero_point) * (right[k * right_step] - b.zero_point);
    }
    const double real = static_cast<double>(a.scale) * static_cast<double>(b.scale) / static_cast<double>(y.scale);
    const std::int64_t rounded = FloatScale::apply(accumulator, FloatScale::multiplier(real));
    return static_cast<std::uint8_t>(uint8.clamp(rounded + y.zero_point));
  }
};

TEST_CASE("ONNX QLinearMatMul with FloatScale") {
  for (const char* name : {"test_qlinearmatmul_2D", "test_qlinearmatmul_3D"}) {
    const auto test = operator_test(name, 8, 1);
    if (test.empty()) {
      continue;
    }
    const QLinear linear{parameters_of(test[1], test[2]).at(0), parameters_of(test[4], test[5]).at(0),
                         parameters_of(test[6], test[7]).at(0)};
    const auto a = test[0].elements<std::uint8_t>(), b = test[3].elements<std::uint8_t>();
    const std::size_t rank = test[0].dims.size();
    const Index rows = test[0].dims[rank - 2], inner = test[0].dims[rank - 1], columns = test[3].dims[rank - 1];
    const Index matrices = static_cast<Index>(a.size()) / (rows * inner);
    std::vector<std::uint8_t> y;
    for (Index i = 0; i < matrices * rows * columns; ++i) {
      const Index matrix = i / (rows * columns), row = i / columns, column = i % columns;
      y.push_back(linear.dot(&a[static_cast<std::size_t>(row * inner)], 1,
                             &b[static_cast<std::size_t>(matrix * inner * columns + column)], columns, inner));
    }
    CHECK(y == test[8].elements<std::uint8_t>());
  }
}

TEST_CASE("ONNX QLinearConv with FloatScale, one pixel at a time") {
  const auto test = operator_test("test_qlinearconv", 8, 1);
  if (test.empty()) {
    return;
  }
  REQUIRE(test[3].dims == std::vector<std::int64_t>{1, 1, 1, 1});
  const QLinear linear{parameters_of(test[1], test[2]).at(0), parameters_of(test[4], test[5]).at(0),
                       parameters_of(test[6], test[7]).at(0)};
  const auto weight = test[3].scalar<std::uint8_t>();
  std::vector<std::uint8_t> y;
  for (const std::uint8_t pixel : test[0].elements<std::uint8_t>()) {
    y.push_back(linear.dot(&pixel, 1, &weight, 1, 1));
  }
  CHECK(y == test[8].elements<std::uint8_t>());
}

}  // namespace

}  // namespace onnx_test
