// Vanishing numbers become zero: the single rule that keeps denormals out of memory and of long loops.
//
// An operation with a denormal operand or result takes some 150 cycles more on Intel CPUs, and two to three times as
// long on AMD CPUs. The momentum of a dead unit decays to a denormal and stays there, and then every step pays. The
// CPU modes for this (x86's FTZ and DAZ, ARM's FZ) disagree: x86 tests the rounded result, ARM the exact one, so just
// below 2^-126 one returns 2^-126 and the other 0, and sums propagate the difference. So the arithmetic remains that of
// IEEE, which is the same everywhere, and stored values pass through `flush`, which replaces magnitudes below a power
// of two by +0. It compares the bits as integers and so does not incur the penalty itself. docs/same-bits.md lists the
// powers.
#pragma once

#include "vec.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

// The exponents of the smallest magnitudes kept. For -126, -111, -95 and -63, the test is whether some bits of the
// exponent are zero, which is the cheapest.
constexpr int kLeastValue = -126;  // outputs, inputs, weights set by the user: the smallest normal number
constexpr int kLeastState = -95;   // results of training: gradients, momenta, weights; times 1e-9 still normal
constexpr int kLeastRoot = -63;    // numbers that will be squared: their squares are normal
// Where a rule averages squares, of the gradient and of what is added to the average times (1 - beta_2): that is normal
// down to 1 - beta_2 = 2^-15. A smaller gradient is nothing to the rule at all: were its square alone zero, the step
// would be a multiple of 1 / epsilon.
constexpr int kLeastSquaredGradient = -55, kLeastSquare = -111;

INLINE vi magnitude(vf x) { return as_int(x) & 0x7fffffff; }  // increases with |x|; largest for NaN
constexpr int32_t power_bits(int exponent) { return (exponent + 127) << 23; }

// x, or +0 where |x| < 2^least.
INLINE vf flush(vf x, int least) {
  const int32_t bits = power_bits(least);
  if ((bits & (bits - 1)) == 0) return where_any(x, 0x7fffffff & -bits);
  return magnitude(x) < bits ? vf{} : x;
}

// The same, but zeros, including the new ones, keep their sign.
INLINE vf flush_keeping_sign(vf x, int least) { return as_float(as_int(flush(x, least)) | (as_int(x) & INT32_MIN)); }

// a * b, or a zero where that would be less than about 2^least, told from the bits before multiplying: those of a float
// are its logarithm, but for up to 0.09. So a product that vanishes costs no more than another. Any product that is
// not a zero is at least 2^least.
INLINE vf product(vf a, vf b, int least) {
  return (magnitude(b) < power_bits(127 + least) - magnitude(a) ? vf{} : a) * b;
}

INLINE vf square(vf x) {
  const vf y = flush(x, kLeastRoot);
  return y * y;
}

}  // namespace
}  // namespace BRISKNET_ISA
}  // namespace brisknet
