// c = activation(a @ b + bias), where a is in CSR format.
//
// Skipping a's zeros gives the bits of the dense product, since adding 0 * b changes no sum while b is finite. One
// kernel serves the forward product (rows are samples, b the weights) and, with a transposed, the weights' gradient
// (rows are inputs, b the outputs' gradients).
//
// 64 columns of c at a time stay in registers while a row's elements go by, each a broadcast and a few loads of b for
// as many FMAs. Loads are the limit, so b is taken in blocks of rows × 64 columns, packed: in place, rows a power of
// two apart would fall into a few cache sets. Smaller blocks would fit into L1, but end a row's loop too often.
#include "epilogue.h"
#include "runtime/threads.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

constexpr int kVectors = 64 / kLanes;
constexpr int64_t kCols = 64;
constexpr int64_t kBlock = 400;            // rows of b: 100 KB, of which those in use stay in the cache
constexpr int64_t kRowsWorthPacking = 16;  // of c; fewer read b in place
constexpr int64_t kUsesWorthPacking = 16;  // of a packed row of b, on average
constexpr int64_t kTaskRows = 32;

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
int64_t min(int64_t a, int64_t b) { return a < b ? a : b; }
int64_t max(int64_t a, int64_t b) { return a > b ? a : b; }

int64_t blocks_of(int64_t a_cols) { return max(1, ceil_div(a_cols, kBlock)); }
int64_t packed_floats(int64_t a_cols, int64_t rows) { return ceil_div(a_cols, blocks_of(a_cols)) * kCols + 2 * rows; }

template <class Index>
struct Task {
  const CsrMatmul& p;
  const Index* index;
  int64_t row0, row1, col0;

  int64_t cols() const { return min(kCols, p.n - col0); }

  // Adds the elements from `e` on, up to the row's end or column k1 of a; b(k) tells where row k of b's columns begins.
  // Returns the first element that is left. That index and end are looked at in the same loop saves a second
  // mispredicted branch for every few elements.
  template <class Row>
  __attribute__((always_inline)) int64_t accumulate(vf (&sum)[kVectors], int64_t e, int64_t end, int64_t k1,
                                                    int64_t b_cols, const Row& row) const {
    for (; e < end; ++e) {
      const int64_t k = index[e];
      if (k >= k1) break;
      const vf value = set1(p.a.value[e]);
      const float* b = row(k);
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) {
        const int64_t left = b_cols - v * kLanes;
        if (left >= kLanes)
          sum[v] = fma(value, load(b + v * kLanes), sum[v]);
        else if (left > 0)
          sum[v] = fma(value, load_part(b + v * kLanes, (int)left), sum[v]);
      }
    }
    return e;
  }

  void load_sums(vf (&sum)[kVectors], const float* c) const {
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) {
      const int64_t left = cols() - v * kLanes;
      sum[v] = left > 0 ? load_upto(c + v * kLanes, left) : vf{};
    }
  }

  void store_sums(const vf (&sum)[kVectors], float* c, bool last) const {
    const Epilogue epilogue(p);
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) {
      const int64_t left = cols() - v * kLanes;
      if (left <= 0) break;
      const vf y = last ? epilogue.finish(sum[v], epilogue.bias(col0 + v * kLanes, left)) : sum[v];
      store_upto(c + v * kLanes, y, left);
    }
    if (last) epilogue.activate(c, cols());
  }

  int64_t begin(int64_t row) const { return p.a.start[p.row ? p.row[row] : row]; }
  int64_t end(int64_t row) const { return p.a.start[(p.row ? p.row[row] : row) + 1]; }

  void run_in_place() const {
    const float* b = p.b + col0;
    for (int64_t row = row0; row < row1; ++row) {
      vf sum[kVectors] = {};
      accumulate(sum, begin(row), end(row), p.a.cols, cols(), [&](int64_t k) { return b + k * p.n; });
      store_sums(sum, p.c + row * p.n + col0, true);
    }
  }

  void run_packed(float* packed) const {
    const int64_t blocks = blocks_of(p.a.cols), step = ceil_div(p.a.cols, blocks);
    auto* next = reinterpret_cast<int64_t*>(packed + step * kCols);  // each row's first element not yet added
    for (int64_t row = row0; row < row1; ++row) next[row - row0] = begin(row);

    for (int64_t block = 0; block < blocks; ++block) {
      const int64_t k0 = block * step, k1 = min(p.a.cols, k0 + step);
      for (int64_t k = k0; k < k1; ++k)
        for (int v = 0; v < kVectors; ++v) {
          const int64_t left = cols() - v * kLanes;
          store(packed + (k - k0) * kCols + v * kLanes,
                left > 0 ? load_upto(p.b + k * p.n + col0 + v * kLanes, left) : vf{});
        }
      for (int64_t row = row0; row < row1; ++row) {
        float* c = p.c + row * p.n + col0;
        const int64_t from = next[row - row0], stop = end(row);
        if ((from == stop || index[from] >= k1) && block > 0 && block < blocks - 1) continue;
        vf sum[kVectors] = {};
        if (block > 0) load_sums(sum, c);
        next[row - row0] = accumulate(sum, from, stop, k1, kCols, [&](int64_t k) { return packed + (k - k0) * kCols; });
        store_sums(sum, c, block == blocks - 1);
      }
    }
  }
};

template <class Index>
void multiply(const CsrMatmul& p, const Index* index) {
  const int64_t col_tasks = ceil_div(p.n, kCols);
  const int64_t row_tasks = max(1, min(ceil_div(4 * num_threads(), col_tasks), p.m / kTaskRows));
  const int64_t task_rows = ceil_div(p.m, row_tasks);
  const bool packing = p.m >= kRowsWorthPacking && p.elements >= (double)(kUsesWorthPacking * p.a.cols * row_tasks);
  const double nanoseconds = p.elements * (double)p.n / (4 * kLanes) + (double)p.m * (double)p.n / 8;
  const int64_t floats = packing ? packed_floats(p.a.cols, task_rows) : 0;
  parallel_with_scratch(ceil_div(p.m, task_rows) * col_tasks, nanoseconds, floats, [&](int64_t i, float* packed) {
    const int64_t row = i / col_tasks * task_rows;
    const Task<Index> task{p, index, row, min(p.m, row + task_rows), i % col_tasks * kCols};
    packing ? task.run_packed(packed) : task.run_in_place();
  });
}

}  // namespace

void csr_matmul(const CsrMatmul& p) {
  if (p.m == 0 || p.n == 0) return;
  if (p.a.wide)
    multiply(p, static_cast<const uint32_t*>(p.a.index));
  else
    multiply(p, static_cast<const uint16_t*>(p.a.index));
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
