// Elementwise functions that are not activations.
#include "isa.h"
#include "loops.h"
#include "vecmath.h"

namespace brisknet {
namespace BRISKNET_ISA {

void exp(const float* x, float* y, int64_t n) {
  each_vector(n, 0.8, [&](auto get, auto put) { put(y, exp(get(x))); });
}

void log(const float* x, float* y, int64_t n) {
  each_vector(n, 0.8, [&](auto get, auto put) { put(y, log(get(x))); });
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
