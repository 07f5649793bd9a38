// The float vector of the instruction set this unit is compiled for.
//
// The only file that knows an instruction set. Every operation gives the same bits on each of them: +, -, *, / and
// sqrt are IEEE, fma is a real fused multiply-add, and exp, log & co. (vecmath.h) are built from these alone.
// Everything here has internal linkage, so that a linker can never keep one instruction set's copy for another.
#pragma once

#include <stdint.h>
#include <string.h>

#include <utility>

#if defined(__AVX2__) || defined(__AVX512F__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX2__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif

#define VECTOR(type, lanes) type __attribute__((vector_size(sizeof(type) * (lanes)), may_alias))
typedef VECTOR(float, kLanes) vf;
typedef VECTOR(int32_t, kLanes) vi;
typedef VECTOR(uint32_t, kLanes) vu;
typedef VECTOR(uint8_t, kLanes) vu8;
typedef VECTOR(double, kLanes) vd;
#undef VECTOR

#define INLINE static inline __attribute__((always_inline, unused))

INLINE vf set1(float x) { return x - vf{}; }
INLINE vi set1i(int32_t x) { return x - vi{}; }
INLINE vu set1u(uint32_t x) { return x - vu{}; }

INLINE vf as_float(vi x) { return (vf)x; }
INLINE vi as_int(vf x) { return (vi)x; }

INLINE vi iota() {
  vi v{};
  for (int i = 0; i < kLanes; ++i) v[i] = i;
  return v;
}

INLINE vf load(const float* p) {
  vf v;
  memcpy(&v, p, sizeof v);
  return v;
}

INLINE vf load(const uint8_t* p) {
  vu8 v;
  memcpy(&v, p, sizeof v);
  return __builtin_convertvector(v, vf);
}

INLINE vf load(const double* p) {
  vd v;
  memcpy(&v, p, sizeof v);
  return __builtin_convertvector(v, vf);
}

INLINE void store(float* p, vf v) { memcpy(p, &v, sizeof v); }

// The first n < kLanes elements; the other lanes are zero.
template <class T>
INLINE vf load_part(const T* p, int n) {
  T buffer[kLanes] = {};
  memcpy(buffer, p, sizeof(T) * n);
  return load(buffer);
}

#if defined(__AVX512F__)
INLINE vf load_part(const float* p, int n) { return (vf)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p); }
INLINE void store_part(float* p, vf v, int n) { _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v); }
#elif defined(__AVX2__)
INLINE vf load_part(const float* p, int n) { return (vf)_mm256_maskload_ps(p, (__m256i)(iota() < n)); }
INLINE void store_part(float* p, vf v, int n) { _mm256_maskstore_ps(p, (__m256i)(iota() < n), (__m256)v); }
#else
INLINE void store_part(float* p, vf v, int n) { memcpy(p, &v, sizeof(float) * n); }
#endif

// n >= kLanes means the whole vector.
template <class T>
INLINE vf load_upto(const T* p, int64_t n) {
  return n >= kLanes ? load(p) : load_part(p, (int)n);
}
INLINE void store_upto(float* p, vf v, int64_t n) { n >= kLanes ? store(p, v) : store_part(p, v, (int)n); }

// Fused multiply-add, a * b + c rounded once.
#if defined(__AVX512F__)
INLINE vf fma(vf a, vf b, vf c) { return (vf)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
#elif defined(__AVX2__)
INLINE vf fma(vf a, vf b, vf c) { return (vf)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
#elif defined(__aarch64__)
INLINE vf fma(vf a, vf b, vf c) { return (vf)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b); }
#else
// Without the instruction: in double the product is exact and only the sum rounds. Rounding that sum to odd instead
// of to nearest (its error, by two-sum, tells the direction) makes the second rounding, to float, the right one
// (S. Boldo, G. Melquiond, "Emulation of FMA and correctly rounded sums", IEEE Trans. Computers 57, 2008). About
// three times faster than four calls of fmaf on a CPU that has the instruction, and more on one that has not.
typedef int64_t vl __attribute__((vector_size(sizeof(double) * kLanes), may_alias));
INLINE vf fma(vf a, vf b, vf c) {
  const vd product = __builtin_convertvector(a, vd) * __builtin_convertvector(b, vd);
  const vd addend = __builtin_convertvector(c, vd);
  const vd sum = product + addend;
  const vd part = sum - product;
  const vd error = (product - (sum - part)) + (addend - part);
  const vl inexact = (error < 0.0) | (error > 0.0);  // false for the NaN that an infinite sum gives
  const vl even = ((vl)sum & 1) - 1;
  const vl step = (((vl)sum ^ (vl)error) < 0) | 1;  // -1 towards zero, +1 away from it
  return __builtin_convertvector((vd)((vl)sum + (step & inexact & even)), vf);
}
#endif

INLINE vf sqrt(vf x) {
#if defined(__AVX512F__)
  return (vf)_mm512_maskz_sqrt_ps(0xffff, (__m512)x);
#elif defined(__AVX2__)
  return (vf)_mm256_sqrt_ps((__m256)x);
#else
  for (int i = 0; i < kLanes; ++i) x[i] = __builtin_sqrtf(x[i]);
  return x;
#endif
}

// NaN in x stays NaN: the comparison is false.
INLINE vf at_least(vf x, vf low) { return x < low ? low : x; }
INLINE vf at_most(vf x, vf high) { return x > high ? high : x; }
INLINE vf abs(vf x) { return as_float(as_int(x) & 0x7fffffff); }
INLINE vf with_sign_of(vf x, vf sign) { return as_float((as_int(x) & 0x7fffffff) | (as_int(sign) & INT32_MIN)); }

// x where any of these bits of it is set, else +0.
INLINE vf where_any(vf x, int32_t bits) {
#if defined(__AVX512F__)
  return (vf)_mm512_maskz_mov_ps(_mm512_test_epi32_mask((__m512i)x, _mm512_set1_epi32(bits)), (__m512)x);
#else
  return (as_int(x) & bits) == 0 ? vf{} : x;
#endif
}

// Nearest integer, ties to even, for |x| < 2^22: as a float, and as an integer.
constexpr float kRounder = 12582912.0f;  // 1.5 * 2^23
INLINE vf round_nearest(vf x) { return (x + kRounder) - kRounder; }
INLINE vi to_int(vf whole) { return as_int(whole + kRounder) - 0x4b400000; }

// Lane i is element Pick::at(i) of a and b in a row.
template <class Pick, int... Lane>
INLINE vf shuffle(vf a, vf b, std::integer_sequence<int, Lane...>) {
  return __builtin_shufflevector(a, b, Pick::at(Lane)...);
}
template <class Pick>
INLINE vf shuffle(vf a, vf b) {
  return shuffle<Pick>(a, b, std::make_integer_sequence<int, kLanes>());
}

// Rows of a kLanes × kLanes block become its columns: blocks of Size = 1, 2, 4, … change places across the diagonal.
template <int Size = 1>
INLINE void transpose(vf (&row)[kLanes]) {
  struct Low {
    static constexpr int at(int lane) { return lane & Size ? lane + kLanes - Size : lane; }
  };
  struct High {
    static constexpr int at(int lane) { return lane & Size ? lane + kLanes : lane + Size; }
  };
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i)
    if (!(i & Size)) {
      const vf a = row[i], b = row[i + Size];
      row[i] = shuffle<Low>(a, b);
      row[i + Size] = shuffle<High>(a, b);
    }
  if constexpr (2 * Size < kLanes) transpose<2 * Size>(row);
}

// Four consecutive elements of each of kLanes rows, as columns: v[i] holds every row's element i; row(r) is where the
// four of row r begin. Blocks of 4 × 4 are transposed within 128 bits, which costs least.
template <class Row>
INLINE void load_columns(vf (&v)[4], const Row& row) {
  vf x[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
#if defined(__AVX512F__)
    const auto half = [&](int r) {
      return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(row(r))), _mm_loadu_ps(row(r + 4)), 1);
    };
    x[i] = (vf)_mm512_insertf32x8(_mm512_castps256_ps512(half(i)), half(i + 8), 1);
#elif defined(__AVX2__)
    x[i] = (vf)_mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(row(i))), _mm_loadu_ps(row(i + 4)), 1);
#else
    x[i] = load(row(i));
#endif
  }
  struct Low {  // a0 b0 a1 b1
    static constexpr int at(int lane) { return (lane & ~3) + (lane >> 1 & 1) + (lane & 1) * kLanes; }
  };
  struct High {  // a2 b2 a3 b3
    static constexpr int at(int lane) { return Low::at(lane) + 2; }
  };
  struct Lower {  // a0 a1 b0 b1
    static constexpr int at(int lane) { return (lane & ~3) + (lane & 1) + (lane >> 1 & 1) * kLanes; }
  };
  struct Upper {  // a2 a3 b2 b3
    static constexpr int at(int lane) { return Lower::at(lane) + 2; }
  };
  const vf ab01 = shuffle<Low>(x[0], x[1]), ab23 = shuffle<High>(x[0], x[1]);
  const vf cd01 = shuffle<Low>(x[2], x[3]), cd23 = shuffle<High>(x[2], x[3]);
  v[0] = shuffle<Lower>(ab01, cd01);
  v[1] = shuffle<Upper>(ab01, cd01);
  v[2] = shuffle<Lower>(ab23, cd23);
  v[3] = shuffle<Upper>(ab23, cd23);
}

// One bit a lane: set where the lane of the mask is all ones.
INLINE uint32_t bits_of(vi mask) {
#if defined(__AVX512F__)
  // Moved to a whole register: gcc 12 may keep a mask's 16 bits in memory, and read 32 of them.
  uint32_t bits;
  __asm__("kmovw %1, %0" : "=r"(bits) : "k"(_mm512_cmplt_epi32_mask((__m512i)mask, _mm512_setzero_si512())));
  return bits;
#elif defined(__AVX2__)
  return (uint32_t)_mm256_movemask_ps((__m256)mask);
#else
  uint32_t bits = 0;
  for (int i = 0; i < kLanes; ++i) bits |= (uint32_t)(mask[i] & 1) << i;
  return bits;
#endif
}
INLINE vi mask_of(uint32_t bits) {
  const vi lane = set1i(1) << iota();
  return (set1i((int32_t)bits) & lane) != 0;
}

// The 64-bit products of 32-bit lanes, as high and low halves.
INLINE void multiply_wide(vu a, uint32_t b, vu* high, vu* low) {
#if defined(__AVX512F__)
  const __m512i factor = _mm512_set1_epi32((int)b), value = (__m512i)a;
  const __m512i even = _mm512_mul_epu32(value, factor), odd = _mm512_mul_epu32(_mm512_srli_epi64(value, 32), factor);
  *high = (vu)_mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 32), odd);
  *low = (vu)_mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32));
#elif defined(__AVX2__)
  const __m256i factor = _mm256_set1_epi32((int)b), value = (__m256i)a;
  const __m256i even = _mm256_mul_epu32(value, factor), odd = _mm256_mul_epu32(_mm256_srli_epi64(value, 32), factor);
  *high = (vu)_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
  *low = (vu)_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
#else
  for (int i = 0; i < kLanes; ++i) {
    const uint64_t product = (uint64_t)a[i] * b;
    (*high)[i] = (uint32_t)(product >> 32);
    (*low)[i] = (uint32_t)product;
  }
#endif
}

}  // namespace
}  // namespace BRISKNET_ISA
}  // namespace brisknet
