// Exponential and logarithm of arrays.
#include "isa.h"
#include "runtime/threads.h"
#include "vecmath.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

// y[i] = f(x[i]), in panels of 16 K elements.
template <class F>
void each_element(const float* x, float* y, int64_t n, F f) {
  parallel_range(n, 16384, 0.8 * (double)n, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i += kLanes) {
      const int64_t count = end - i < kLanes ? end - i : kLanes;
      store_upto(y + i, f(load_upto(x + i, count)), count);
    }
  });
}

}  // namespace

void exponential(const float* x, float* y, int64_t n) {
  each_element(x, y, n, [](vf v) { return exp(v); });
}

void logarithm(const float* x, float* y, int64_t n) {
  each_element(x, y, n, [](vf v) { return log(v); });
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
