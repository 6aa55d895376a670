// SPDX-License-Identifier: MIT
/// @file
/// Instruction sets: tags that inherit, what this machine offers, and the one choice that all kernels follow.
///
/// A kernel is a set of overloads, one for each tag that has a version of its own. A tag converts to the one that it
/// inherits from, so what an instruction set lacks falls back to the next simpler version.
///
/// The choice is made at run time, once: the best that the processor and the operating system offer, or what the
/// environment variable `QNN_ISA` names. Compiler flags have no part in it (but for Arm outside of Linux, where there
/// is no way to ask).
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/error.hpp"

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

#if QNN_HAS_X86_KERNELS
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#elif QNN_HAS_ARM_KERNELS && defined(__linux__)
#include <sys/auxv.h>
#endif

namespace qnn::isa {

/// The loops that define every result: kernels/reference.
struct Reference {};
/// The same in an order that compilers vectorize for whatever they compile for.
struct Portable : Reference {};

/// Whatever has kernels of its own.
struct Vector : Portable {
  /// Bytes of an 8-bit input with its offset, as its kernels read it.
  static constexpr int input_bytes = 1;
  /// Blocks of weights (vector/job.hpp) that its tiles read side by side.
  static constexpr int panel_blocks(int /*code_bytes*/) { return 1; }
  /// Whether 16-bit codes are multiplied whole (vector/accumulate_whole_words.inl): for that the sum of four 8-bit
  /// products has to be as cheap as that of two 16-bit ones.
  static constexpr bool has_whole_words = false;
  /// Whether registers are others than those of the tag that it inherits from.
  static constexpr bool has_own_registers = true;
  /// Whether inputs are lowered and looked through (vector/lowering.inl) in another way, or by wider registers.
  static constexpr bool has_own_lowering(int /*code_bytes*/) { return true; }
};

/// x86, 256 bits: products of 16-bit pairs (`vpmaddwd`), of codes of seven bits by 8-bit ones (`vpmaddubsw`), float
/// products with sums (FMA).
struct Avx2 : Vector {
  static constexpr int input_bytes = 2;
};
/// x86, 256 bits: sums of four 8-bit products (`vpdpbusd`).
struct AvxVnni : Avx2 {
  static constexpr int input_bytes = 1;
  static constexpr bool has_whole_words = true;
  static constexpr bool has_own_registers = false;
};
/// x86, 512 bits: the same with four times the registers.
struct Avx512Vnni : AvxVnni {
  static constexpr int panel_blocks(int /*code_bytes*/) { return 4; }
  static constexpr bool has_own_registers = true;
  static constexpr bool has_own_lowering(int code_bytes) { return code_bytes == 2; }
};

/// x86, registers of 1024 bytes: 16 by 16 sums of 64 8-bit products (`tdpbssd`, `tdpbusd`). All else is that of
/// AVX512-VNNI.
struct Amx : Avx512Vnni {
  static constexpr bool has_own_registers = false;
  static constexpr bool has_own_lowering(int /*code_bytes*/) { return false; }
};

/// Arm, 128 bits: widening products (`smull`, `sadalp`).
struct Neon : Vector {};
/// Arm, 128 bits: sums of four 8-bit products (`sdot`).
struct NeonDotprod : Neon {
  static constexpr bool has_own_registers = false;
  static constexpr bool has_own_lowering(int /*code_bytes*/) { return false; }
};

/// The tags as values, from the simplest to the fastest.
enum class Name { reference, portable, avx2, avxvnni, avx512vnni, amx, neon, neon_dotprod };

inline constexpr std::array all_names{Name::reference,  Name::portable, Name::avx2, Name::avxvnni,
                                      Name::avx512vnni, Name::amx,      Name::neon, Name::neon_dotprod};

/// Their spelling in `QNN_ISA`.
constexpr std::string_view text(Name name) {
  constexpr std::array<std::string_view, 8> texts{"reference",  "portable", "avx2", "avxvnni",
                                                  "avx512vnni", "amx",      "neon", "neon_dotprod"};
  return texts[static_cast<std::size_t>(name)];
}

#if QNN_HAS_X86_KERNELS && defined(__linux__)
/// Whether there are tile registers, and the operating system keeps them for this process: it has to be asked. Asking
/// changes the process: signal stacks that are too small for them (some 11 KiB) are refused from then on. Where there
/// is one already the request fails, and so does this. `QNN_ISA=avx512vnni` never asks. Source: Linux,
/// Documentation/arch/x86/xstate.rst.
QNN_COLD inline bool has_tiles() {
  constexpr unsigned tiles_and_products = 3u << 24, state_of_tiles = 3u << 17;
  constexpr long request_permission = 0x1023, tile_data = 18;
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c >> 27 & 1) == 0 ||  // whether the next instruction exists
      __get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & tiles_and_products) != tiles_and_products) {
    return false;
  }
  asm volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
  return (a & state_of_tiles) == state_of_tiles && syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}
#endif

/// Whether processor and operating system can run the instructions of `name`.
inline bool is_supported(Name name) {
  switch (name) {
    case Name::reference:
    case Name::portable:
      return true;
#if QNN_HAS_X86_KERNELS
    case Name::avx2:
      return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
    case Name::avxvnni: {  // leaf 7, subleaf 1, EAX bit 4; the registers are those of AVX2
      unsigned a = 0, b = 0, c = 0, d = 0;
      return is_supported(Name::avx2) && __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a >> 4 & 1) != 0;
    }
    case Name::avx512vnni:
      return __builtin_cpu_supports("avx512vnni") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
             __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
             __builtin_cpu_supports("fma") != 0;
#if defined(__linux__)
    case Name::amx:
      return is_supported(Name::avx512vnni) && has_tiles();
#endif
#elif QNN_HAS_ARM_KERNELS
    case Name::neon:
      return true;  // part of AArch64
    case Name::neon_dotprod:
#if defined(__ARM_FEATURE_DOTPROD)
      return true;
#elif defined(__linux__)
      return (getauxval(AT_HWCAP) >> 20 & 1) != 0;  // HWCAP_ASIMDDP
#else
      return false;
#endif
#endif
    default:
      return false;
  }
}

/// The fastest that this machine supports.
QNN_COLD inline Name best() {
  for (const Name name : {Name::amx, Name::avx512vnni, Name::avxvnni, Name::avx2, Name::neon_dotprod, Name::neon}) {
    if (is_supported(name)) {
      return name;
    }
  }
  return Name::portable;
}

/// `best()`, or what `requested` names unless it is empty.
/// @throws ArgumentError for a name that does not exist or that this machine cannot run
QNN_COLD inline Name choose(std::string_view requested) {
  if (requested.empty()) {
    return best();
  }
  for (const Name name : all_names) {
    if (text(name) == requested && is_supported(name)) {
      return name;
    }
  }
  std::string supported;
  for (const Name name : all_names) {
    if (is_supported(name)) {
      supported += (supported.empty() ? "" : ", ") + std::string(text(name));
    }
  }
  raise(ArgumentError("QNN_ISA", "empty or one that this machine supports: " + supported, std::string(requested)));
}

/// The choice of this process. @throws ArgumentError as choose() does, when first called
inline Name active() {
  static const Name chosen = [] {
    const char* const requested = std::getenv("QNN_ISA");
    return choose(requested == nullptr ? "" : requested);
  }();
  return chosen;
}

/// Calls `body` with the tag of `name`.
template <class Body>
decltype(auto) with_tag(Name name, Body&& body) {
  switch (name) {
    case Name::reference:
      return body(Reference{});
#if QNN_HAS_X86_KERNELS
    case Name::avx2:
      return body(Avx2{});
    case Name::avxvnni:
      return body(AvxVnni{});
    case Name::avx512vnni:
      return body(Avx512Vnni{});
    case Name::amx:
      return body(Amx{});
#elif QNN_HAS_ARM_KERNELS
    case Name::neon:
      return body(Neon{});
    case Name::neon_dotprod:
      return body(NeonDotprod{});
#endif
    default:
      return body(Portable{});
  }
}

}  // namespace qnn::isa
