// What vanishes is zero: the one rule by which no denormal is kept, or made in a loop that runs for long.
//
// An operation that meets or makes a denormal takes some 150 cycles more on Intel's CPUs, and twice to three times as
// long on AMD's. A dead unit's momentum decays into them and stays; then every step pays. The CPU's own modes (x86's
// FTZ and DAZ, ARM's FZ) do not agree: x86 looks at the rounded result, ARM at the exact one, so that just below 2^-126
// one gives 2^-126 where the other gives 0, and a sum carries the difference on. So arithmetic stays IEEE's, which is
// the same everywhere, and what is stored goes through `flush`: +0 in place of a magnitude below a power of two. It
// compares bits, as integers, so that it takes no penalty itself. docs/same-bits.md tells users which power where.
#pragma once

#include "vec.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

// The exponents of the least magnitudes that are kept. Those of -126, -111, -95 and -63 are told by some bits of the
// exponent being zero, which is the cheapest test.
constexpr int kLeastValue = -126;  // outputs, inputs, weights as they are set: the smallest normal number
constexpr int kLeastState = -95;   // what training makes: gradients, momenta, weights; times 1e-9 still normal
constexpr int kLeastRoot = -63;    // of a number to be squared: the square is normal
// Where a rule averages squares, of the gradient and of what is added to the average times (1 - beta_2): that is normal
// down to 1 - beta_2 = 2^-15. A smaller gradient is nothing to the rule at all: were its square alone zero, the step
// would be a multiple of 1 / epsilon.
constexpr int kLeastSquaredGradient = -55, kLeastSquare = -111;

INLINE vi magnitude(vf x) { return as_int(x) & 0x7fffffff; }  // rises with |x|; NaN above all
constexpr int32_t power_bits(int exponent) { return (exponent + 127) << 23; }

// x, or +0 where |x| < 2^least.
INLINE vf flush(vf x, int least) {
  const int32_t bits = power_bits(least);
  if ((bits & (bits - 1)) == 0) return where_any(x, 0x7fffffff & -bits);
  return magnitude(x) < bits ? vf{} : x;
}

// The same, but for zeros, which keep their sign, and for what becomes one.
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
