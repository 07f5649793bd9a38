// The norm of gradients, and clipping them by norm and by value.
#include "flush.h"
#include "isa.h"
#include "loops.h"
#include "sums.h"

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

}  // namespace BRISKNET_ISA
}  // namespace brisknet
