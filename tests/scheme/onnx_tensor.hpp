// SPDX-License-Identifier: MIT
/// @file
/// Reads the tensors of ONNX's own operator tests: a serialized onnx.TensorProto, of which only `dims` (field 1),
/// `data_type` (2) and `raw_data` (9) are needed. Source: onnx/onnx.proto; protobuf encoding guide.
#pragma once

#include "qnn/core/file_error.hpp"

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace qnn::testing {

struct OnnxTensor {
  std::vector<std::int64_t> dims;
  std::string raw_data;  ///< little-endian elements

  /// The elements as `T`. @throws Error where their number is not that of `dims`
  template <class T>
  std::vector<T> elements() const {
    std::size_t count = 1;
    for (const std::int64_t dim : dims) {
      count *= static_cast<std::size_t>(dim);
    }
    if (raw_data.size() != count * sizeof(T)) {
      throw Error("onnx tensor: " + std::to_string(raw_data.size()) + " bytes for " + std::to_string(count) +
                  " elements");
    }
    std::vector<T> values(count);
    std::memcpy(values.data(), raw_data.data(), raw_data.size());
    return values;
  }
  template <class T>
  T scalar() const {
    return elements<T>().at(0);
  }
};

/// Walks over the fields of one protobuf message.
class ProtobufReader {
 public:
  explicit ProtobufReader(std::string bytes) : bytes_(std::move(bytes)) {}

  bool at_end() const { return position_ == bytes_.size(); }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes(1)[0]);
      value |= std::uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) {
        return value;
      }
    }
    throw Error("protobuf: a varint of more than 64 bits");
  }
  std::string bytes(std::uint64_t count) {
    if (count > bytes_.size() - position_) {
      throw Error("protobuf: the message is cut short");
    }
    position_ += count;
    return bytes_.substr(position_ - count, count);
  }

 private:
  std::string bytes_;
  std::size_t position_ = 0;
};

inline OnnxTensor read_onnx_tensor(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    throw FileError(file, "cannot be opened");
  }
  ProtobufReader reader(std::string(std::istreambuf_iterator<char>(stream), {}));
  OnnxTensor tensor;
  while (!reader.at_end()) {
    const std::uint64_t tag = reader.varint();
    const std::uint64_t field = tag >> 3, wire_type = tag & 7;
    if (wire_type == 0) {
      const auto value = static_cast<std::int64_t>(reader.varint());
      if (field == 1) {
        tensor.dims.push_back(value);
      }
    } else if (wire_type == 2) {
      std::string content = reader.bytes(reader.varint());
      if (field == 1) {  // packed dims
        for (ProtobufReader dims(std::move(content)); !dims.at_end();) {
          tensor.dims.push_back(static_cast<std::int64_t>(dims.varint()));
        }
      } else if (field == 9) {
        tensor.raw_data = std::move(content);
      }
    } else {
      throw FileError(file, "wire type " + std::to_string(wire_type) + " is not expected in a TensorProto");
    }
  }
  return tensor;
}

}  // namespace qnn::testing
