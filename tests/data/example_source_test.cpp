// SPDX-License-Identifier: MIT
#include "qnn/data/example_source.hpp"

#include "qnn/data/dataset.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace example_source_test {
namespace {

/// The archetype: satisfies the protocol and nothing more. It can neither be copied nor moved nor default-constructed.
class Archetype {
 public:
  explicit Archetype(qnn::Index size) : size_(size) {}
  Archetype(const Archetype&) = delete;
  Archetype& operator=(const Archetype&) = delete;

  qnn::Index size() const { return size_; }
  qnn::Extents extents() const { return {2, 3}; }
  int classes() const { return 4; }
  void copy(qnn::Index i, std::span<float> out) const {
    for (std::size_t k = 0; k < out.size(); ++k) {
      out[k] = static_cast<float>(i) + 0.125f * static_cast<float>(k);
    }
  }
  std::int32_t label(qnn::Index i) const { return static_cast<std::int32_t>(i % 4); }

 private:
  qnn::Index size_;
};

struct WithoutLabels {
  qnn::Index size() const;
  qnn::Extents extents() const;
  int classes() const;
  void copy(qnn::Index, std::span<float>) const;
};

struct CopyChangesTheSource : WithoutLabels {
  std::int32_t label(qnn::Index) const;
  void copy(qnn::Index, std::span<float>);
};

struct LabelsAreFloats : WithoutLabels {
  float label(qnn::Index) const;
};

static_assert(qnn::ExampleSource<Archetype>);
static_assert(qnn::ExampleSource<qnn::Dataset>);
static_assert(qnn::ExampleSource<qnn::FloatDataset>);
static_assert(!qnn::ExampleSource<WithoutLabels>);
static_assert(!qnn::ExampleSource<CopyChangesTheSource>);
static_assert(!qnn::ExampleSource<LabelsAreFloats>);
static_assert(!qnn::ExampleSource<int>);

/// What a reader may do with any source, and the ensures-clauses of the contract.
void check_contract(const qnn::ExampleSource auto& source) {
  std::vector<float> once(static_cast<std::size_t>(qnn::Extents(source.extents()).size()));
  std::vector<float> again(once.size());
  for (qnn::Index i = 0; i < source.size(); ++i) {
    CHECK(source.label(i) >= 0);
    CHECK(source.label(i) < source.classes());
    source.copy(i, once);
    source.copy(i, again);
    CHECK(once == again);
  }
}

}  // namespace

TEST_CASE("a reader of example sources needs no more than the archetype has") {
  check_contract(Archetype(9));
  check_contract(Archetype(0));
}

TEST_CASE("datasets keep the contract of example sources") {
  check_contract(qnn::Dataset({1, 2, 3, 4, 5, 6}, {1, 2, 1}, {0, 1, 1}, 2));
  check_contract(qnn::FloatDataset({1, 2, 3, 4, 5, 6}, {2}, {0, 1, 1}, 2).shuffled(1));
}

}  // namespace example_source_test
