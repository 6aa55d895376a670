# What qnn needs from others: an installed package where there is one, else a pinned release with a checksum.
# zlib and liblzma belong to the system and are never downloaded: without them there is no qnn::data.
include(FetchContent)

set(QNN_EIGEN_VERSION 3.4)

# Downloads a header-only project and makes the imported target `target` from its folder `include_folder`. The project's
# own CMake code is not run, so that nothing of it is built, tested or installed with qnn.
function(qnn_fetch_headers name target include_folder url sha256)
  message(STATUS "qnn: ${target} is not installed, fetching ${url}")
  if(POLICY CMP0135)
    cmake_policy(SET CMP0135 NEW)
  endif()
  FetchContent_Declare(${name} URL "${url}" URL_HASH "SHA256=${sha256}" SOURCE_SUBDIR no-cmake)
  FetchContent_MakeAvailable(${name})
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} INTERFACE "${${name}_SOURCE_DIR}/${include_folder}")
endfunction()

# Each macro makes one target available; a target that the embedding project already has is left alone.
macro(qnn_need_eigen)
  if(NOT TARGET Eigen3::Eigen)
    find_package(Eigen3 ${QNN_EIGEN_VERSION} CONFIG QUIET)
  endif()
  if(NOT TARGET Eigen3::Eigen)
    qnn_fetch_headers(
      eigen Eigen3::Eigen . https://gitlab.com/libeigen/eigen/-/archive/3.4.0/eigen-3.4.0.tar.gz
      8586084f71f9bde545ee7fa6d00288b264a2b7ac3607b974e54d13e7162c1c72)
  endif()
endmacro()

macro(qnn_need_nlohmann_json)
  if(NOT TARGET nlohmann_json::nlohmann_json)
    find_package(nlohmann_json 3.11 CONFIG QUIET)
  endif()
  if(NOT TARGET nlohmann_json::nlohmann_json)
    qnn_fetch_headers(
      nlohmann_json nlohmann_json::nlohmann_json include
      https://github.com/nlohmann/json/releases/download/v3.11.3/json.tar.xz
      d6c65aca6b1ed68e7a182f4757257b107ae403032760ed6ef121c9d55e81757d)
  endif()
endmacro()

macro(qnn_need_doctest)
  if(NOT TARGET doctest::doctest)
    find_package(doctest 2.4 CONFIG QUIET)
  endif()
  if(NOT TARGET doctest::doctest)
    qnn_fetch_headers(
      doctest doctest::doctest . https://github.com/doctest/doctest/archive/refs/tags/v2.4.11.tar.gz
      632ed2c05a7f53fa961381497bf8069093f0d6628c5f26286161fbd32a560186)
  endif()
endmacro()

macro(qnn_need_cli11)
  if(NOT TARGET CLI11::CLI11)
    find_package(CLI11 2.1 CONFIG QUIET)
  endif()
  if(NOT TARGET CLI11::CLI11)
    qnn_fetch_headers(
      cli11 CLI11::CLI11 include https://github.com/CLIUtils/CLI11/archive/refs/tags/v2.3.2.tar.gz
      aac0ab42108131ac5d3344a9db0fdf25c4db652296641955720a4fbe52334e22)
  endif()
endmacro()

# Google Benchmark is the one dependency that has to be built.
macro(qnn_need_benchmark)
  if(NOT TARGET benchmark::benchmark)
    find_package(benchmark 1.7 CONFIG QUIET)
  endif()
  if(NOT TARGET benchmark::benchmark)
    set(BENCHMARK_ENABLE_TESTING OFF CACHE BOOL "")
    set(BENCHMARK_ENABLE_INSTALL OFF CACHE BOOL "")
    if(POLICY CMP0135)
      cmake_policy(SET CMP0135 NEW)
    endif()
    FetchContent_Declare(
      benchmark
      URL https://github.com/google/benchmark/archive/refs/tags/v1.8.3.tar.gz
      URL_HASH SHA256=6bc180a57d23d4d9515519f92b0c83d61b05b5bab188961f36ac7b06b0d9e9ce)
    FetchContent_MakeAvailable(benchmark)
  endif()
endmacro()
