// exp, log, tanh, erfc and related functions of vectors: polynomials over vec.h, so the same bits on every instruction
// set.
//
// Coefficients are minimax fits (Remez exchange in 40 digits, rounded to float). Largest errors over all floats of the
// domain are asserted by tests/kernels/test_vecmath.py.
#pragma once

#include "flush.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

template <int N>
INLINE vf polynomial(vf x, const float (&c)[N]) {
  vf p = set1(c[N - 1]);
  for (int i = N - 2; i >= 0; --i) p = fma(p, x, set1(c[i]));
  return p;
}

INLINE vf power_of_two(vi n) { return as_float((n + 127) << 23); }  // -126 <= n <= 127

constexpr float kLn2High = 0.693145751953125f, kLn2Low = 1.42860682030941723e-6f, kLog2E = 1.44269504088896341f;

constexpr float kLeastExponent = -87.33654f;  // below this, exp(x) < 2^-126

// exp(x) - 1 of the remainder r = x - n ln 2, |r| <= ln 2 / 2, with n and the two factors of 2^n (one factor would
// overflow for n = 128).
struct Reduced {
  vf expm1, scale1, scale2;
};
INLINE Reduced reduce_exp(vf x) {
  x = at_most(at_least(x, set1(kLeastExponent)), set1(89.0f));
  const vf n = round_nearest(x * kLog2E);
  const vf r = fma(-n, set1(kLn2Low), fma(-n, set1(kLn2High), x));
  const float c[] = {0.5f, 0.1666651964187622f, 0.04166620597243309f, 0.008368886075913906f, 0.0013950448483228683f};
  const vi whole = to_int(n), half = whole >> 1;
  return {fma(square(r), polynomial(r, c), r), power_of_two(half), power_of_two(whole - half)};
}

INLINE vf exp(vf x) {
  const Reduced r = reduce_exp(x);
  const vf y = (r.expm1 + 1.0f) * r.scale1 * r.scale2;
  return x < kLeastExponent ? vf{} : y;
}

// exp(x) - 1 for x <= 0, accurate near zero too.
INLINE vf expm1_negative(vf x) {
  const Reduced r = reduce_exp(x);
  const vf scale = r.scale1 * r.scale2;
  return fma(scale, r.expm1, scale - 1.0f);
}

INLINE vf log(vf x) {
  const float c[] = {0.33333316445350647f, -0.250007688999176f,   0.20002269744873047f, -0.16625766456127167f,
                     0.14181925356388092f, -0.13118691742420197f, 0.12874194979667664f, -0.07876337319612503f};
  const vi tiny = x < 1.17549435e-38f;  // denormal (zero and negatives are corrected below)
  const vf scaled = tiny ? x * 8388608.0f : x;
  // Unsigned where it may wrap, for negatives. The mantissa is in [sqrt(1/2), sqrt(2)).
  const vi exponent = (vi)((vu)scaled - 0x3f3504f3u) >> 23;
  const vf f = (vf)((vu)scaled - ((vu)exponent << 23)) - 1.0f;
  const vf e = __builtin_convertvector(exponent - (tiny & 23), vf);
  const vf square = f * f;
  vf y = fma(square * f, polynomial(f, c), e * kLn2Low);
  y = fma(square, set1(-0.5f), y) + f;
  y = fma(e, set1(kLn2High), y);
  y = x == 0.0f ? set1(-__builtin_inff()) : y;
  y = x < 0.0f ? set1(__builtin_nanf("")) : y;
  return ((x > 3.4028234e38f) | (x != x)) ? x : y;  // infinity and NaN
}

// log(1 + x) for 0 <= x <= 1; the rounding of 1 + x is corrected to first order.
INLINE vf log1p_unit(vf x) {
  const vf u = x + 1.0f;
  return log(u) + (x - (u - 1.0f)) / u;
}

INLINE vf sigmoid(vf x) {
  const vf e = exp(-abs(x));
  return (x < 0.0f ? e : set1(1.0f)) / (e + 1.0f);
}

INLINE vf softplus(vf x) { return log1p_unit(exp(-abs(x))) + (x < 0.0f ? vf{} : x); }

// (tanh(x) - x) / x^3 for |x| < 0.65
INLINE vf tanh_near(vf square) {
  const float c[] = {-0.33333277702331543f, 0.13331185281276703f, -0.05371140316128731f, 0.020531656220555305f,
                     -0.005573152564466f};
  return polynomial(square, c);
}

INLINE vf tanh_far(vf size) { return 1.0f - 2.0f / (exp(size + size) + 1.0f); }

// x if its square is not negligible beside 1, else zero.
INLINE vf felt(vf x) { return flush(x, -31); }

INLINE vf tanh(vf x) {
  const vf size = abs(x), near = felt(x), square = near * near;
  return size < 0.65f ? fma(near * square, tanh_near(square), x) : with_sign_of(tanh_far(size), x);
}

// x - tanh(x), without cancellation near zero
INLINE vf tanh_shrink(vf x) {
  const vf size = abs(x), near = flush(x, -42), square = near * near;
  return size < 0.65f ? -(near * square) * tanh_near(square) : x - with_sign_of(tanh_far(size), x);
}

// The standard normal's distribution function, erfc(-x / sqrt(2)) / 2, with relative accuracy in the lower tail.
INLINE vf normal_cdf(vf x) {
  const float near_c[] = {1.1283791065216064f,   -0.3761262595653534f,    0.11283600330352783f,  -0.026854444295167923f,
                          0.005189535673707724f, -0.0008020842215046287f, 7.889122935011983e-05f};
  // -log(erfc(z)) - z^2 on [1, 10]
  const float far_c[] = {-0.00022261080448515713f, 1.1301336288452148f,    -0.3685564696788788f,
                         0.11103497445583344f,     -0.02737978845834732f,  0.005299112293869257f,
                         -0.0007821825565770268f,  8.551199425710365e-05f, -6.662971372861648e-06f,
                         3.483714294816309e-07f,   -1.09202105136319e-08f, 1.5476520065504928e-10f};
  const vf z = x * 0.70710678118654752f;
  const vf size = at_most(abs(z), set1(10.0f));
  const vf near = fma(z * 0.5f, polynomial(square(z), near_c), set1(0.5f));
  const vf tail = 0.5f * exp(-fma(size, size, polynomial(size, far_c)));
  return size < 1.0f ? near : (z < 0.0f ? tail : 1.0f - tail);
}

// cos and sin of a quarter turn times x, 0 <= x < 4.
INLINE void cos_sin_quarters(vf x, vf* cosine, vf* sine) {
  const float sine_c[] = {1.5707963705062866f, -0.6459634900093079f, 0.07968022674322128f, -0.004602177068591118f};
  const float cosine_c[] = {-1.2337005138397217f, 0.25366926193237305f, -0.02086048759520054f, 0.0009044107282534242f};
  const vf quarter = round_nearest(x);
  const vf r = x - quarter, square = r * r;
  const vf s = r * polynomial(square, sine_c), c = fma(square, polynomial(square, cosine_c), set1(1.0f));
  const vi turn = to_int(quarter);
  const vi odd = (turn & 1) != 0;
  *cosine = as_float(as_int(odd ? s : c) ^ (((turn + 1) & 2) << 30));
  *sine = as_float(as_int(odd ? c : s) ^ ((turn & 2) << 30));
}

}  // namespace
}  // namespace BRISKNET_ISA
}  // namespace brisknet
