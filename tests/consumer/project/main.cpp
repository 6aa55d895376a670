// SPDX-License-Identifier: MIT
/// @file
/// What a user's program needs from the package: the headers, Eigen, C++20, and what the components bring along.
#include <qnn/qnn.hpp>

#include <Eigen/Core>

#include <cstdio>

#ifdef CONSUMER_HAS_DATA
#include <lzma.h>
#include <zlib.h>
#endif
#ifdef CONSUMER_HAS_SAFETENSORS
#include <nlohmann/json.hpp>
#endif

int main() {
  std::printf("qnn %d.%d.%d, Eigen %d.%d.%d\n", qnn::version.major, qnn::version.minor, qnn::version.patch,
              EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION);
#ifdef CONSUMER_HAS_DATA
  std::printf("zlib %s, liblzma %s\n", zlibVersion(), lzma_version_string());
#endif
#ifdef CONSUMER_HAS_SAFETENSORS
  std::printf("json %s\n", nlohmann::json{{"answer", 42}}.dump().c_str());
#endif
  return qnn::Shape<28, 28, 1>::size == 784 ? 0 : 1;
}
