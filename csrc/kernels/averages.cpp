// Sums of gradients over batches, and averages of weights over steps.
#include "flush.h"
#include "isa.h"
#include "loops.h"

namespace brisknet {
namespace BRISKNET_ISA {

void accumulate(float* sum, const float* x, int64_t n) {
  each_vector(n, 0.15, [&](auto get, auto put) { put(sum, flush(get(sum) + get(x), kLeastState)); });
}

void moving_average(double momentum, float* average, const float* x, int64_t n) {
  const vf kept = set1((float)momentum), taken = 1.0f - kept;  // their sum is 1 in float too
  each_vector(n, 0.2,
              [&](auto get, auto put) { put(average, flush(kept * get(average) + taken * get(x), kLeastState)); });
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
