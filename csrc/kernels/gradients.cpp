// What is done to gradients before an update, and to averages of the weights after it.
#include "isa.h"
#include "updates.h"

namespace brisknet {
namespace BRISKNET_ISA {

double sum_of_squares(const float* x, int64_t n) {
  const int64_t panels = update_panels(n);
  const Scratch sums(2 * panels);
  double* const squares = (double*)sums.data;
  parallel_range(n, kUpdatePanel, 0.1 * (double)n, [&](int64_t begin, int64_t end) {
    SquareSum sum;
    each_vector_of(begin, end, [&](auto get, auto, int) { sum.add(get(x)); });
    squares[begin / kUpdatePanel] = sum.fold();
  });
  return in_order(squares, panels);
}

void scale(const float* x, double factor, double divisor, float* y, int64_t n) {
  const vf by = set1((float)factor), over = set1((float)divisor);
  each_vector(n, 0.2, [&](auto get, auto put) { put(y, flush(get(x) * by / over, kLeastState)); });
}

void clip(const float* x, double limit, float* y, int64_t n) {
  const vf high = set1((float)limit);
  each_vector(n, 0.15, [&](auto get, auto put) { put(y, at_most(at_least(get(x), -high), high)); });
}

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
