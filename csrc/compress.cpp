// Compressed rows and columns of a matrix most of whose elements are zero.
#include "isa.h"
#include "threads.h"
#include "vec.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

// body(first, bits) for the vectors of a row: bits has a one for each element that is not zero (NaN is not).
template <class T, class Body>
INLINE void each_nonzero(const T* x, int64_t cols, const Body& body) {
  for (int64_t j = 0; j < cols; j += kLanes)
    if (const uint32_t bits = bits_of(load_upto(x + j, cols - j) != 0.0f)) body(j, bits);
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
      int64_t e = start[row];
      each_nonzero(xr, cols, [&](int64_t first, uint32_t bits) {
        for (; bits; bits &= bits - 1) {
          const int64_t j = first + __builtin_ctz(bits);
          index[e] = (Index)j;
          value[e++] = (float)xr[j];
        }
      });
    }
  });
}

template <class T>
void fill(const T* x, int64_t rows, int64_t cols, const int64_t* start, void* index, bool wide, float* value) {
  wide ? fill(x, rows, cols, start, static_cast<uint32_t*>(index), value)
       : fill(x, rows, cols, start, static_cast<uint16_t*>(index), value);
}

// The elements of a row in the columns [col0, col1): they lie together.
template <class Index>
struct Span {
  int64_t begin, end;
  Span(const CompressedRows& a, const Index* index, int64_t row, int64_t col0, int64_t col1)
      : begin(first_at_least(index, a.start[row], a.start[row + 1], col0)),
        end(first_at_least(index, begin, a.start[row + 1], col1)) {}

  static int64_t first_at_least(const Index* index, int64_t begin, int64_t end, int64_t col) {
    while (begin < end) {
      const int64_t middle = (begin + end) / 2;
      if ((int64_t)index[middle] < col)
        begin = middle + 1;
      else
        end = middle;
    }
    return begin;
  }
};

// By counting, then placing. Threads share out the columns, so each one's elements stay in the order of the rows.
template <class Index, class Row>
void columns(const CompressedRows& a, const Index* a_index, const int64_t* row, int64_t m, int64_t* start, Row* index,
             float* value) {
  const int64_t parts = num_threads(), step = (a.cols + parts - 1) / parts;
  const auto each_part = [&](const auto& body) {
    parallel(parts, 20.0 * (double)m * (double)parts, [&](int64_t part) {
      const int64_t col0 = part * step, col1 = col0 + step < a.cols ? col0 + step : a.cols;
      if (col0 < col1) body(col0, col1);
    });
  };
  const auto row_of = [&](int64_t i) { return row ? row[i] : i; };

  start[0] = 0;
  int64_t* next = start + 1;  // counts first, then where each column's next element goes
  each_part([&](int64_t col0, int64_t col1) {
    for (int64_t j = col0; j < col1; ++j) next[j] = 0;
    for (int64_t i = 0; i < m; ++i) {
      const Span<Index> span(a, a_index, row_of(i), col0, col1);
      for (int64_t e = span.begin; e < span.end; ++e) ++next[a_index[e]];
    }
  });
  int64_t sum = 0;
  for (int64_t j = 0; j < a.cols; ++j) {
    const int64_t n = next[j];
    next[j] = sum;
    sum += n;
  }
  // When all are placed, `next` of a column is the start of the one after it: just what start + 1 is to hold.
  each_part([&](int64_t col0, int64_t col1) {
    for (int64_t i = 0; i < m; ++i) {
      const Span<Index> span(a, a_index, row_of(i), col0, col1);
      for (int64_t e = span.begin; e < span.end; ++e) {
        const int64_t to = next[a_index[e]]++;
        index[to] = (Row)i;
        value[to] = a.value[e];
      }
    }
  });
}

template <class Index>
void columns(const CompressedRows& a, const Index* a_index, const int64_t* row, int64_t m, int64_t* start, void* index,
             bool wide, float* value) {
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

void compress_rows(const void* x, Element element, int64_t rows, int64_t cols, const int64_t* start, void* index,
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

void compressed_columns(const CompressedRows& a, const int64_t* row, int64_t m, int64_t* start, void* index, bool wide,
                        float* value) {
  a.wide ? columns(a, static_cast<const uint32_t*>(a.index), row, m, start, index, wide, value)
         : columns(a, static_cast<const uint16_t*>(a.index), row, m, start, index, wide, value);
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
