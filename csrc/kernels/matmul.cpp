// c = activation(a @ b + bias), with either operand transposed in place.
//
// Each element of c is accumulated over k in index order, one fused multiply-add at a time, from +0; so its bits do
// not depend on how the work is cut, and all choices below are for speed alone.
//
// The work is cut into tasks, blocks of rows × columns of c, which threads claim. A task goes over k in blocks; of b
// it packs one block's columns into panels that a tile reads contiguously (transposing where b is transposed); a is
// read where it lies. Few rows do not repay the packing: then b is read in place too.
#include "epilogue.h"
#include "runtime/threads.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

// A tile of c: kTileRows × kTileCols accumulators, as many as the registers hold beside a row of b and one value of a.
#if defined(__AVX512F__)
constexpr int kTileRows = 8, kTileVectors = 3;
#elif defined(__aarch64__)
constexpr int kTileRows = 6, kTileVectors = 4;
#elif defined(__AVX2__)
constexpr int kTileRows = 6, kTileVectors = 2;
#else
constexpr int kTileRows = 4, kTileVectors = 2;
#endif
constexpr int64_t kTileCols = kTileVectors * kLanes;

constexpr int64_t kBlockK = 520;                            // of a the rows of a tile: 17 KB, in L1
constexpr int64_t kTaskCols = kTileCols == 48 ? 144 : 128;  // a packed block of b: up to 300 KB, in L2
constexpr int64_t kRowsWorthPacking = kLanes == 16 ? 48 : 24;
constexpr int64_t kTasksPerThread = 4;  // enough to balance threads of unequal speed
constexpr int64_t kTaskRows = 96;       // the fewest rows that repay packing b once more for them

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
int64_t min(int64_t a, int64_t b) { return a < b ? a : b; }
int64_t max(int64_t a, int64_t b) { return a > b ? a : b; }

// What one tile does: rows × cols of c, over k steps.
struct Tile {
  explicit Tile(const Epilogue& epilogue) : epilogue(epilogue) {}

  int64_t k;
  const float* a;  // a[row * a_row + k * a_k]
  int64_t a_row, a_k;
  const float* b;  // b[k * b_k + col]
  int64_t b_k;
  float* c;  // c[row * c_row + col]
  int64_t c_row;
  int64_t cols;  // <= the tile's vectors; fewer only in the last column panel
  bool first, last;
  Epilogue epilogue;  // of the last block
  int64_t col;        // the tile's first, in the product
};

template <int Rows, int Vectors, bool Partial>
void run_tile(const Tile& t) {
  // Partial: of the last vector only some lanes.
  const int last_count = (int)t.cols - (Vectors - 1) * kLanes;
  const auto get = [&](const float* p, int v) {
    return Partial && v == Vectors - 1 ? load_part(p + v * kLanes, last_count) : load(p + v * kLanes);
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
    const bool part = Partial && v == Vectors - 1;
    const vf bias = t.last ? t.epilogue.bias(t.col + v * kLanes, part ? last_count : kLanes) : vf{};
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
      const vf y = t.last ? t.epilogue.finish(sum[r][v], bias) : sum[r][v];
      float* p = t.c + r * t.c_row + v * kLanes;
      part ? store_part(p, y, last_count) : store(p, y);
    }
  }
}

using TileKernel = void (*)(const Tile&);

template <int Rows, int Vectors>
TileKernel tile_kernel_of(int rows, int vectors, bool partial) {
  if constexpr (Rows > 0 && Vectors > 0) {
    if (rows < Rows) return tile_kernel_of<Rows - 1, Vectors>(rows, vectors, partial);
    if (vectors < Vectors) return tile_kernel_of<Rows, Vectors - 1>(rows, vectors, partial);
    return partial ? run_tile<Rows, Vectors, true> : run_tile<Rows, Vectors, false>;
  }
  return nullptr;
}
TileKernel tile_kernel(int64_t rows, int64_t cols) {
  const int64_t vectors = ceil_div(cols, kLanes);
  return tile_kernel_of<kTileRows, kTileVectors>((int)rows, (int)vectors, cols < vectors * kLanes);
}

// Block of b, k_count × cols, into panels [panel][k][kTileCols]; the last panel has as many vectors as it needs, whose
// surplus lanes may hold anything.
void pack(const Matmul& p, int64_t k0, int64_t k_count, int64_t col0, int64_t cols, float* packed) {
  const int64_t whole = cols / kTileCols * kTileCols, rest = ceil_div(cols - whole, kLanes) * kLanes;
  if (!p.transpose_b) {
    // Row by row: rows a power of two apart fall into a few cache sets, which would lose a line before it is read
    // whole.
    const float* b = p.b + k0 * p.n + col0;
    for (int64_t k = 0; k < k_count; ++k, b += p.n) {
      float* to = packed + k * kTileCols;
      for (int64_t col = 0; col < whole; col += kTileCols, to += k_count * kTileCols)
#pragma GCC unroll 4
        for (int v = 0; v < kTileVectors; ++v) store(to + v * kLanes, load(b + col + v * kLanes));
      to = packed + whole * k_count + k * rest;
      for (int64_t col = whole; col < cols; col += kLanes, to += kLanes) store(to, load_upto(b + col, cols - col));
    }
    return;
  }
  for (int64_t col = 0; col < cols; col += kLanes) {
    const int64_t panel = col / kTileCols * kTileCols, width = panel < whole ? kTileCols : rest, left = cols - col;
    const float* b = p.b + (col0 + col) * p.k + k0;
    const auto row = [&](int64_t r) { return b + (r < left ? r : 0) * p.k; };
    float* to = packed + panel * k_count + (col - panel);
    int64_t k = 0;
    for (; k + 4 <= k_count; k += 4) {
      vf column[4];
      load_columns(column, [&](int64_t r) { return row(r) + k; });
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) store(to + (k + i) * width, column[i]);
    }
    for (; k < k_count; ++k)
      for (int r = 0; r < kLanes; ++r) to[k * width + r] = row(r)[k];
  }
}

int64_t blocks_of(int64_t k) { return max(1, ceil_div(k, kBlockK)); }
int64_t packed_floats(const Matmul& p, int64_t cols) {
  return ceil_div(p.k, blocks_of(p.k)) * ceil_div(cols, kTileCols) * kTileCols;
}

// Rows [row0, row1) of columns [col0, col1) of the product.
void run_block(const Matmul& p, int64_t row0, int64_t row1, int64_t col0, int64_t col1, bool packing, float* packed) {
  const int64_t k_blocks = packing ? blocks_of(p.k) : 1;
  const int64_t k_step = ceil_div(p.k, k_blocks);
  const int64_t cols = col1 - col0;

  const Epilogue epilogue(p);
  Tile t(epilogue);
  t.a_row = p.transpose_a ? 1 : p.k;
  t.a_k = p.transpose_a ? p.m : 1;
  t.c_row = p.n;

  for (int64_t block = 0; block < k_blocks; ++block) {
    const int64_t k0 = block * k_step;
    t.k = min(k_step, p.k - k0);
    t.first = block == 0;
    t.last = block == k_blocks - 1;
    if (packing) pack(p, k0, t.k, col0, cols, packed);
    // Tiles of nearly equal height: 128 rows are 18 tiles of 6 and 4 of 5.
    int64_t tiles = ceil_div(row1 - row0, kTileRows);
    for (int64_t row = row0, rows; row < row1; row += rows, --tiles) {
      rows = ceil_div(row1 - row, tiles);
      t.a = p.a + row * t.a_row + k0 * t.a_k;
      for (int64_t j = 0; j < cols; j += kTileCols) {
        t.cols = min(kTileCols, cols - j);
        t.b = packing ? packed + j * t.k : p.b + k0 * p.n + col0 + j;
        t.b_k = packing ? ceil_div(t.cols, kLanes) * kLanes : p.n;
        t.col = col0 + j;
        t.c = p.c + row * p.n + col0 + j;
        tile_kernel(rows, t.cols)(t);
      }
    }
  }

  for (int64_t row = row0; row < row1; ++row) epilogue.activate(p.c + row * p.n + col0, cols);
}

}  // namespace

void matmul(const Matmul& p) {
  if (p.m == 0 || p.n == 0) return;
  if (has_one_row(p)) return matmul_one_row(p);
  if (has_few_columns(p)) return matmul_few_columns(p);
  // At 2 FMAs a cycle and some 3 GHz; and at least what it takes to write c.
  const double nanoseconds = (double)p.m * (double)p.n * ((double)p.k / (6 * kLanes) + 0.25);
  const bool packing = p.transpose_b || p.m >= kRowsWorthPacking;
  // Columns first, since a task packs its own columns of b; rows as well where there are too few columns.
  const int64_t threads = threads_for(nanoseconds), wanted = threads > 1 ? threads * kTasksPerThread : 1;
  int64_t col_tasks = max(min(wanted, p.n / kTileCols), ceil_div(p.n, kTaskCols));
  const int64_t row_tasks = max(1, min(ceil_div(wanted, col_tasks), p.m / kTaskRows));
  if (col_tasks * row_tasks < threads) col_tasks = threads;
  const int64_t task_cols = ceil_div(ceil_div(p.n, col_tasks), kLanes) * kLanes;
  const int64_t task_rows = ceil_div(ceil_div(p.m, row_tasks), kTileRows) * kTileRows;
  col_tasks = ceil_div(p.n, task_cols);
  const int64_t floats = packing ? packed_floats(p, min(task_cols, p.n)) : 0;
  parallel_with_scratch(ceil_div(p.m, task_rows) * col_tasks, nanoseconds, floats, [&](int64_t task, float* packed) {
    const int64_t row = task / col_tasks * task_rows, col = task % col_tasks * task_cols;
    run_block(p, row, min(p.m, row + task_rows), col, min(p.n, col + task_cols), packing, packed);
  });
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
