// Softmax and its logarithm along rows, each forward beside its backward.
#include "isa.h"
#include "sums.h"
#include "vecmath.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

INLINE float scalar_log(float x) { return log(set1(x))[0]; }

}  // namespace

// exp(x - max) / sum of the same
void softmax(const float* x, float* y, int64_t rows, int64_t cols) {
  each_row(rows, cols, 0.8, [&](int64_t row) {
    const float* xr = x + row * cols;
    float* yr = y + row * cols;
    const vf most = set1(max_of(xr, cols));
    write_row(yr, cols, [&](int64_t i, int64_t count) { return exp(load_upto(xr + i, count) - most); });
    const vf sum = set1(sum_of(cols, [&](int64_t i, int64_t count) { return load_upto(yr + i, count); }));
    write_row(yr, cols, [&](int64_t i, int64_t count) { return flush(load_upto(yr + i, count) / sum, kLeastValue); });
  });
}

// dx = y * (dy - sum(y * dy))
void softmax_backward(const float* y, const float* dy, float* dx, int64_t rows, int64_t cols) {
  each_row(rows, cols, 0.3, [&](int64_t row) {
    const float *yr = y + row * cols, *dyr = dy + row * cols;
    const vf dot = set1(sum_of(cols, [&](int64_t i, int64_t count) {
      return product(load_upto(yr + i, count), load_upto(dyr + i, count), kLeastState);
    }));
    write_row(dx + row * cols, cols, [&](int64_t i, int64_t count) {
      return product(load_upto(yr + i, count), load_upto(dyr + i, count) - dot, kLeastState);
    });
  });
}

// x - max - log(sum(exp(x - max)))
void log_softmax(const float* x, float* y, int64_t rows, int64_t cols) {
  each_row(rows, cols, 0.8, [&](int64_t row) {
    const float* xr = x + row * cols;
    const vf most = set1(max_of(xr, cols));
    const float sum =
        sum_of(cols, [&](int64_t i, int64_t count) { return zero_from(exp(load_upto(xr + i, count) - most), count); });
    const vf log_sum = set1(scalar_log(sum));
    write_row(y + row * cols, cols, [&](int64_t i, int64_t count) {
      return flush((load_upto(xr + i, count) - most) - log_sum, kLeastValue);
    });
  });
}

// dx = dy - exp(y) * sum(dy)
void log_softmax_backward(const float* y, const float* dy, float* dx, int64_t rows, int64_t cols) {
  each_row(rows, cols, 0.8, [&](int64_t row) {
    const float *yr = y + row * cols, *dyr = dy + row * cols;
    const vf sum = set1(sum_of(cols, [&](int64_t i, int64_t count) { return load_upto(dyr + i, count); }));
    write_row(dx + row * cols, cols, [&](int64_t i, int64_t count) {
      const vf share = product(exp(load_upto(yr + i, count)), sum, kLeastState);
      return flush(load_upto(dyr + i, count) - share, kLeastState);
    });
  });
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
