// Flushing arrays: zeros instead of vanishing numbers.
#include "flush.h"

#include "isa.h"
#include "loops.h"

namespace brisknet {
namespace BRISKNET_ISA {

void flush(bool gradient, const float* x, float* y, int64_t n) {
  const int least = gradient ? kLeastState : kLeastValue;
  each_vector(n, 0.1, [&](auto get, auto put) { put(y, flush_keeping_sign(get(x), least)); });
}

bool vanishes(bool gradient, const float* x, int64_t n) {
  const int least = gradient ? kLeastState : kLeastValue;
  int found = 0;
  parallel_range(n, kUpdatePanel, 0.05 * (double)n, [&](int64_t begin, int64_t end) {
    vi changes{};
    each_vector_of(begin, end, [&](auto get, auto, int) {
      const vf v = get(x);
      changes |= as_int(flush_keeping_sign(v, least)) ^ as_int(v);
    });
    if (bits_of(changes != 0)) __atomic_store_n(&found, 1, __ATOMIC_RELAXED);
  });
  return __atomic_load_n(&found, __ATOMIC_RELAXED);
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
