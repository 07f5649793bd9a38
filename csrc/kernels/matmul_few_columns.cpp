// Products of few columns, such as a classifier's last layer: c = activation(a @ b + bias) where b is thin.
//
// Along the rows of c, most lanes would be idle. So here the lanes are rows of c: a vector holds the sums of kLanes
// rows in one column. This needs columns of a: if a is transposed, they are contiguous; otherwise they are transposed
// in registers, four at a time. Nothing is packed, and each element is still summed over k in index order.
#include "epilogue.h"
#include "runtime/threads.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

constexpr int kMostCols = 10;  // as many sums as AVX2's 16 registers hold beside four columns of a

// As many vectors of rows at once as give the FMA units enough independent sums. Where a is transposed, AVX-512 has
// registers for twice as many, which halves the loads of b.
constexpr int vectors_for(int cols) { return cols == 1 ? 8 : cols == 2 ? 4 : cols <= 5 ? 2 : 1; }
constexpr int vectors_for_transposed(int cols) { return (kLanes == 16 && cols > 2 ? 2 : 1) * vectors_for(cols); }

template <int Cols>
struct FewColumns {
  const Matmul& p;
  const Epilogue epilogue{p};
  const int64_t b_k = p.transpose_b ? 1 : p.n, b_col = p.transpose_b ? p.k : 1;

  // Adds Count (4 or 1) columns of a, from column k on, each times its row of b. Lanes from `rows` on may hold
  // anything.
  template <int Count, int Vectors, bool Whole>
  __attribute__((always_inline)) void accumulate(vf (&sum)[Vectors][Cols], int64_t k, int64_t row0,
                                                 int64_t rows) const {
    const float* b = p.b + k * b_k;
    if (p.transpose_a) {
      const float* a = p.a + k * p.m + row0;
#pragma GCC unroll 4
      for (int i = 0; i < Count; ++i) {
        vf column[Vectors];
#pragma GCC unroll 8
        for (int v = 0; v < Vectors; ++v)
          column[v] = Whole ? load(a + i * p.m + v * kLanes) : load_upto(a + i * p.m, rows);
#pragma GCC unroll 16
        for (int j = 0; j < Cols; ++j) {
          const vf value = set1(b[i * b_k + j * b_col]);
#pragma GCC unroll 8
          for (int v = 0; v < Vectors; ++v) sum[v][j] = fma(column[v], value, sum[v][j]);
        }
      }
      return;
    }
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) {
      const float* a = p.a + (row0 + v * kLanes) * p.k + k;
      const auto row = [&](int64_t r) { return a + (Whole || r < rows ? r : rows - 1) * p.k; };
      vf column[4];
      if constexpr (Count == 4)
        load_columns(column, row);
      else
        for (int r = 0; r < kLanes; ++r) column[0][r] = *row(r);
#pragma GCC unroll 4
      for (int i = 0; i < Count; ++i)
#pragma GCC unroll 16
        for (int j = 0; j < Cols; ++j) sum[v][j] = fma(column[i], set1(b[i * b_k + j * b_col]), sum[v][j]);
    }
  }

  void write(const vf (&sum)[Cols], int64_t row0, int64_t rows) const {
    float* c = p.c + row0 * Cols;
    if (Cols == 1) return store_upto(c, epilogue.finish(sum[0], p.bias ? set1(p.bias[0]) : vf{}), rows);
#pragma GCC unroll 4
    for (int col = 0; col < Cols; col += kLanes) {
      const vf bias = epilogue.bias(col, Cols - col);
      vf row[kLanes];
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) row[i] = col + i < Cols ? sum[col + i < Cols ? col + i : 0] : vf{};
      transpose(row);
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i)
        if (i < rows) store_upto(c + i * Cols + col, epilogue.finish(row[i], bias), Cols - col);
    }
  }

  // Vectors * kLanes rows, or where not Whole, `rows` of at most kLanes.
  template <int Vectors, bool Whole>
  void run(int64_t row0, int64_t rows) const {
    vf sum[Vectors][Cols] = {};
    int64_t k = 0;
    for (; k + 4 <= p.k; k += 4) accumulate<4, Vectors, Whole>(sum, k, row0, rows);
    for (; k < p.k; ++k) accumulate<1, Vectors, Whole>(sum, k, row0, rows);
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) write(sum[v], row0 + v * kLanes, rows);
  }

  // As many whole groups of rows as there are; returns the first row left.
  template <int Vectors>
  int64_t run_groups(int64_t row, int64_t row1) const {
    for (; row + Vectors * kLanes <= row1; row += Vectors * kLanes) run<Vectors, true>(row, kLanes);
    return row;
  }

  void run(int64_t row0, int64_t row1) const {
    int64_t row = p.transpose_a ? run_groups<vectors_for_transposed(Cols)>(row0, row1) : row0;
    row = run_groups<vectors_for(Cols)>(row, row1);
    row = run_groups<1>(row, row1);
    if (row < row1) run<1, false>(row, row1 - row);
    epilogue.activate(p.c + row0 * Cols, (row1 - row0) * Cols);
  }
};

template <int Cols>
void run_columns(const Matmul& p, int64_t row0, int64_t row1) {
  if constexpr (Cols > 0) {
    if (p.n < Cols) return run_columns<Cols - 1>(p, row0, row1);
    const FewColumns<Cols> few{p};
    few.run(row0, row1);
  }
}

}  // namespace

bool has_few_columns(const Matmul& p) { return p.n <= kMostCols && p.m >= 4; }

void matmul_few_columns(const Matmul& p) {
  // Loading and transposing a take the time of some three columns.
  const double nanoseconds = (double)p.m * (double)p.k * (double)(p.n + 3) / (3 * kLanes);
  const int64_t step = vectors_for_transposed((int)p.n) * kLanes, tasks = 2 * num_threads();
  const int64_t rows = ((p.m + tasks - 1) / tasks + step - 1) / step * step;
  parallel_range(p.m, rows < 1024 ? rows : 1024, nanoseconds,
                 [&](int64_t row0, int64_t row1) { run_columns<kMostCols>(p, row0, row1); });
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
