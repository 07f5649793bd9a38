// c = activation(a @ b + bias), with either operand transposed in place.
//
// Each element of c is accumulated over k in index order, one fused multiply-add at a time, from +0; so its bits do
// not depend on how the work is cut, and all choices below are for speed alone.
//
// The work is cut into tasks, blocks of rows × columns of c, which threads claim. A task goes over k in blocks; of b
// it packs one block's columns into panels that a tile reads contiguously (transposing where b is transposed); a is
// read where it lies. Few rows do not repay the packing: then b is read in place too.
#include "isa.h"
#include "threads.h"
#include "vec.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

// A tile of c: kTileRows × kTileCols accumulators, as many as the registers hold beside two of b and one of a.
#if defined(__AVX512F__)
constexpr int kTileRows = 12, kTileVectors = 2;
#elif defined(__aarch64__)
constexpr int kTileRows = 6, kTileVectors = 4;
#elif defined(__AVX2__)
constexpr int kTileRows = 6, kTileVectors = 2;
#else
constexpr int kTileRows = 4, kTileVectors = 2;
#endif
constexpr int64_t kTileCols = kTileVectors * kLanes;

constexpr int64_t kBlockK = 400;    // a panel of b (16 to 32 columns) stays in L1 or L2
constexpr int64_t kTaskCols = 128;  // a packed block of b: 200 KB
constexpr int64_t kRowsWorthPacking = 48;
constexpr int64_t kTasksPerThread = 4;  // enough to even out threads of unequal speed
constexpr int64_t kTaskRows = 96;       // the fewest rows that repay packing b once more for them

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
int64_t min(int64_t a, int64_t b) { return a < b ? a : b; }
int64_t max(int64_t a, int64_t b) { return a > b ? a : b; }

// What one tile does: rows × cols of c, over k steps.
struct Tile {
  int64_t k;
  const float* a;  // a[row * a_row + k * a_k]
  int64_t a_row, a_k;
  const float* b;  // b[k * b_k + col]
  int64_t b_k;
  float* c;  // c[row * c_row + col]
  int64_t c_row;
  int64_t cols;  // <= the tile's vectors; fewer only in the last column panel
  bool first, last;
  const float* bias;  // of the tile's first column, or null; used in the last block
  bool relu;          // likewise
};

template <int Rows, int Vectors, bool Partial>
void run_tile(const Tile& t) {
  const auto count = [&](int v) { return Partial ? t.cols - v * kLanes : (int64_t)kLanes; };
  const auto get = [&](const float* p, int v) {
    if (!Partial) return load(p + v * kLanes);
    return count(v) > 0 ? load_upto(p + v * kLanes, count(v)) : vf{};
  };

  vf sum[Rows][Vectors];
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 16
    for (int v = 0; v < Vectors; ++v) sum[r][v] = t.first ? vf{} : get(t.c + r * t.c_row, v);

  const float *a = t.a, *b = t.b;
  const int64_t a_row = t.a_row, a_k = t.a_k, b_k = t.b_k;
  for (int64_t k = 0; k < t.k; ++k, a += a_k, b += b_k) {
    vf column[Vectors];
#pragma GCC unroll 16
    for (int v = 0; v < Vectors; ++v) column[v] = get(b, v);
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
      const vf value = set1(a[r * a_row]);
#pragma GCC unroll 16
      for (int v = 0; v < Vectors; ++v) sum[r][v] = fma(value, column[v], sum[r][v]);
    }
  }

#pragma GCC unroll 16
  for (int v = 0; v < Vectors; ++v) {
    if (Partial && count(v) <= 0) break;
    const vf bias = t.last && t.bias ? get(t.bias, v) : vf{};
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
      vf y = sum[r][v];
      // + 0 makes +0 of a sum that underflowed to -0: a kernel that skips zeros would not add the zeros that do.
      if (t.last) y = (y + 0.0f) + bias;
      if (t.last && t.relu) y = at_least(y, vf{});
      float* p = t.c + r * t.c_row + v * kLanes;
      Partial ? store_upto(p, y, count(v)) : store(p, y);
    }
  }
}

using TileKernel = void (*)(const Tile&);

template <int Rows>
TileKernel tile_kernel_of(int rows, bool partial) {
  if constexpr (Rows > 0) {
    if (rows < Rows) return tile_kernel_of<Rows - 1>(rows, partial);
    return partial ? run_tile<Rows, kTileVectors, true> : run_tile<Rows, kTileVectors, false>;
  }
  return nullptr;
}
TileKernel tile_kernel(int rows, bool partial) { return tile_kernel_of<kTileRows>(rows, partial); }

// Block of b, k_count × cols, into panels [panel][k][kTileCols]; columns past the last are zero.
void pack(const Matmul& p, int64_t k0, int64_t k_count, int64_t col0, int64_t cols, float* packed) {
  for (int64_t j = 0; j < cols; j += kTileCols, packed += k_count * kTileCols) {
    const int64_t width = min(kTileCols, cols - j);
    if (!p.transpose_b) {
      const float* b = p.b + k0 * p.n + col0 + j;
      for (int64_t k = 0; k < k_count; ++k)
        for (int v = 0; v < kTileVectors; ++v) {
          const int64_t left = width - v * kLanes;
          store(packed + k * kTileCols + v * kLanes, left > 0 ? load_upto(b + k * p.n + v * kLanes, left) : vf{});
        }
    } else {
      const float* b = p.b + (col0 + j) * p.k + k0;
      for (int64_t k = 0; k < k_count; k += kLanes)
        for (int64_t col = 0; col < kTileCols; col += kLanes) {
          const int64_t count = min(kLanes, k_count - k);
          vf block[kLanes];
#pragma GCC unroll 16
          for (int i = 0; i < kLanes; ++i)
            block[i] = col + i < width ? load_upto(b + (col + i) * p.k + k, count) : vf{};
          transpose(block);
#pragma GCC unroll 16
          for (int i = 0; i < kLanes; ++i)
            if (i < count) store(packed + (k + i) * kTileCols + col, block[i]);
        }
    }
  }
}

// Rows [row0, row1) of columns [col0, col1) of the product, into c with rows c_row apart: finished with bias and
// activation where `finish` says so, bare sums otherwise.
void run_block(const Matmul& p, int64_t row0, int64_t row1, int64_t col0, int64_t col1, bool packing, float* c,
               int64_t c_row, bool finish) {
  const int64_t k_blocks = packing ? max(1, ceil_div(p.k, kBlockK)) : 1;
  const int64_t k_step = ceil_div(p.k, k_blocks);
  const int64_t cols = col1 - col0;
  float* packed = packing ? scratch(k_step * ceil_div(cols, kTileCols) * kTileCols) : nullptr;

  Tile t;
  t.a_row = p.transpose_a ? 1 : p.k;
  t.a_k = p.transpose_a ? p.m : 1;
  t.c_row = c_row;
  t.relu = finish && is_plain_relu(p.activation);

  for (int64_t block = 0; block < k_blocks; ++block) {
    const int64_t k0 = block * k_step;
    t.k = min(k_step, p.k - k0);
    t.first = block == 0;
    t.last = block == k_blocks - 1;
    if (packing) pack(p, k0, t.k, col0, cols, packed);
    for (int64_t j = 0; j < cols; j += kTileCols) {
      t.b = packing ? packed + j * t.k : p.b + k0 * p.n + col0 + j;
      t.b_k = packing ? kTileCols : p.n;
      t.cols = min(kTileCols, cols - j);
      t.bias = finish && p.bias ? p.bias + col0 + j : nullptr;
      // Tiles of nearly equal height: 128 rows are 18 tiles of 6 and 4 of 5.
      int64_t tiles = ceil_div(row1 - row0, kTileRows);
      for (int64_t row = row0; row < row1; --tiles) {
        const int64_t rows = ceil_div(row1 - row, tiles);
        t.a = p.a + row * t.a_row + k0 * t.a_k;
        t.c = c + (row - row0) * c_row + j;
        tile_kernel((int)rows, t.cols < kTileCols)(t);
        row += rows;
      }
    }
  }

  if (finish && !t.relu && p.activation.function != Function::linear)
    for (int64_t row = 0; row < row1 - row0; ++row) activate(p.activation, c + row * c_row, c + row * c_row, cols);
}

// A product of few columns would leave most lanes idle. Its transpose has few rows instead: c^T = b^T a^T, where a's
// rows lie along the lanes.
constexpr int64_t kFewCols = kTileCols * 3 / 4;
constexpr int64_t kFewTaskRows = 128;

void run_few_columns(const Matmul& p, int64_t row0, int64_t row1) {
  Matmul q = p;
  q.m = p.n;
  q.n = p.m;
  q.a = p.b;
  q.b = p.a;
  q.transpose_a = !p.transpose_b;
  q.transpose_b = !p.transpose_a;
  float sums[kFewCols * kFewTaskRows];  // [column][row]
  run_block(q, 0, q.m, row0, row1, q.transpose_b, sums, kFewTaskRows, false);

  const bool relu = is_plain_relu(p.activation);
  for (int64_t row = row0; row < row1; row += kLanes)
    for (int64_t col = 0; col < p.n; col += kLanes) {
      const int64_t cols = min(kLanes, p.n - col), rows = min(kLanes, row1 - row);
      vf block[kLanes];
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i)
        block[i] = i < cols ? load_upto(sums + (col + i) * kFewTaskRows + row - row0, rows) : vf{};
      transpose(block);
      const vf bias = p.bias ? load_upto(p.bias + col, cols) : vf{};
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i)
        if (i < rows) {
          vf y = block[i] + bias;
          if (relu) y = at_least(y, vf{});
          store_upto(p.c + (row + i) * p.n + col, y, cols);
        }
    }
  if (!relu && p.activation.function != Function::linear)
    activate(p.activation, p.c + row0 * p.n, p.c + row0 * p.n, (row1 - row0) * p.n);
}

}  // namespace

void matmul(const Matmul& p) {
  if (p.m == 0 || p.n == 0) return;
  // At 2 FMAs a cycle and some 3 GHz; and at least what it takes to write c.
  const double nanoseconds = (double)p.m * (double)p.n * ((double)p.k / (6 * kLanes) + 0.25);
  const int64_t threads = num_threads();
  if (p.n <= kFewCols && p.m >= 2 * kTileCols) {
    const int64_t share = ceil_div(ceil_div(p.m, 2 * threads), kTileCols) * kTileCols;
    parallel_range(p.m, min(kFewTaskRows, share), nanoseconds,
                   [&](int64_t row0, int64_t row1) { run_few_columns(p, row0, row1); });
    return;
  }
  const bool packing = p.transpose_b || p.m >= kRowsWorthPacking;
  // Columns first, since a task packs its own columns of b; rows as well where there are too few columns.
  const int64_t panels = ceil_div(p.n, kTileCols);
  const int64_t wanted = threads * kTasksPerThread;
  const int64_t task_cols = min(kTaskCols, max(1, ceil_div(panels, wanted)) * kTileCols);
  const int64_t col_tasks = ceil_div(p.n, task_cols);
  const int64_t row_tasks = max(1, min(ceil_div(wanted, col_tasks), p.m / kTaskRows));
  const int64_t task_rows = ceil_div(ceil_div(p.m, row_tasks), kTileRows) * kTileRows;
  parallel(ceil_div(p.m, task_rows) * col_tasks, nanoseconds, [&](int64_t task) {
    const int64_t row = task / col_tasks * task_rows, col = task % col_tasks * task_cols;
    run_block(p, row, min(p.m, row + task_rows), col, min(p.n, col + task_cols), packing, p.c + row * p.n + col, p.n,
              true);
  });
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
