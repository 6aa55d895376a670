// SPDX-License-Identifier: MIT
/// @file
/// The shape trace: what each layer receives, and the type that names a broken rule.
#include "qnn/network/sequential.hpp"

#include "qnn/layers.hpp"
#include "qnn/network/stage.hpp"

#include <doctest/doctest.h>

#include <type_traits>
#include <vector>

namespace sequential_test {
namespace {

using namespace qnn;

template <class Architecture, Index I, class Expected>
inline constexpr bool gives = std::is_same_v<typename Trace<Architecture>::template shape<I>, Expected>;
template <class Architecture, class Place, class Layer, class Received, class Broken>
inline constexpr bool refuses = std::is_same_v<typename Trace<Architecture>::failure,
                                               shape_mismatch<Place, Layer, receives<Received>, broken_rule<Broken>>>;
template <class Architecture>
inline constexpr bool accepts = std::is_void_v<typename Trace<Architecture>::failure>;

using LeNet = Sequential<Input<28, 28, 1>, Conv2d<32, Kernel<3>, Same>, ReLU, MaxPool2d<2>, Conv2d<64, Kernel<3>, Same>,
                         ReLU, MaxPool2d<2>, Expect<7, 7, 64>, Flatten, Dense<128>, ReLU, Dense<10>>;
static_assert(accepts<LeNet> && Trace<LeNet>::layer_count == 12);
static_assert(gives<LeNet, 0, Shape<28, 28, 1>> && gives<LeNet, 1, Shape<28, 28, 32>> &&
              gives<LeNet, 3, Shape<14, 14, 32>> && gives<LeNet, 5, Shape<14, 14, 64>> &&
              gives<LeNet, 6, Shape<7, 7, 64>> && gives<LeNet, 8, Shape<3136>> && gives<LeNet, 9, Shape<128>> &&
              gives<LeNet, 11, Shape<10>>);

using Mlp = Sequential<Input<784>, Dense<100>, ReLU6, Dropout<20>, Dense<10>, Softmax>;
static_assert(accepts<Mlp> && gives<Mlp, 3, Shape<100>> && gives<Mlp, 5, Shape<10>>);

using Separable =
    Sequential<Input<32, 30, 3>, Conv2d<8, Kernel<3>, Stride<2>, Same>, ReLU6, Conv2d<8, Kernel<3>, Groups<8>, Same>,
               ReLU6, Conv2d<16, Kernel<1>>, ReLU6, AveragePool2d<3, Stride<2>>, GlobalAveragePool2d, Dense<4>>;
static_assert(accepts<Separable> && gives<Separable, 1, Shape<16, 15, 8>> && gives<Separable, 5, Shape<16, 15, 16>> &&
              gives<Separable, 7, Shape<7, 7, 16>> && gives<Separable, 8, Shape<16>>);

using Nothing = Sequential<Input<3>>;
static_assert(accepts<Nothing> && Trace<Nothing>::layer_count == 1 && std::is_same_v<Trace<Nothing>::output, Shape<3>>);

// The first broken rule, at its place; what follows does not matter.
using Forgotten = Sequential<Input<28, 28, 1>, Conv2d<32, Kernel<3>>, ReLU, Dense<10>, Softmax, Dense<10>>;
static_assert(refuses<Forgotten, at_layer<3>, Dense<10>, Shape<26, 26, 32>, rule::input_is_flat>);
static_assert(refuses<Sequential<Input<5>, MaxPool2d<2>>, at_layer<1>, MaxPool2d<2>, Shape<5>, rule::input_is_image>);
using Large = Conv2d<1, Kernel<3>, Dilation<3>>;
static_assert(
    refuses<Sequential<Input<6, 9, 1>, Large>, at_layer<1>, Large, Shape<6, 9, 1>, rule::window_fits_the_padded_image>);
static_assert(accepts<Sequential<Input<7, 7, 1>, Large>>);
using Grouped = Conv2d<4, Kernel<1>, Groups<3>>;
static_assert(refuses<Sequential<Input<2, 2, 3>, Grouped>, at_layer<1>, Grouped, Shape<2, 2, 3>,
                      rule::groups_divide_the_channels>);
static_assert(refuses<Sequential<Input<2, 2, 4>, Grouped>, at_layer<1>, Grouped, Shape<2, 2, 4>,
                      rule::groups_divide_the_channels>);
using Outside = MaxPool2d<2, Padding<2>>;
static_assert(refuses<Sequential<Input<4, 4, 1>, Outside>, at_layer<1>, Outside, Shape<4, 4, 1>,
                      rule::window_reaches_beyond_the_padding>);
static_assert(accepts<Sequential<Input<4, 4, 1>, MaxPool2d<2, Padding<1>>>>);
static_assert(refuses<Sequential<Input<4>, Expect<5>>, at_layer<1>, Expect<5>, Shape<4>, rule::shape_is_as_expected>);
static_assert(refuses<Sequential<Dense<3>, ReLU>, at_layer<0>, Dense<3>, void, rule::is_a_layer>);
static_assert(refuses<Sequential<Input<4>, int>, at_layer<1>, int, Shape<4>, rule::is_a_layer>);
static_assert(refuses<Sequential<Input<4>, ReLU, Input<4>>, at_layer<2>, Input<4>, Shape<4>, rule::is_a_layer>);

// Stages: an activation directly behind a linear layer belongs to it, and nothing else does.
using Staged = Stages<LeNet>;
static_assert(Staged::is_linear<1> && !Staged::is_linear<2> && Staged::is_fused<2> && !Staged::is_fused<3> &&
              Staged::is_fused<10> && !Staged::is_fused<0> && !Staged::is_fused<11>);
static_assert(Staged::end<1> == 2 && Staged::end<3> == 3 && Staged::end<9> == 10 && Staged::end<11> == 11);
static_assert(Staged::clamp<1>.lowest == 0.0f && Staged::clamp<11>.lowest == -std::numeric_limits<float>::infinity());
using Unfused = Stages<
    Sequential<Input<4, 4, 1>, ReLU, Conv2d<2, Kernel<1>>, MaxPool2d<2>, ReLU, ReLU6, Flatten, Dense<2>, ReLU6, ReLU>>;
static_assert(!Unfused::is_fused<1> && !Unfused::is_fused<4> && !Unfused::is_fused<5> && Unfused::is_fused<8> &&
              !Unfused::is_fused<9> && Unfused::clamp<7>.highest == 6.0f && Unfused::end<2> == 2);

// Branches are taken apart into a list, whose layers know their sources.
using Branched = Sequential<Input<8, 8, 4>, Residual<Sequential<Conv2d<4, Kernel<3>, Same>, ReLU>>,
                            Concat<Conv2d<3, Kernel<1>>, Sequential<>>, Flatten, Dense<2>>;
using Graph = Trace<Branched>;  // 0 Input 1 Conv2d 2 ReLU 3 Add 4 Conv2d 5 Concatenate 6 Flatten 7 Dense
static_assert(accepts<Branched> && Graph::layer_count == 8 && gives<Branched, 5, Shape<8, 8, 7>>);
static_assert(Graph::sources<3> == std::array<Index, 2>{2, 0} && Graph::sources<4> == std::array<Index, 1>{3} &&
              Graph::sources<5> == std::array<Index, 2>{4, 3} && Graph::readers[0] == 2 && Graph::readers[3] == 2);
static_assert(std::is_same_v<Graph::received<5>, Inputs<Shape<8, 8, 3>, Shape<8, 8, 4>>>);
// What hands on its input is looked through, however many follow one another; what computes is not, fused or not.
static_assert(Graph::producer == std::array<Index, 8>{0, 1, 2, 3, 4, 5, 5, 7});
static_assert(Trace<Mlp>::producer == std::array<Index, 6>{0, 1, 2, 2, 4, 5});
static_assert(Trace<Sequential<Input<2, 2, 1>, Dropout<20>, Flatten, Dense<3>, Expect<3>, Dropout<20>>>::producer ==
              std::array<Index, 6>{0, 0, 0, 3, 3, 3});
static_assert(Trace<Sequential<Input<2, 2, 1>, Residual<Sequential<>, Expect<2, 2, 1>>, Flatten>>::producer ==
              std::array<Index, 4>{0, 0, 2, 2});
static_assert(Trace<Nothing>::producer == std::array<Index, 1>{0});
using Shrunk = Sequential<Input<8, 8, 4>, Residual<Conv2d<4, Kernel<3>>>, ReLU>;
static_assert(refuses<Shrunk, at_layer<2>, Add, Inputs<Shape<6, 6, 4>, Shape<8, 8, 4>>, rule::branches_have_one_shape>);
using Torn = Sequential<Input<8, 8, 4>, Concat<Conv2d<4, Kernel<3>>, Flatten>>;
static_assert(
    refuses<Torn, at_layer<3>, Concatenate, Inputs<Shape<6, 6, 4>, Shape<256>>, rule::branches_have_one_size>);

// What another branch reads as well is not fused; a sum is, and a normalization of the same shape.
using Shared = Stages<Sequential<Input<4>, Dense<4>, Residual<ReLU>, ReLU, Dense<3>, BatchNorm, ReLU6>>;
static_assert(!Shared::is_fused<2> && Shared::is_fused<4> && Shared::end<3> == 4 && Shared::is_fused<6> &&
              Shared::normalization<5> == 6 && Shared::end<5> == 7 && Shared::clamp<5>.highest == 6.0f);
using Turned = Stages<Sequential<Input<6, 6, 1>, Conv2d<4, Kernel<3>>, Flatten, BatchNorm>>;
static_assert(!Turned::is_fused<3> && Turned::normalization<1> == 1);

}  // namespace

TEST_CASE("for_each_layer visits every layer but the Input, in order") {
  std::vector<Index> visited;
  Trace<Mlp>::for_each_layer([&]<Index I>(IndexConstant<I>) { visited.push_back(I); });
  CHECK(visited == std::vector<Index>{1, 2, 3, 4, 5});
  Trace<Nothing>::for_each_layer([&]<Index I>(IndexConstant<I>) { visited.clear(); });
  CHECK(visited.size() == 5);
}

}  // namespace sequential_test
