// Matrices in CSR format: conversion from a dense matrix, and transposition.
#include <cstring>

#include "flush.h"
#include "isa.h"
#include "runtime/threads.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

// body(first, bits) for the vectors of a row: bits has a one for each element that is not zero (NaN is not), nor
// denormal, which counts as zero (flush.h).
template <class T, class Body>
INLINE void each_nonzero(const T* x, int64_t cols, const Body& body) {
  for (int64_t j = 0; j < cols; j += kLanes)
    if (const uint32_t bits = bits_of(magnitude(load_upto(x + j, cols - j)) >= power_bits(kLeastValue))) body(j, bits);
}

template <class T>
void count(const T* x, int64_t rows, int64_t cols, int64_t* counts) {
  parallel_range(rows, 1 + 16384 / (cols + 1), 0.1 * (double)rows * (double)cols, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      int64_t n = 0;
      each_nonzero(x + row * cols, cols, [&](int64_t, uint32_t bits) { n += __builtin_popcount(bits); });
      counts[row] = n;
    }
  });
}

template <class T, class Index>
void fill(const T* x, int64_t rows, int64_t cols, const int64_t* start, Index* index, float* value) {
  parallel_range(rows, 1 + 16384 / (cols + 1), 0.5 * (double)rows * (double)cols, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const T* xr = x + row * cols;
      const int64_t stop = start[row + 1];
      int64_t e = start[row];
      each_nonzero(xr, cols, [&](int64_t first, uint32_t bits) {
        for (; bits && e < stop; bits &= bits - 1) {
          const int64_t j = first + __builtin_ctz(bits);
          index[e] = (Index)j;
          value[e++] = (float)xr[j];
        }
      });
      // Another thread may have written to x since its elements were counted; missing elements become zeros.
      for (; e < stop; ++e) {
        index[e] = e > start[row] ? index[e - 1] : Index{0};
        value[e] = 0;
      }
    }
  });
}

template <class T>
void fill(const T* x, int64_t rows, int64_t cols, const int64_t* start, void* index, bool wide, float* value) {
  wide ? fill(x, rows, cols, start, static_cast<uint32_t*>(index), value)
       : fill(x, rows, cols, start, static_cast<uint16_t*>(index), value);
}

// With fewer elements (two passes of some 30 us), threads cost more than they save: they write to the same cache lines.
constexpr int64_t kWorthThreads = 30000;

// By counting, then placing. Threads share out the rows of a large batch; each has counters of its own, from which
// follows where its elements of a column go: after those of the rows before.
template <class Index, class Row>
void columns(const Csr& a, const Index* a_index, const int64_t* row, int64_t m, int64_t* start, Row* index,
             float* value) {
  const auto row_of = [&](int64_t i) { return row ? row[i] : i; };
  int64_t elements = 0;
  for (int64_t i = 0; i < m; ++i) elements += a.start[row_of(i) + 1] - a.start[row_of(i)];
  const int64_t parts = elements > kWorthThreads + a.cols ? num_threads() : 1;
  const Scratch counters(2 * parts * a.cols);
  auto* next = reinterpret_cast<int64_t*>(counters.data);
  const auto each_part = [&](const auto& body) {
    parallel(parts, (double)elements, [&](int64_t part) {
      for (int64_t i = m * part / parts; i < m * (part + 1) / parts; ++i)
        for (int64_t e = a.start[row_of(i)]; e < a.start[row_of(i) + 1]; ++e) body(next + part * a.cols, i, e);
    });
  };
  std::memset(next, 0, (size_t)(parts * a.cols) * sizeof *next);
  each_part([&](int64_t* count, int64_t, int64_t e) { ++count[a_index[e]]; });
  int64_t sum = 0;
  for (int64_t j = 0; j < a.cols; ++j) {
    start[j] = sum;
    for (int64_t part = 0; part < parts; ++part) {
      const int64_t n = next[part * a.cols + j];
      next[part * a.cols + j] = sum;
      sum += n;
    }
  }
  start[a.cols] = sum;
  each_part([&](int64_t* free, int64_t i, int64_t e) {
    const int64_t to = free[a_index[e]]++;
    index[to] = (Row)i;
    value[to] = a.value[e];
  });
}

template <class Index>
void columns(const Csr& a, const Index* a_index, const int64_t* row, int64_t m, int64_t* start, void* index, bool wide,
             float* value) {
  wide ? columns(a, a_index, row, m, start, static_cast<uint32_t*>(index), value)
       : columns(a, a_index, row, m, start, static_cast<uint16_t*>(index), value);
}

}  // namespace

void count_nonzeros(const void* x, Element element, int64_t rows, int64_t cols, int64_t* counts) {
  switch (element) {
    case Element::float32:
      return count((const float*)x, rows, cols, counts);
    case Element::float64:
      return count((const double*)x, rows, cols, counts);
    case Element::uint8:
      return count((const uint8_t*)x, rows, cols, counts);
  }
}

void csr_from_dense(const void* x, Element element, int64_t rows, int64_t cols, const int64_t* start, void* index,
                    bool wide, float* value) {
  switch (element) {
    case Element::float32:
      return fill((const float*)x, rows, cols, start, index, wide, value);
    case Element::float64:
      return fill((const double*)x, rows, cols, start, index, wide, value);
    case Element::uint8:
      return fill((const uint8_t*)x, rows, cols, start, index, wide, value);
  }
}

void csr_transpose(const Csr& a, const int64_t* row, int64_t m, int64_t* start, void* index, bool wide, float* value) {
  a.wide ? columns(a, static_cast<const uint32_t*>(a.index), row, m, start, index, wide, value)
         : columns(a, static_cast<const uint16_t*>(a.index), row, m, start, index, wide, value);
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
