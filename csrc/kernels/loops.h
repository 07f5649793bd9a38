// Loops over the rows of a matrix, and over the vectors of arrays, including the remainder.
#pragma once

#include "kernels.h"
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

// body(get, put, count) for the vectors of the elements begin … end - 1: get(array) loads and put(array, value) stores
// the vector's first `count` elements; the other lanes are zero when loaded.
template <class Body>
INLINE void each_vector_of(int64_t begin, int64_t end, const Body& body) {
  int64_t i = begin;
  for (; i + kLanes <= end; i += kLanes)
    body([&](const auto* p) { return load(p + i); }, [&](float* p, vf v) { store(p + i, v); }, kLanes);
  if (const int rest = (int)(end - i))
    body([&](const auto* p) { return load_part(p + i, rest); }, [&](float* p, vf v) { store_part(p + i, v, rest); },
         rest);
}

// The same for n elements, on all threads: update(get, put); cost: nanoseconds an element.
template <class Update>
void each_vector(int64_t n, double cost, const Update& update) {
  parallel_range(n, kUpdatePanel, cost * (double)n, [&](int64_t begin, int64_t end) {
    each_vector_of(begin, end, [&](auto get, auto put, int) { update(get, put); });
  });
}

}  // namespace
}  // namespace BRISKNET_ISA
}  // namespace brisknet
