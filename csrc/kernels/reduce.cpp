// Sums.
#include "flush.h"
#include "isa.h"
#include "sums.h"

namespace brisknet {
namespace BRISKNET_ISA {

// Columns are split among threads; each thread sums its columns in the order of the rows.
void column_sums(const float* x, int64_t rows, int64_t cols, float* y) {
  constexpr int64_t kPanel = 64;
  parallel_range(cols, kPanel, (double)rows * cols / 8, [&](int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end; j += 16) {
      vf sum[16 / kLanes] = {};
      for (int64_t i = 0; i < rows; ++i)
        for (int v = 0; v < 16 / kLanes; ++v) {
          const int64_t left = end - j - v * kLanes;
          if (left > 0) sum[v] += load_upto(x + i * cols + j + v * kLanes, left);
        }
      for (int v = 0; v < 16 / kLanes; ++v)
        if (const int64_t left = end - j - v * kLanes; left > 0)
          store_upto(y + j + v * kLanes, flush(sum[v], kLeastValue), left);
    }
  });
}

void row_dots(const float* a, const float* b, int64_t rows, int64_t cols, float* y) {
  each_row(rows, cols, 0.15, [&](int64_t row) {
    const float* ar = a + row * cols;
    if (b)
      y[row] = sum_of(cols, [&](int64_t i, int64_t count) {
        return product(load_upto(ar + i, count), load_upto(b + row * cols + i, count), kLeastValue);
      });
    else
      y[row] = sum_of(cols, [&](int64_t i, int64_t count) { return load_upto(ar + i, count); });
  });
}

// Sequential: a batch has few rows, and this fixes the order.
double weighted_sum(const float* x, const float* weight, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += weight ? (double)x[i] * (double)weight[i] : (double)x[i];
  return sum;
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
