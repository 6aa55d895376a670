// SPDX-License-Identifier: MIT
/// @file
/// Every macro that depends on the compiler or on a choice of the user, in one place.
///
/// Choices of the user, set before the first include and alike in all translation units of a program:
///   QNN_CONTRACTS_THROW   a broken contract throws qnn::ContractViolation (the default where exceptions are on)
///   QNN_CONTRACTS_ABORT   a broken contract calls std::abort (the default where exceptions are off)
///   QNN_CONTRACTS_OFF     contracts are assumed to hold and cost nothing
///   QNN_PORTABLE          no kernels for particular instruction sets, and no packed copies of weights
#pragma once

#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(_M_FP_FAST) || \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ != 0)
#error "qnn rounds by floating-point addition and looks for NaN: compile without -ffast-math, -Ofast and /fp:fast"
#endif
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0 && __FLT_EVAL_METHOD__ != 16
#error "qnn needs float and double without excess precision: on 32-bit x86 compile with -msse2 -mfpmath=sse"
#endif

#if !defined(QNN_CONTRACTS_THROW) && !defined(QNN_CONTRACTS_ABORT) && !defined(QNN_CONTRACTS_OFF)
#if defined(__cpp_exceptions)
#define QNN_CONTRACTS_THROW 1
#else
#define QNN_CONTRACTS_ABORT 1
#endif
#endif

/// Promises the optimizer that two pointers do not alias; used by kernels only.
#if defined(__GNUC__) || defined(__clang__)
#define QNN_RESTRICT __restrict__
#elif defined(_MSC_VER)
#define QNN_RESTRICT __restrict
#else
#define QNN_RESTRICT
#endif

/// A stateless member that takes no space.
#if defined(_MSC_VER)
#define QNN_NO_UNIQUE_ADDRESS [[msvc::no_unique_address]]
#else
#define QNN_NO_UNIQUE_ADDRESS [[no_unique_address]]
#endif

/// Kernels written for an instruction set, chosen at run time (kernels/isa.hpp). QNN_PORTABLE leaves them out: smaller
/// programs, and networks that hold their weights only once.
#if !defined(QNN_PORTABLE) && (defined(__GNUC__) || defined(__clang__)) && defined(__x86_64__)
#define QNN_HAS_X86_KERNELS 1
#else
#define QNN_HAS_X86_KERNELS 0
#endif
#if !defined(QNN_PORTABLE) && (defined(__GNUC__) || defined(__clang__)) && defined(__aarch64__) && \
    !defined(__AARCH64EB__)
#define QNN_HAS_ARM_KERNELS 1
#else
#define QNN_HAS_ARM_KERNELS 0
#endif
#define QNN_HAS_VECTOR_KERNELS (QNN_HAS_X86_KERNELS || QNN_HAS_ARM_KERNELS)

/// What stands between QNN_TARGET_BEGIN("avx2") and QNN_TARGET_END is compiled for those instructions, whatever the
/// flags say. Nothing of it may run before kernels/isa.hpp has found them.
#define QNN_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define QNN_TARGET_BEGIN(features) \
  QNN_PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#define QNN_TARGET_END QNN_PRAGMA(clang attribute pop)
#define QNN_UNROLL QNN_PRAGMA(clang loop unroll(full))
#elif defined(__GNUC__)
// g++ 12 takes _mm512_undefined_epi32() in its own intrinsics for a mistake (GCC bug 105593).
#define QNN_TARGET_BEGIN(features)                           \
  QNN_PRAGMA(GCC push_options)                               \
  QNN_PRAGMA(GCC target(features))                           \
  QNN_PRAGMA(GCC diagnostic push)                            \
  QNN_PRAGMA(GCC diagnostic ignored "-Wmaybe-uninitialized") \
  QNN_PRAGMA(GCC diagnostic ignored "-Wuninitialized")
#define QNN_TARGET_END QNN_PRAGMA(GCC diagnostic pop) QNN_PRAGMA(GCC pop_options)
#define QNN_UNROLL QNN_PRAGMA(GCC unroll 16)
#endif
#if defined(__GNUC__) || defined(__clang__)
#define QNN_ALWAYS_INLINE inline __attribute__((always_inline))
#endif

/// Keeps a function that is as fast when called, being long, from being compiled again inside each of its callers, or
/// (by g++) for constants that some of them pass.
#if defined(__clang__)
#define QNN_NOINLINE [[gnu::noinline]]
#elif defined(__GNUC__)
#define QNN_NOINLINE [[gnu::noinline, gnu::noclone]]
#elif defined(_MSC_VER)
#define QNN_NOINLINE __declspec(noinline)
#else
#define QNN_NOINLINE
#endif

/// Marks a function that runs rarely and never in a loop that matters: it is not inlined, and is compiled for size.
/// What is made of a template for every network or layer compiles in a fraction of the time then, and stays out of the
/// way of the code that is fast.
#if defined(__clang__)
#define QNN_COLD [[gnu::cold, gnu::noinline, clang::minsize]]
#elif defined(__GNUC__)
#define QNN_COLD [[gnu::cold, gnu::noinline]]
#elif defined(_MSC_VER)
#define QNN_COLD __declspec(noinline)
#else
#define QNN_COLD
#endif
