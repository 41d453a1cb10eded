// Marks a loop to be compiled once for each generation of the instruction set, the best one being
// picked when the program starts. The results are the same: the loops are integer arithmetic.
#pragma once

// Picking happens before ThreadSanitizer is set up, which it does not survive.
#if defined(__SANITIZE_THREAD__)
#define STATESTONE_NO_VECTOR_CLONES
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define STATESTONE_NO_VECTOR_CLONES
#endif
#endif

#if !defined(__x86_64__) || !defined(__gnu_linux__) || defined(STATESTONE_NO_VECTOR_CLONES)
#define STATESTONE_VECTOR_CLONES
#elif defined(__clang__) && __clang_major__ >= 14
#define STATESTONE_VECTOR_CLONES __attribute__((target_clones("avx512bw", "avx2", "default")))
#elif !defined(__clang__) && __GNUC__ >= 12
#define STATESTONE_VECTOR_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define STATESTONE_VECTOR_CLONES
#endif

// Before a loop over lanes: GCC would unroll it whole, and then no longer see what to vectorize.
#if defined(__GNUC__) && !defined(__clang__)
#define STATESTONE_KEEP_LOOP _Pragma("GCC unroll 1")
#else
#define STATESTONE_KEEP_LOOP
#endif

// The body shared by clones has to be inlined into each of them to be compiled for it.
#define STATESTONE_INLINE_BODY __attribute__((always_inline)) inline
