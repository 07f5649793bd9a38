// Loops over the rows of a matrix and along one row, and sums whose order does not depend on the vector's width.
#pragma once

#include "runtime/threads.h"
#include "vec.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

// body(row) for each row, in panels of about 16 K elements; cost: nanoseconds an element.
template <class Body>
void each_row(int64_t rows, int64_t cols, double cost, const Body& body) {
  const int64_t panel = 1 + 16384 / (cols + 1);
  parallel_range(rows, panel, cost * (double)rows * (double)(cols + 16), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) body(row);
  });
}

// y[i …] = f(i, count) for the vectors of a row; count <= kLanes elements are written.
template <class F>
INLINE void write_row(float* y, int64_t n, F f) {
  for (int64_t i = 0; i < n; i += kLanes) {
    const int64_t count = n - i < kLanes ? n - i : kLanes;
    store_upto(y + i, f(i, count), count);
  }
}

// A sum over many elements in an order that does not depend on the vector's width: sixteen partial sums, element i
// in partial sum i mod 16, folded in halves at the end.
struct Sum16 {
  static constexpr int kVectors = 16 / kLanes;
  vf part[kVectors] = {};

  float fold() const {
    float t[16];
    memcpy(t, part, sizeof t);
    for (int half = 8; half; half /= 2)
      for (int i = 0; i < half; ++i) t[i] += t[i + half];
    return t[0];
  }
};

// Sum over i < n of term(i, count), which gives the vector of the elements i … i + count - 1 (count <= kLanes; lanes
// from count on must be zero).
template <class Term>
INLINE float sum_of(int64_t n, Term term) {
  Sum16 sum;
  int64_t i = 0;
  for (; i + 16 <= n; i += 16)
    for (int v = 0; v < Sum16::kVectors; ++v) sum.part[v] += term(i + v * kLanes, (int64_t)kLanes);
  for (int v = 0; v < Sum16::kVectors && i < n; ++v, i += kLanes)
    sum.part[v] += term(i, n - i < kLanes ? n - i : (int64_t)kLanes);
  return sum.fold();
}

INLINE vf zero_from(vf x, int64_t n) { return n >= kLanes ? x : (iota() < (int32_t)n ? x : vf{}); }

INLINE float max_of(const float* x, int64_t n) {
  vf most = set1(-__builtin_inff());
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) most = at_least(load(x + i), most);
  float best = -__builtin_inff();
  for (int l = 0; l < kLanes; ++l) best = most[l] > best ? most[l] : best;
  for (; i < n; ++i) best = x[i] > best ? x[i] : best;
  return best;
}

}  // namespace
}  // namespace BRISKNET_ISA
}  // namespace brisknet
