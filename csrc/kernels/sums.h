// Sums whose order depends neither on the vector's width nor on the number of threads.
#pragma once

#include "loops.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

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

// A sum of squares in double: sixteen partial sums, element i in partial sum i mod 16, folded in halves at the end.
class SquareSum {
 public:
  void add(vf x) {
    const vd wide = __builtin_convertvector(x, vd);
    const vd sum = part_[0] + wide * wide;
    for (int v = 0; v + 1 < kVectors; ++v) part_[v] = part_[v + 1];  // the next vector's comes first
    part_[kVectors - 1] = sum;
    ++count_;
  }

  double fold() const {
    double t[16];
    for (int v = 0; v < kVectors; ++v) memcpy(t + (v + count_) % kVectors * kLanes, &part_[v], sizeof part_[v]);
    for (int half = 8; half; half /= 2)
      for (int i = 0; i < half; ++i) t[i] += t[i + half];
    return t[0];
  }

 private:
  static constexpr int kVectors = 16 / kLanes;
  vd part_[kVectors] = {};
  int64_t count_ = 0;
};

// The number of panels in n elements; a sum over all elements is the sum of the panels' sums, in order.
INLINE int64_t update_panels(int64_t n) { return (n + kUpdatePanel - 1) / kUpdatePanel; }

INLINE double in_order(const double* sums, int64_t n) {
  double total = 0;
  for (int64_t i = 0; i < n; ++i) total += sums[i];
  return total;
}

}  // namespace
}  // namespace BRISKNET_ISA
}  // namespace brisknet
