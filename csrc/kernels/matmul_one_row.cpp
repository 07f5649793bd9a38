// The product of one row, for predictions one by one: c = activation(a @ b + bias), b as it lies.
//
// Each weight is used once, so memory is the limit. Eight rows of b are read side by side over all columns of a task,
// long runs that the hardware foresees; the sums stay in L1 meanwhile.
#include "epilogue.h"
#include "loops.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

constexpr int64_t kTaskCols = 2048;  // of which the sums take a quarter of L1

// Adds Count rows of b, each times its element of a, to the sums of the columns [col0, col1).
template <int Count>
void add_rows(const Matmul& p, int64_t k, bool first, int64_t col0, int64_t col1) {
  vf a[Count];
#pragma GCC unroll 8
  for (int i = 0; i < Count; ++i) a[i] = set1(p.a[k + i]);
  for (int64_t col = col0; col < col1; col += kLanes) {
    const int64_t left = col1 - col;
    const float* b = p.b + k * p.n + col;
    if (left >= kLanes) {
      vf sum = first ? vf{} : load(p.c + col);
#pragma GCC unroll 8
      for (int i = 0; i < Count; ++i) sum = fma(a[i], load(b + i * p.n), sum);
      store(p.c + col, sum);
    } else {
      vf sum = first ? vf{} : load_part(p.c + col, (int)left);
#pragma GCC unroll 8
      for (int i = 0; i < Count; ++i) sum = fma(a[i], load_part(b + i * p.n, (int)left), sum);
      store_part(p.c + col, sum, (int)left);
    }
  }
}

void run_columns(const Matmul& p, int64_t col0, int64_t col1) {
  int64_t k = 0;
  for (; k + 8 <= p.k; k += 8) add_rows<8>(p, k, k == 0, col0, col1);
  for (; k < p.k; ++k) add_rows<1>(p, k, k == 0, col0, col1);
  const Epilogue epilogue(p);
  each_vector_of(col0, col1, [&](auto get, auto put, int) {
    put(p.c, epilogue.finish(p.k ? get(p.c) : vf{}, p.bias ? get(p.bias) : vf{}));
  });
  epilogue.activate(p.c + col0, col1 - col0);
}

}  // namespace

bool has_one_row(const Matmul& p) { return p.m == 1 && !p.transpose_b; }

void matmul_one_row(const Matmul& p) {
  const double nanoseconds = (double)p.k * (double)p.n / 18;  // at 70 GB/s
  const int64_t threads = num_threads(), share = (p.n + threads - 1) / threads;
  const int64_t cols = (share + kLanes - 1) / kLanes * kLanes;
  parallel_range(p.n, cols < kTaskCols ? cols : kTaskCols, nanoseconds,
                 [&](int64_t col0, int64_t col1) { run_columns(p, col0, col1); });
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
