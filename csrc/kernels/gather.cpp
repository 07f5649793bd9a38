// Gathers rows of the user's array, in any order, in a float32 batch; and scatters rows, adding those with equal
// indices.
#include "flush.h"
#include "isa.h"
#include "loops.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

constexpr int64_t kAhead = 16;

template <class T>
void gather_rows(const T* x, const int64_t* index, float* y, int64_t rows, int64_t cols) {
  const int64_t panel = 1 + 8192 / (cols + 1);
  parallel_range(rows, panel, 0.3 * (double)rows * (double)cols, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      // Rows in random order come from memory; without prefetching, each short row would be waited for.
      if (row + kAhead < end) __builtin_prefetch(x + index[row + kAhead] * cols);
      const T* from = x + index[row] * cols;
      float* to = y + row * cols;
      each_vector_of(0, cols, [&](auto get, auto put, int) { put(to, flush_keeping_sign(get(from), kLeastValue)); });
    }
  });
}

}  // namespace

void gather(const void* x, Element element, const int64_t* index, float* y, int64_t rows, int64_t cols) {
  switch (element) {
    case Element::float32:
      return gather_rows((const float*)x, index, y, rows, cols);
    case Element::float64:
      return gather_rows((const double*)x, index, y, rows, cols);
    case Element::uint8:
      return gather_rows((const uint8_t*)x, index, y, rows, cols);
  }
}

// Columns are split among threads; each thread processes all rows of x in order.
void scatter(const float* x, const int64_t* index, int64_t n, float* y, int64_t rows, int64_t cols) {
  constexpr int64_t kPanel = 64;
  parallel_range(cols, kPanel, 0.3 * (double)(n + rows) * (double)cols, [&](int64_t begin, int64_t end) {
    for (int64_t row = 0; row < rows; ++row) memset(y + row * cols + begin, 0, sizeof(float) * (size_t)(end - begin));
    for (int64_t i = 0; i < n; ++i) {
      const float* from = x + i * cols;
      float* to = y + index[i] * cols;
      each_vector_of(begin, end, [&](auto get, auto put, int) { put(to, get(to) + get(from)); });
    }
  });
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
