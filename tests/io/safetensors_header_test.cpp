// SPDX-License-Identifier: MIT
/// @file
/// Headers of tensor files: freedoms that they may take, and every way in which one can be bad.
#include "qnn/io/safetensors_header.hpp"

#include "fixtures.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

namespace safetensors_header_test {

using namespace fixtures;

TEST_CASE("safetensors: freedoms of the format that the writer does not take") {
  CHECK(refusal(with_length("{}")) == "no error");
  CHECK(refusal(with_length("{} \n\t  ")) == "no error");
  CHECK(refusal(with_length(R"({"__metadata__":{}})")) == "no error");
  CHECK(refusal(with_length(R"({ "a" : { "shape" : [ ] , "data_offsets":[0,1], "dtype":"U8" } })", "x")) == "no error");
  // Order in the header is not order in the file; an empty tensor may lie anywhere between others.
  CHECK(refusal(with_length(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},)"
                            R"("e":{"dtype":"F32","shape":[0,9223372036854775807],"data_offsets":[1,1]},)"
                            R"("b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
                            "xyz")) == "no error");
}

TEST_CASE("safetensors: a header longer than the format allows") {
  const Folder folder;
  put(folder / "x", length_field(qnn::max_tensor_header + 1) + "{}");
  std::filesystem::resize_file(folder / "x", qnn::max_tensor_header + 100);  // sparse: no such bytes are stored
  CHECK_THROWS_WITH_AS(qnn::TensorFile::read(folder / "x"),
                       doctest::Contains("byte 0: header length of a safetensors file: expected at most 100000000"),
                       qnn::FileError);
}

TEST_CASE("safetensors: headers that are not JSON") {
  using namespace std::string_literals;
  CHECK(has(refusal(with_length("{")), "byte 10: header: not JSON"));
  CHECK(has(refusal(with_length("{\"a\"")), "not JSON"));
  CHECK(has(refusal(with_length("{}x")), "byte 11: header: not JSON"));
  CHECK(has(refusal(with_length("{}{}")), "not JSON"));
  CHECK(has(refusal(with_length("{},")), "not JSON"));
  CHECK(has(refusal(with_length("{/**/}")), "not JSON"));
  CHECK(has(refusal(with_length("{\"\xff\":{}}")), "not JSON"));
  CHECK(has(refusal(with_length("{}\0\0"s)), "byte 10: header: not JSON: a zero byte"));
  CHECK(has(refusal(with_length("{}\0{\"a\":1}"s)), "byte 10: header: not JSON: a zero byte"));
  CHECK(has(refusal(with_length(R"({"a":{"dtype":"U8","shape":[1e999],"data_offsets":[0,1]}})", "x")), "not JSON"));
  const std::string endless = refusal(with_length("{\"" + std::string(1'000'000, 'x')));
  CHECK(has(endless, "not JSON"));
  CHECK(endless.size() < 1000);
}

TEST_CASE("safetensors: keys that occur twice, which most JSON readers take in silence") {
  const std::string a = R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  CHECK(has(refusal(with_length("{" + a + "," + a + "}", "x")), "header: \"a\": the key occurs twice"));
  CHECK(has(refusal(with_length("{" + a + R"(,"\u0061":{}})", "x")), "header: \"a\": the key occurs twice"));
  CHECK(has(refusal(with_length(R"({"__metadata__":{},"__metadata__":{}})")),
            "byte 41: header: \"__metadata__\": the key occurs twice"));
  CHECK(has(refusal(with_length(R"({"__metadata__":{"k":"1","k":"1"}})")),
            "header: \"__metadata__\": \"k\": the key occurs twice"));
  for (const std::string field : {R"("dtype":"U8")", R"("shape":[1])", R"("data_offsets":[0,1])"}) {
    const std::string twice = R"({"a":{)" + field + R"(,"dtype":"U8","shape":[1],"data_offsets":[0,1]}})";
    CHECK(has(refusal(with_length(twice, "x")), "the key occurs twice"));
  }
}

TEST_CASE("safetensors: headers that describe no tensors") {
  const auto entry = [](const std::string& value) { return refusal(with_length("{\"a\":" + value + "}", "x")); };
  const std::string wanted = "header: \"a\": expected an object of dtype, shape and data_offsets, found ";
  CHECK(has(entry("1"), wanted + "1"));
  CHECK(has(entry("-1"), wanted + "-1"));
  CHECK(has(entry("0.5"), wanted + "0.5"));
  CHECK(has(entry("null"), wanted + "null"));
  CHECK(has(entry("true"), wanted + "true"));
  CHECK(has(entry("\"text\""), wanted + "\"text\""));
  CHECK(has(entry("[]"), wanted + "an array"));
  CHECK(has(entry("{}"), "header: \"a\": \"dtype\": the field is missing"));
  CHECK(has(entry(R"({"dtype":"U8","shape":[1]})"), "\"data_offsets\": the field is missing"));
  CHECK(has(entry(R"({"dtype":"U8","data_offsets":[0,1]})"), "\"shape\": the field is missing"));
  CHECK(has(entry(R"({"dtype":"U8","shape":[1],"data_offsets":[0,1],"stride":[1]})"), "\"stride\": unknown field"));
  CHECK(has(entry(R"({"dtype":"F64","shape":[1],"data_offsets":[0,1]})"),
            "byte 27: header: \"a\": \"dtype\": expected one of U8, I8, I16, I32, F32, I64, found \"F64\""));
  CHECK(has(entry(R"({"dtype":"f32","shape":[1],"data_offsets":[0,1]})"), "found \"f32\""));
  CHECK(has(entry(R"({"dtype":"","shape":[1],"data_offsets":[0,1]})"), "found \"\""));
  CHECK(has(entry(R"({"dtype":["U8"],"shape":[1],"data_offsets":[0,1]})"), "found an array"));
  CHECK(has(entry(R"({"dtype":{},"shape":[1],"data_offsets":[0,1]})"), "found an object"));
  CHECK(has(entry(R"({"dtype":4,"shape":[1],"data_offsets":[0,1]})"), "found 4"));
}

TEST_CASE("safetensors: shapes that are none") {
  const auto shape = [](const std::string& value) {
    return refusal(with_length(R"({"a":{"dtype":"F32","data_offsets":[0,4],"shape":)" + value + "}}", "data"));
  };
  const std::string wanted = "\"shape\": expected a whole number from 0 to 9223372036854775807, found ";
  CHECK(shape("[1]") == "no error");
  CHECK(shape("[]") == "no error");
  CHECK(has(shape("[-1]"), wanted + "-1"));
  CHECK(has(shape("[1.0]"), wanted + "1.0"));
  CHECK(has(shape("[1e0]"), wanted + "1e0"));
  CHECK(shape("[1." + std::string(1'000'000, '0') + "]").size() < 1000);
  CHECK(has(shape("[9223372036854775808]"), wanted + "9223372036854775808"));
  CHECK(has(shape("[18446744073709551616]"), wanted + "18446744073709551616"));
  CHECK(has(shape("[\"1\"]"), wanted + "\"1\""));
  CHECK(has(shape("[null]"), wanted + "null"));
  CHECK(has(shape("[[1]]"), "found an array"));
  CHECK(has(shape("[{}]"), "found an object"));
  CHECK(has(shape("1"), "expected an array of numbers, found 1"));
  CHECK(has(shape("\"1\""), "expected an array of numbers, found \"1\""));
  CHECK(has(shape("{}"), "expected an array of numbers, found an object"));
  CHECK(has(shape("[2]"), "expected a range of 8 bytes for F32 [2], found [0, 4]"));
  CHECK(has(shape("[0]"), "expected a range of 0 bytes for F32 [0], found [0, 4]"));
  // Products that leave 64 bits, one of them to come out as 4 bytes.
  CHECK(has(shape("[9223372036854775807]"), "too large for any memory"));
  CHECK(has(shape("[4294967296,4294967296]"), "too large for any memory"));
  CHECK(has(shape("[4611686018427387905,1]"), "too large for any memory"));
  CHECK(has(shape("[4294967296,4294967296,0]"), "too large for any memory"));
  std::string many = "[1";
  for (int i = 1; i < 64; ++i) {
    many += ",1";
  }
  CHECK(shape(many + "]") == "no error");
  CHECK(has(shape(many + ",1]"), "more than 64 numbers"));
}

TEST_CASE("safetensors: offsets that are none, or do not cover the data") {
  const auto offsets = [](const std::string& value) {
    return refusal(with_length(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":)" + value + "}}", "xy"));
  };
  CHECK(offsets("[0,2]") == "no error");
  CHECK(has(offsets("[2,0]"), "expected a range of 2 bytes for U8 [2], found [2, 0]"));
  CHECK(has(offsets("[0,1]"), "expected a range of 2 bytes for U8 [2], found [0, 1]"));
  CHECK(has(offsets("[0]"), "expected two numbers, begin and end, found 1"));
  CHECK(has(offsets("[]"), "expected two numbers, begin and end, found 0"));
  CHECK(has(offsets("[0,1,2]"), "expected two numbers, begin and end, found 3"));
  CHECK(has(offsets("[-2,0]"), "expected a whole number"));
  CHECK(has(offsets("[0,18446744073709551615]"), "expected a whole number"));
  CHECK(has(offsets("{}"), "expected an array of numbers"));
  CHECK(has(offsets("[1,3]"), "leaves a hole"));
  CHECK(has(offsets("[9223372036854775805,9223372036854775807]"), "leaves a hole"));

  const auto pair = [](const std::string& a, const std::string& b, const std::string& data) {
    return refusal(with_length(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":)" + a +
                                   R"(},"b":{"dtype":"U8","shape":[2],"data_offsets":)" + b + "}}",
                               data));
  };
  CHECK(pair("[0,2]", "[2,4]", "wxyz") == "no error");
  CHECK(pair("[2,4]", "[0,2]", "wxyz") == "no error");
  CHECK(has(pair("[0,2]", "[0,2]", "wx"), "tensor \"b\" overlaps another"));
  CHECK(has(pair("[0,2]", "[1,3]", "wxy"),
            "byte 114: tensor \"b\" overlaps another: expected its data to begin at byte 115, found byte 114"));
  CHECK(has(pair("[0,2]", "[3,5]", "vwxyz"), "tensor \"b\" leaves a hole"));
  CHECK(has(pair("[0,2]", "[2,4]", "wxyz!!"),
            "byte 117: data that belongs to no tensor; size of the file: expected 117, found 119"));
  CHECK(has(pair("[0,2]", "[2,4]", "wxy"), "tensor \"b\" ends behind the end of the file"));
  CHECK(has(refusal(with_length("{}", "x")),
            "byte 10: data that belongs to no tensor; size of the file: expected 10, found 11"));
}

TEST_CASE("safetensors: metadata that is not text") {
  const auto metadata = [](const std::string& value) {
    return refusal(with_length(R"({"__metadata__":)" + value + "}"));
  };
  CHECK(metadata(R"({"k":"v"})") == "no error");
  for (const std::string value : {"1", "-1", "0.5", "null", "true", "[]", "{}"}) {
    CHECK(has(metadata("{\"k\":" + value + "}"), "header: \"__metadata__\": \"k\": expected a text, found "));
  }
  for (const std::string value : {"1", "null", "\"v\"", "[]"}) {
    CHECK(has(metadata(value), "header: \"__metadata__\": expected an object of texts, found "));
  }
}

TEST_CASE("safetensors: deep nesting is refused at its first step, not followed") {
  const std::string deep(5'000'000, '[');
  CHECK(has(refusal(with_length("{\"a\":" + deep)), "byte 14: header: \"a\""));
  CHECK(has(refusal(with_length(R"({"a":{"shape":)" + deep)), "found an array"));
  std::string objects = "{";
  for (int i = 0; i < 1'000'000; ++i) {
    objects += "\"dtype\":{";
  }
  CHECK(has(refusal(with_length(objects)), "found an object"));
}

}  // namespace safetensors_header_test
