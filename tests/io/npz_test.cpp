// SPDX-License-Identifier: MIT
/// @file
/// NumPy's files: arrays of every kind that is read, and everything that can be wrong in an array or an archive.
#include "qnn/io/npz.hpp"

#include "npz_fixtures.hpp"
#include "qnn/core/random.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace npz_test {

using namespace fixtures;
using namespace std::string_literals;
using qnn::FloatTensor;
using qnn::FloatTensors;
using qnn::Index;
using qnn::WeightFileOptions;

namespace {

using Floats = std::vector<float>;
using Shape = std::vector<Index>;

const std::string three = npy_floats("(3,)", {1, -2, 0.5f});

FloatTensors read(const std::string& bytes, const WeightFileOptions& options = {}) {
  const Folder folder;
  put(folder / "x.npz", bytes);
  return qnn::read_npz(folder / "x.npz", options);
}
std::string npz_refusal(const std::string& bytes, const WeightFileOptions& options = {}) {
  return refusal_by([&] { read(bytes, options); });
}
FloatTensor array(const std::string& bytes) {
  const Folder folder;
  put(folder / "x.npy", bytes);
  return qnn::read_npy(folder / "x.npy");
}
std::string npy_refusal(const std::string& bytes) {
  return refusal_by([&] { array(bytes); });
}
std::string header_refusal(const std::string& header) { return npy_refusal(npy(header, elements(Floats{1, 2, 3}))); }

/// A member with something changed.
template <class Change>
std::string refusal_of_changed(Change&& change, bool packs = false) {
  std::vector<Member> members{member("a", three), member("b", three, packs)};
  change(members[1]);
  return npz_refusal(zip(members));
}

}  // namespace

TEST_CASE("npy: versions 1 to 3, float32 and float64, scalars, empty arrays") {
  for (const int version : {1, 2, 3}) {
    CHECK(array(npy(npy_header("<f4", "(2, 3)"), elements(Floats{1, 2, 3, 4, 5, 6}), version)) ==
          FloatTensor{{2, 3}, {1, 2, 3, 4, 5, 6}});
  }
  CHECK(array(npy(npy_header("<f8", "(2,)"), elements(std::vector<double>{0.1, -3}))) == FloatTensor{{2}, {0.1f, -3}});
  CHECK(array(npy_floats("()", {7})) == FloatTensor{{}, {7}});
  CHECK(array(npy_floats("(0, 7)", {})) == FloatTensor{{0, 7}, {}});
  CHECK(array(npy("{\"shape\":(1,1),\"fortran_order\":False,\"descr\":\"<f4\"}", elements(Floats{5}))) ==
        FloatTensor{{1, 1}, {5}});
}

TEST_CASE("npy: arrays in the order of Fortran are transposed") {
  CHECK(array(npy(npy_header("<f4", "(2, 3)", "True"), elements(Floats{1, 4, 2, 5, 3, 6}))) ==
        FloatTensor{{2, 3}, {1, 2, 3, 4, 5, 6}});
  // Element (i, j, k) of extents (2, 3, 4) lies at i + 2 j + 6 k.
  Floats values(24);
  for (std::size_t at = 0; at < 24; ++at) {
    values[at] = static_cast<float>(100 * (at % 2) + 10 * (at / 2 % 3) + at / 6);
  }
  const FloatTensor found = array(npy(npy_header("<f4", "(2, 3, 4)", "True"), elements(values)));
  for (std::size_t at = 0; at < 24; ++at) {
    CHECK(found.values[at] == static_cast<float>(100 * (at / 12) + 10 * (at / 4 % 3) + at % 4));
  }
  CHECK(array(npy(npy_header("<f4", "(0, 2)", "True"), "")) == FloatTensor{{0, 2}, {}});
}

TEST_CASE("npy: float64 is rounded to the nearest float32, and refused where there is none") {
  const double largest = static_cast<double>(std::numeric_limits<float>::max());
  const auto one = [](double value) { return npy(npy_header("<f8", "(1,)"), elements(std::vector<double>{value})); };
  CHECK(array(one(0x1.0000011p0)).values == Floats{0x1.000002p0f});
  CHECK(array(one(largest * (1 + 1e-8))).values == Floats{std::numeric_limits<float>::max()});
  CHECK(has(npy_refusal(one(largest * 2)), "element 0: expected a number that is finite as a float32, found inf"));
  CHECK(has(npy_refusal(one(-1e300)), "found -inf"));
  CHECK(has(npy_refusal(one(std::numeric_limits<double>::quiet_NaN())), "nan"));
}

TEST_CASE("npy: what is wrong is named") {
  CHECK(has(npy_refusal("PNG"), "x.npy: array \"x\": magic"));
  CHECK(has(npy_refusal(""), "magic"));
  CHECK(has(npy_refusal("\x93NUMPY"), "length: expected a version"));
  CHECK(has(npy_refusal("\x93NUMPY\x01"s + '\0' + "\x05"), "the end after 9 bytes"));
  CHECK(has(npy_refusal(npy(npy_header("<f4", "(3,)"), "", 4)), "version: expected 1.0, 2.0 or 3.0, found 4.0"));
  CHECK(has(npy_refusal(three.substr(0, 60)), "it is truncated"));
  CHECK(has(npy_refusal(three.substr(0, three.size() - 1)),
            "elements: expected as many bytes as 4 times the shape (3,), found 11"));
  CHECK(has(npy_refusal(three + "x"), "found 13"));
  CHECK(has(npy_refusal(npy_floats("(3,)", {1, std::numeric_limits<float>::infinity(), 3})), "element 1"));
  CHECK(has(npy_refusal(npy_floats("(3,)", {1, 2, std::numeric_limits<float>::quiet_NaN()})), "element 2"));
}

TEST_CASE("npy: types other than floats, other orders of bytes") {
  for (const char* type : {"<i8", "<i4", "|u1", "<f2", ">f4", ">f8", "<c8", "|O", "|b1"}) {
    CHECK(
        has(npy_refusal(npy(npy_header(type, "(3,)"), std::string(24, '\0'))),
            "type of elements: expected '<f4' or '<f8': floats of 4 or 8 bytes, little-endian, found '"s + type + "'"));
  }
  CHECK(has(header_refusal("{'descr': [('a', '<f4'), ('b', '<f4')], 'fortran_order': False, 'shape': (3,), }"),
            "found '[('a', '<f4'), ('b', '<f4')]'"));
}

TEST_CASE("npy: shapes that promise what is not there, or more than any number holds") {
  for (const char* shape : {"(4,)", "(2,)", "(1, 2)", "(0,)", "(9223372036854775807,)", "(4294967296, 4294967296)",
                            "(4294967296, 4294967296, 4294967296, 4294967296)", "(2305843009213693952, 4, 2)"}) {
    CHECK(has(header_refusal(npy_header("<f4", shape)), "times the shape "s + shape + ", found 12"));
  }
}

TEST_CASE("npy: headers that are none") {
  for (const char* header : {"",
                             "{",
                             "{}",
                             "}",
                             "{'descr': '<f4'}",
                             "{'descr': '<f4', 'fortran_order': False}",
                             "[1, 2]",
                             "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'shape': (3,)}",
                             "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'more': 1}",
                             "{'descr': '<f4', 'fortran_order': 0, 'shape': (3,)}",
                             "{'descr': '<f4', 'fortran_order': False, 'shape': (3)}",
                             "{'descr': '<f4', 'fortran_order': False, 'shape': [3]}",
                             "{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)}",
                             "{'descr': '<f4', 'fortran_order': False, 'shape': (3,",
                             "{'descr': '<f4', 'fortran_order': False, 'shape': (3 3)}",
                             "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
                             "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)} x",
                             "{'descr': '<f4, 'fortran_order': False, 'shape': (3,)}",
                             "{'descr': [",
                             "{'descr' '<f4', 'fortran_order': False, 'shape': (3,)}",
                             "{'descr': '<f4' 'shape': (3,)}",
                             "{'descr': '<f4', 'fortran_order': False, 'shape': "
                             "(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
                             "1,1)}"}) {
    CHECK(has(header_refusal(header), "header: expected {'descr': ..., 'fortran_order': ..., 'shape': (...)}, found"));
  }
}

TEST_CASE("npz: stored and deflated members, with a comment behind them, are read by name") {
  for (const bool packs : {false, true}) {
    const FloatTensors found = read(
        zip({member("conv1.weight", npy_floats("(1, 2)", {1, 2}), packs), member("a/b", three, !packs)}, "by hand"));
    CHECK(found.source.filename() == "x.npz");
    CHECK(found.tensors.size() == 2);
    CHECK(found.tensors.at("conv1.weight") == FloatTensor{{1, 2}, {1, 2}});
    CHECK(found.tensors.at("a/b") == FloatTensor{{3}, {1, -2, 0.5f}});
  }
  CHECK(read(zip({})).tensors.empty());
}

TEST_CASE("npz: large arrays come back, packed or not") {
  qnn::Random random(3);
  Floats values(100000);
  std::ranges::generate(values, [&] { return random.normal(); });
  for (const bool packs : {false, true}) {
    CHECK(read(zip({member("x", npy_floats("(100, 1000)", values), packs)})).tensors.at("x").values == values);
  }
}

TEST_CASE("npz: tensors that nobody wants are not read") {
  const std::string integer = npy(npy_header("<i8", "()"), std::string(8, '\1'));
  const std::string file = zip({member("bn.weight", three), member("bn.num_batches_tracked", integer)});
  CHECK(has(npz_refusal(file), "array \"bn.num_batches_tracked\": type of elements"));
  CHECK(read(file, {.ignored = {"num_batches_tracked"}}).tensors.size() == 1);
}

TEST_CASE("npz: files that are no archives, or a part of one") {
  const std::string whole = zip({member("a", three), member("b", three, true)}, "a comment");
  CHECK(has(npz_refusal(""), "end of the central directory: expected the bytes 50 4B 05 06"));
  CHECK(has(npz_refusal("PK\5\6"), "it is no zip archive, or truncated"));
  CHECK(has(npz_refusal(three), "it is no zip archive"));
  CHECK(refusal_by([] { qnn::read_npz("/nowhere/x.npz"); }).find("/nowhere/x.npz") == 0);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK(npz_refusal(whole.substr(0, size)) != "no error");
  }
  for (std::size_t cut = 1; cut < whole.size(); cut += 7) {
    CHECK(npz_refusal(whole.substr(cut)) != "no error");
  }
  CHECK(has(npz_refusal(whole + "x"), "end of the central directory"));
}

TEST_CASE("npz: a changed bit is found, or changes nothing that is read") {
  const std::string whole = zip({member("a", three), member("b", three, true)});
  const FloatTensors expected = read(whole);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int bit : {0, 3, 7}) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      const std::string refusal = refusal_by([&] {
        const FloatTensors found = read(changed);
        // Names have no checksum; those of the directory and of local headers must agree.
        CHECK(found.tensors == expected.tensors);
      });
    }
  }
}

TEST_CASE("npz: members that are not what the directory says") {
  CHECK(refusal_of_changed([](Member&) {}) == "no error");
  CHECK(has(refusal_of_changed([](Member& m) { m.crc ^= 1; }), "member \"b.npy\": CRC-32"));
  CHECK(has(refusal_of_changed([](Member& m) { m.crc ^= 1; }, true), "it is corrupt"));
  CHECK(has(refusal_of_changed([](Member& m) { m.flags = 1; }), "expected no encryption"));
  CHECK(has(refusal_of_changed([](Member& m) { m.method = 12; }),
            "method: expected 0, stored, or 8, deflated, found 12"));
  CHECK(has(refusal_of_changed([](Member& m) { ++m.size; }), "stored size"));
  CHECK(has(refusal_of_changed([](Member& m) { m.local_name = "c.npy"; }), "name in its local header"));
  CHECK(has(refusal_of_changed([](Member& m) { m.local_name = std::string(60000, 'x'); }), "name in its local header"));
  CHECK(has(refusal_of_changed([](Member& m) { m.name = "b.txt"; }), "expected arrays, which are called *.npy"));
  CHECK(has(refusal_of_changed([](Member& m) { m.name = "a.npy"; }), "member \"a.npy\": expected each name once"));
  CHECK(has(refusal_of_changed([](Member& m) { m.shift = 1; }), "local header: expected the bytes 50 4B 03 04"));
  CHECK(has(refusal_of_changed([](Member& m) { m.shift = 100000000; }), "local header"));
  CHECK(
      has(refusal_of_changed([](Member& m) { m.size = m.promised_packed = 100000; }), "it overlaps, or is truncated"));
  CHECK(has(npz_refusal(zip({member("a", three)}, "", 1)), "expected the bytes 50 4B 01 02"));
  CHECK(has(npz_refusal(zip({member("a", three), member("b", three)}, "", -1)), "bytes more"));
}

TEST_CASE("npz: members that share bytes") {
  std::vector<Member> members{member("a", three), member("b", three)};
  members[1].shift = -static_cast<std::int64_t>(30 + members[0].name.size() + members[0].extra.size() + three.size());
  CHECK(has(npz_refusal(zip(members)), "local header"));  // both at the same place
  members = {member("a", three), member("b", three)};
  members[0].promised_packed += 10;
  members[0].size += 10;
  CHECK(has(npz_refusal(zip(members)), "member \"a.npy\": expected"));
  CHECK(has(npz_refusal(zip(members)), "it overlaps"));
}

TEST_CASE("npz: deflated members that hold more, less or nothing of what they promise") {
  const auto promise = [](std::uint64_t size) { return refusal_of_changed([&](Member& m) { m.size = size; }, true); };
  CHECK(
      has(promise(three.size() - 1), "deflated data: expected a whole stream of " + std::to_string(three.size() - 1)));
  CHECK(has(promise(three.size() + 1), "found " + std::to_string(three.size()) + " bytes"));
  CHECK(has(promise(0), "deflated data"));
  CHECK(has(promise(0xFFFFFFF0), "expected arrays of at most"));
  CHECK(has(promise(1000000), "unpacked size: expected at most 1032 times"));
  CHECK(has(refusal_of_changed([](Member& m) { m.packed[0] = '\x07'; }, true), "a corrupt one"));
  CHECK(has(refusal_of_changed(
                [](Member& m) {
                  m.packed += "x";
                  ++m.promised_packed;
                },
                true),
            "data left over"));
}

TEST_CASE("npz: a zip bomb is refused before it is unpacked") {
  const std::string zeros = npy_floats("(4000000,)", Floats(4000000));
  const std::string bomb = zip({member("a", zeros, true), member("b", zeros, true)});
  CHECK(bomb.size() < 40000);
  CHECK(has(npz_refusal(bomb, {.max_bytes = 20000000}),
            "member \"b.npy\": expected arrays of at most 20000000 bytes in all"));
  CHECK(read(bomb, {.max_bytes = 40000000}).tensors.size() == 2);
  CHECK(has(npz_refusal(zip({member("a", three)}), {.max_bytes = 100}), "more than the 100 expected at most"));
}

}  // namespace npz_test
