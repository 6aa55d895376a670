// SPDX-License-Identifier: MIT
/// @file
/// Every macro that depends on the compiler or on a choice of the user, in one place.
///
/// Choices of the user, set before the first include and alike in all translation units of a program:
///   QNN_CONTRACTS_THROW   a broken contract throws qnn::ContractViolation (the default where exceptions are on)
///   QNN_CONTRACTS_ABORT   a broken contract calls std::abort (the default where exceptions are off)
///   QNN_CONTRACTS_OFF     contracts are assumed to hold and cost nothing
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
