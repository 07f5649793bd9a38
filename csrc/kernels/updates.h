// Loops over the elements of a variable, and sums of squares that depend on nothing but the elements.
#pragma once

#include "flush.h"
#include "rows.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

constexpr int64_t kUpdatePanel = 8192;

// body(get, put, count) for the vectors of the elements begin … end - 1: get(array) loads and put(array, value) stores
// the vector's first `count` elements; the other lanes are zero when loaded.
template <class Body>
INLINE void each_vector_of(int64_t begin, int64_t end, const Body& body) {
  int64_t i = begin;
  for (; i + kLanes <= end; i += kLanes)
    body([&](const float* p) { return load(p + i); }, [&](float* p, vf v) { store(p + i, v); }, kLanes);
  if (const int rest = (int)(end - i))
    body([&](const float* p) { return load_part(p + i, rest); }, [&](float* p, vf v) { store_part(p + i, v, rest); },
         rest);
}

// The same for n elements, on all threads: update(get, put); cost: nanoseconds an element.
template <class Update>
void each_vector(int64_t n, double cost, const Update& update) {
  parallel_range(n, kUpdatePanel, cost * (double)n, [&](int64_t begin, int64_t end) {
    each_vector_of(begin, end, [&](auto get, auto put, int) { update(get, put); });
  });
}

// The averages of a gradient and of its square, which take in so much of a new one. A square that decays stays, at
// 2^-111 or less, when the steps would get denormal; its gradient's average is long zero then.
INLINE vf follow(vf average, vf gradient, vf taken) {
  return flush(average + (gradient - average) * taken, kLeastState);
}
INLINE vf follow_square(vf average, vf gradient, vf taken) {
  return flush(average + flush(gradient * gradient - average, kLeastSquare) * taken, kLeastValue);
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

// How many panels n elements have; a sum over them all is the sum of the panels' sums, in order.
INLINE int64_t update_panels(int64_t n) { return (n + kUpdatePanel - 1) / kUpdatePanel; }

INLINE double in_order(const double* sums, int64_t n) {
  double total = 0;
  for (int64_t i = 0; i < n; ++i) total += sums[i];
  return total;
}

}  // namespace
}  // namespace BRISKNET_ISA
}  // namespace brisknet
