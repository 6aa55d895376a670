// SPDX-License-Identifier: MIT
#include "environment.hpp"

#include "qnn/version.hpp"

#include <Eigen/src/Core/util/Macros.h>

#include <array>
#include <ctime>
#include <fstream>
#include <thread>

namespace study {

namespace {

std::string compiler() {
#if defined(__clang__)
  return "clang++ " + std::to_string(__clang_major__) + "." + std::to_string(__clang_minor__) + "." +
         std::to_string(__clang_patchlevel__);
#elif defined(__GNUC__)
  return "g++ " + std::to_string(__GNUC__) + "." + std::to_string(__GNUC_MINOR__) + "." +
         std::to_string(__GNUC_PATCHLEVEL__);
#elif defined(_MSC_VER)
  return "MSVC " + std::to_string(_MSC_VER);
#else
  return "unknown";
#endif
}

/// What this file was compiled for; the whole program is.
std::string instruction_set() {
  std::string names;
  [[maybe_unused]] const auto add = [&names](const char* name) {
    names += (names.empty() ? "" : ", ") + std::string(name);
  };
#if defined(__AVX512VNNI__)
  add("AVX-512 VNNI");
#endif
#if defined(__AVX512BW__)
  add("AVX-512 BW");
#elif defined(__AVX512F__)
  add("AVX-512 F");
#endif
#if defined(__AVXVNNI__)
  add("AVX-VNNI");
#endif
#if defined(__AVX2__)
  add("AVX2");
#elif defined(__AVX__)
  add("AVX");
#elif defined(__SSE4_2__)
  add("SSE4.2");
#elif defined(__SSE2__) || defined(_M_X64)
  add("SSE2");
#endif
#if defined(__FMA__)
  add("FMA");
#endif
#if defined(__ARM_FEATURE_DOTPROD)
  add("NEON with dot products");
#elif defined(__ARM_NEON)
  add("NEON");
#endif
  return names.empty() ? "scalar" : names;
}

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) {
      const std::size_t start = line.find(": ");
      return start == std::string::npos ? std::string() : line.substr(start + 2);
    }
  }
  return {};
}

std::string now() {
  const std::time_t time = std::time(nullptr);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", std::gmtime(&time));
  return {text.data(), length};
}

}  // namespace

std::string library_version() {
  return std::to_string(qnn::version.major) + "." + std::to_string(qnn::version.minor) + "." +
         std::to_string(qnn::version.patch);
}

Environment this_environment() {
#if defined(__OPTIMIZE__) || (defined(_MSC_VER) && defined(NDEBUG))
  const std::string build = "optimized";
#else
  const std::string build = "not optimized: times mean nothing";
#endif
  return {.compiler = compiler(),
          .instruction_set = instruction_set(),
          .build = build,
          .processor = processor(),
          .processors = static_cast<int>(std::thread::hardware_concurrency()),
          .library = library_version(),
          .eigen = std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." +
                   std::to_string(EIGEN_MINOR_VERSION),
          .date = now()};
}

}  // namespace study
