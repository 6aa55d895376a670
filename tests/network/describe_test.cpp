// SPDX-License-Identifier: MIT
#include "qnn/network/describe.hpp"

#include "qnn/layers.hpp"

#include <doctest/doctest.h>

#include <set>

namespace describe_test {
namespace {

using namespace qnn;

template <class... Architectures>
std::set<std::string> fingerprints() {
  return {fingerprint<Architectures>()...};
}

template <class... Layers>
using Image = Sequential<Input<8, 8, 4>, Layers...>;

}  // namespace

TEST_CASE("describe: one line a layer, with its options, shape, parameters and multiplications") {
  const auto lines = describe<
      Image<Conv2d<6, Kernel<3>, Same, Groups<2>>, ReLU, MaxPool2d<2>, Flatten, Dropout<30>, Dense<10, NoBias>>>();
  REQUIRE(lines.size() == 7);
  CHECK(lines[0].name == "Input");
  CHECK(lines[0].output == Extents{8, 8, 4});
  CHECK(lines[1].name == "Conv2d");
  CHECK(lines[1].details == "kernel 3x3, stride 1x1, dilation 1x1, padding 1x1, groups 2");
  CHECK(lines[1].parameters == 6 * 9 * 2 + 6);
  CHECK(lines[1].multiplications == 8 * 8 * 6 * 9 * 2);
  CHECK(lines[2].parameters == 0);
  CHECK(lines[3].output == Extents{4, 4, 6});
  CHECK(lines[5].details == "30 %");
  CHECK(lines[6].parameters == 960);
  CHECK(lines[6].multiplications == 960);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    CHECK(lines[i].layer == static_cast<Index>(i));
  }
}

TEST_CASE("fingerprint: 16 hexadecimal digits, equal for equal architectures") {
  using One = Image<Conv2d<4, Kernel<3>, Same, Stride<2>>, ReLU>;
  using Two = Sequential<Input<8, 8, 4>, Conv2d<4, Stride<2>, Same, Kernel<3>>, ReLU>;
  CHECK(fingerprint<One>() == fingerprint<Two>());
  CHECK(fingerprint<One>().size() == 16);
  CHECK(fingerprint<One>().find_first_not_of("0123456789abcdef") == std::string::npos);
}

TEST_CASE("fingerprint: whatever computes differently differs") {
  using K = Kernel<3>;
  const auto all =
      fingerprints<Image<Conv2d<4, K>>, Image<Conv2d<4, K, Same>>, Image<Conv2d<4, K, Stride<2>>>,
                   Image<Conv2d<4, K, Same, Stride<2>>>, Image<Conv2d<4, K, Padding<1>, Stride<2>>>,
                   Image<Conv2d<4, K, Dilation<2>>>, Image<Conv2d<4, K, Padding<2>, Dilation<2>>>,
                   Image<Conv2d<4, K, Groups<2>>>, Image<Conv2d<4, K, NoBias>>, Image<Conv2d<5, K>>,
                   Image<Conv2d<4, Kernel<3, 1>>>, Image<Conv2d<4, Kernel<1, 3>>>, Image<Conv2d<4, K, Groups<4>>>>();
  CHECK(all.size() == 13);
  const auto pools = fingerprints<Image<MaxPool2d<2>>, Image<AveragePool2d<2>>, Image<MaxPool2d<3, Stride<2>, Same>>,
                                  Image<MaxPool2d<2, Stride<2>, Same>>, Image<MaxPool2d<3, Stride<2>, Padding<1>>>,
                                  Image<GlobalAveragePool2d>, Image<ReLU>, Image<ReLU6>, Image<Dropout<10>>,
                                  Image<Dropout<20>>, Image<Flatten>, Image<>>();
  CHECK(pools.size() == 11);  // MaxPool2d<2, Stride<2>, Same> is MaxPool2d<2> on an even image
  CHECK(fingerprints<Sequential<Input<4>, Dense<4>, Dense<4>, ReLU>, Sequential<Input<4>, Dense<4>, ReLU, Dense<4>>,
                     Sequential<Input<2, 2, 1>, Flatten, Dense<4>, ReLU, Dense<4>>>()
            .size() == 3);
}

}  // namespace describe_test
