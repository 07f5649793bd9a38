// FTRL's update, which takes a power of an array. The rule is Keras 3's, in its order of operations.
#include "isa.h"
#include "updates.h"
#include "vecmath.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

// power(a) = a^exponent, a >= 0, exponent >= 0.
template <class Power>
void ftrl_by(const Power& power, const Ftrl& p, float* w, const float* g, float* accumulator, float* linear,
             int64_t n) {
  const vf rate = set1((float)p.learning_rate), l1 = set1((float)p.l1);
  const vf l2 = set1((float)(2.0 * p.l2 + p.beta / p.learning_rate)), shrinkage = set1((float)(2.0 * p.l2_shrinkage));
  each_vector(n, 1.0, [&](auto get, auto put) {
    const vf weight = get(w), gradient = flush(get(g), kLeastSquaredGradient), before = get(accumulator);
    const vf sum = flush(before + gradient * gradient, kLeastValue);
    const vf root = power(sum);
    const vf change = gradient + shrinkage * weight - (root - power(before)) / rate * weight;
    const vf z = flush(get(linear) + change, kLeastState);
    put(accumulator, sum);
    put(linear, z);
    put(w, flush((at_most(at_least(z, -l1), l1) - z) / (root / rate + l2), kLeastState));
  });
}

}  // namespace

// z += g + 2 l2_shrinkage w - ((a + g²)^p - a^p) / rate * w;  a += g²
// w = (z within ±l1, minus z) / (a^p / rate + 2 l2 + beta / rate)
void ftrl(Ftrl p, float* w, const float* g, float* accumulator, float* linear, int64_t n) {
  const vf exponent = set1((float)p.exponent);
  if (p.exponent == 0.5)
    ftrl_by([](vf a) { return sqrt(a); }, p, w, g, accumulator, linear, n);
  else if (p.exponent == 0)
    ftrl_by([](vf a) { return a == a ? set1(1.0f) : a; }, p, w, g, accumulator, linear, n);
  else
    ftrl_by([&](vf a) { return a == 0.0f ? vf{} : exp(exponent * log(a)); }, p, w, g, accumulator, linear, n);
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
