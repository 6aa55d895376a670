// SPDX-License-Identifier: MIT
#include "qnn/network/stage.hpp"

#include "qnn/layers.hpp"
#include "qnn/network/head.hpp"

#include <doctest/doctest.h>

namespace stage_test {

using namespace qnn;

namespace {

using Plain = Stages<Sequential<Input<8>, Dense<4>, ReLU, Dense<2>>>;
static_assert(Plain::is_linear<1> && !Plain::is_linear<2> && Plain::is_linear<3>);
static_assert(Plain::is_fused<2> && Plain::end<1> == 2 && Plain::end<3> == 3);
static_assert(Plain::clamp<1>.lowest == 0.0f && Plain::clamp<3>.lowest < 0.0f);

// What does nothing in inference does not part a linear layer from its activation.
using Parted = Stages<Sequential<Input<8>, Dense<4>, Expect<4>, Dropout<10>, ReLU6, Dense<2>, Expect<2>>>;
static_assert(Parted::is_fused<4> && Parted::end<1> == 4 && Parted::clamp<1>.highest == 6.0f);
static_assert(Parted::end<5> == 5);

// An activation behind pooling, at the start, or behind another activation has no linear layer to be fused into.
using Unfused = Stages<Sequential<Input<4, 4, 2>, ReLU, Conv2d<2, Kernel<3>>, MaxPool2d<2>, ReLU, ReLU6>>;
static_assert(!Unfused::is_fused<1> && !Unfused::is_fused<4> && !Unfused::is_fused<5> && Unfused::end<2> == 2);

using Classifier = Sequential<Input<8>, Dense<3>, Softmax>;
using Expecting = Sequential<Input<8>, Dense<3>, Softmax, Expect<3>>;
using Logits = Sequential<Input<8>, Dense<3>, Expect<3>>;
static_assert(ends_in_softmax<Classifier> && logits_layer<Classifier> == 1);
static_assert(ends_in_softmax<Expecting> && logits_layer<Expecting> == 1);
static_assert(!ends_in_softmax<Logits> && logits_layer<Logits> == 2);

}  // namespace

TEST_CASE_TEMPLATE("every stage ends behind its start, within the architecture", S, Plain, Parted, Unfused) {
  S::trace::for_each_layer([]<Index I>(IndexConstant<I>) {
    CHECK(S::template end<I> >= I);
    CHECK(S::template end<I> < S::trace::layer_count);
  });
}

}  // namespace stage_test
