// Losses: value and gradient in one pass over the rows.
#include "isa.h"
#include "rows.h"
#include "vecmath.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

// body(row, weight) for each row, weight being the factor of the row's gradient.
template <class Body>
void each_row(int64_t rows, int64_t cols, double cost, RowWeights w, const Body& body) {
  const auto scale = (float)w.scale;
  each_row(rows, cols, cost, [&](int64_t row) { body(row, w.weight ? w.weight[row] * scale : scale); });
}

// One row's targets: a distribution or a class number, smoothed towards the uniform distribution.
class Targets {
 public:
  Targets(const float* target, const int64_t* label, double smoothing, int64_t row, int64_t cols)
      : target_(target ? target + row * cols : nullptr),
        label_(target ? -1 : (int32_t)label[row]),
        keep_(set1((float)(1.0 - smoothing))),
        share_(set1((float)(smoothing / (double)cols))),
        smooth_(smoothing != 0) {}

  vf operator()(int64_t i, int64_t count) const {
    vf t;
    if (target_)
      t = load_upto(target_ + i, count);
    else
      t = as_float((iota() + (int32_t)i == label_) & 0x3f800000);  // 1.0f
    return smooth_ ? zero_from(fma(t, keep_, share_), count) : t;
  }

 private:
  const float* target_;
  int32_t label_;
  vf keep_, share_;
  bool smooth_;
};

// target * x, where a target of zero takes no part, even if x is infinite.
INLINE vf times_target(vf target, vf x) { return target == 0.0f ? vf{} : target * x; }

}  // namespace

// loss = sum(target * (log(sum(exp(x - max))) - (x - max))); gradient softmax(x) * sum(target) - target
void softmax_cross_entropy(const float* logits, const float* target, const int64_t* label, double smoothing,
                           RowWeights weights, float* loss, float* dx, int64_t rows, int64_t cols) {
  each_row(rows, cols, 1.5, weights, [&](int64_t row, float weight) {
    const float* x = logits + row * cols;
    const Targets t(target, label, smoothing, row, cols);
    const vf most = set1(max_of(x, cols));
    const float sum =
        sum_of(cols, [&](int64_t i, int64_t count) { return zero_from(exp(load_upto(x + i, count) - most), count); });
    const vf log_sum = log(set1(sum));
    loss[row] = sum_of(cols, [&](int64_t i, int64_t count) {
      return zero_from(times_target(t(i, count), log_sum - (load_upto(x + i, count) - most)), count);
    });
    if (!dx) return;
    const vf total = set1(sum_of(cols, t)) / sum;
    write_row(dx + row * cols, cols, [&](int64_t i, int64_t count) {
      return weight * fma(exp(load_upto(x + i, count) - most), total, -t(i, count));
    });
  });
}

// With q = x / sum(x): loss = -sum(target * log(clip(q))). The gradient is zero where q is clipped.
void cross_entropy(const float* x, const float* target, const int64_t* label, double smoothing, double epsilon,
                   RowWeights weights, float* loss, float* dx, int64_t rows, int64_t cols) {
  const vf low = set1((float)epsilon), high = set1((float)(1.0 - epsilon));
  each_row(rows, cols, 1.5, weights, [&](int64_t row, float weight) {
    const float* xr = x + row * cols;
    const Targets t(target, label, smoothing, row, cols);
    const vf sum = set1(sum_of(cols, [&](int64_t i, int64_t count) { return load_upto(xr + i, count); }));
    const auto q = [&](int64_t i, int64_t count) { return load_upto(xr + i, count) / sum; };
    loss[row] = sum_of(cols, [&](int64_t i, int64_t count) {
      return zero_from(-times_target(t(i, count), log(at_most(at_least(q(i, count), low), high))), count);
    });
    if (!dx) return;
    // dloss/dq
    const auto g = [&](int64_t i, int64_t count) {
      const vf p = q(i, count);
      return (p < low) | (p > high) ? vf{} : -t(i, count) / p;
    };
    const vf dot =
        set1(sum_of(cols, [&](int64_t i, int64_t count) { return zero_from(g(i, count) * q(i, count), count); }));
    write_row(dx + row * cols, cols, [&](int64_t i, int64_t count) { return weight * ((g(i, count) - dot) / sum); });
  });
}

void binary_cross_entropy(const float* x, const float* target, double smoothing, double epsilon, RowWeights weights,
                          float* loss, float* dx, int64_t rows, int64_t cols) {
  const vf low = set1((float)epsilon), high = set1((float)(1.0 - epsilon));
  const vf keep = set1((float)(1.0 - smoothing)), share = set1((float)(0.5 * smoothing));
  each_row(rows, cols, 3, weights, [&](int64_t row, float weight) {
    const float *xr = x + row * cols, *tr = target + row * cols;
    const auto t = [&](int64_t i, int64_t count) { return fma(load_upto(tr + i, count), keep, share); };
    const float sum = sum_of(cols, [&](int64_t i, int64_t count) {
      const vf z = load_upto(xr + i, count), target_i = t(i, count);
      if (epsilon <= 0)  // -t log(sigmoid(z)) - (1 - t) log(sigmoid(-z))
        return zero_from(target_i * softplus(-z) + (1.0f - target_i) * softplus(z), count);
      const vf p = at_most(at_least(z, low), high);
      return zero_from(-(target_i * log(p) + (1.0f - target_i) * log(1.0f - p)), count);
    });
    loss[row] = sum / (float)cols;
    if (!dx) return;
    const float factor = weight / (float)cols;
    write_row(dx + row * cols, cols, [&](int64_t i, int64_t count) {
      const vf z = load_upto(xr + i, count), target_i = t(i, count);
      if (epsilon <= 0) return factor * (sigmoid(z) - target_i);
      const vf slope = (1.0f - target_i) / (1.0f - z) - target_i / z;
      return (z < low) | (z > high) ? vf{} : factor * slope;
    });
  });
}

void mean_squared_error(const float* x, const float* target, RowWeights weights, float* loss, float* dx, int64_t rows,
                        int64_t cols) {
  each_row(rows, cols, 0.3, weights, [&](int64_t row, float weight) {
    const float *xr = x + row * cols, *tr = target + row * cols;
    const auto error = [&](int64_t i, int64_t count) { return load_upto(xr + i, count) - load_upto(tr + i, count); };
    const float sum = sum_of(cols, [&](int64_t i, int64_t count) {
      const vf e = error(i, count);
      return e * e;
    });
    loss[row] = sum / (float)cols;
    if (!dx) return;
    const float factor = 2.0f * weight / (float)cols;
    write_row(dx + row * cols, cols, [&](int64_t i, int64_t count) { return factor * error(i, count); });
  });
}

// The gradient at a zero error is zero.
void mean_absolute_error(const float* x, const float* target, RowWeights weights, float* loss, float* dx, int64_t rows,
                         int64_t cols) {
  each_row(rows, cols, 0.3, weights, [&](int64_t row, float weight) {
    const float *xr = x + row * cols, *tr = target + row * cols;
    const auto error = [&](int64_t i, int64_t count) { return load_upto(xr + i, count) - load_upto(tr + i, count); };
    loss[row] = sum_of(cols, [&](int64_t i, int64_t count) { return abs(error(i, count)); }) / (float)cols;
    if (!dx) return;
    const float factor = weight / (float)cols;
    write_row(dx + row * cols, cols, [&](int64_t i, int64_t count) {
      const vf e = error(i, count);
      return factor * (e > 0.0f ? set1(1.0f) : (e < 0.0f ? set1(-1.0f) : e));
    });
  });
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
