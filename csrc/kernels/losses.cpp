// Losses: value and gradient in one pass over the rows.
#include "isa.h"
#include "sums.h"
#include "vecmath.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

// body(row, weight) for each row, where weight is the factor of the row's gradient.
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

// The mean of value(x, t) over each row, and gradient(x, t, factor), where factor is the row's weight / cols. Rows of
// one element make vectors together.
template <class Value, class Gradient>
void mean_over_columns(const float* x, const float* target, RowWeights w, float* loss, float* dx, int64_t rows,
                       int64_t cols, double cost, const Value& value, const Gradient& gradient) {
  if (cols == 1) {
    const vf scale = set1((float)w.scale);
    parallel_range(rows, 8192, cost * (double)rows, [&](int64_t begin, int64_t end) {
      each_vector_of(begin, end, [&](auto get, auto put, int) {
        const vf y = get(x), t = get(target);
        put(loss, value(y, t) + 0.0f);
        if (dx) put(dx, flush(gradient(y, t, w.weight ? get(w.weight) * scale : scale), kLeastState));
      });
    });
    return;
  }
  each_row(rows, cols, cost, w, [&](int64_t row, float weight) {
    const float *xr = x + row * cols, *tr = target + row * cols;
    const float sum = sum_of(cols, [&](int64_t i, int64_t count) {
      return zero_from(value(load_upto(xr + i, count), load_upto(tr + i, count)), count);
    });
    loss[row] = sum / (float)cols;
    if (!dx) return;
    const vf factor = set1(weight / (float)cols);
    write_row(dx + row * cols, cols, [&](int64_t i, int64_t count) {
      return flush(gradient(load_upto(xr + i, count), load_upto(tr + i, count), factor), kLeastState);
    });
  });
}

// target * x, or zero for a target of zero, even if x is infinite.
INLINE vf times_target(vf target, vf x) { return target == 0.0f ? vf{} : target * x; }

}  // namespace

// loss = sum(target * (log(sum(exp(x - max))) - (x - max))); gradient softmax(x) * sum(target) - target
void softmax_cross_entropy(const float* logits, const float* target, const int64_t* label, double smoothing,
                           RowWeights weights, float* loss, float* dx, int64_t rows, int64_t cols) {
  each_row(rows, cols, 1.5, weights, [&](int64_t row, float weight) {
    const float* x = logits + row * cols;
    const Targets t(target, label, smoothing, row, cols);
    const vf most = set1(max_of(x, cols));
    float* const kept = dx ? dx + row * cols : nullptr;  // the exponentials, until the gradient takes their place
    const float sum = sum_of(cols, [&](int64_t i, int64_t count) {
      const vf e = exp(load_upto(x + i, count) - most);
      if (kept) store_upto(kept + i, e, count);
      return zero_from(e, count);
    });
    const vf log_sum = log(set1(sum));
    loss[row] = sum_of(cols, [&](int64_t i, int64_t count) {
      return zero_from(times_target(t(i, count), log_sum - (load_upto(x + i, count) - most)), count);
    });
    if (!dx) return;
    const vf total = set1(sum_of(cols, t)) / sum;
    write_row(kept, cols, [&](int64_t i, int64_t count) {
      return flush(weight * fma(load_upto(kept + i, count), total, -t(i, count)), kLeastState);
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
      return ((p < low) | (p > high)) ? vf{} : -t(i, count) / p;
    };
    const vf dot =
        set1(sum_of(cols, [&](int64_t i, int64_t count) { return zero_from(g(i, count) * q(i, count), count); }));
    write_row(dx + row * cols, cols,
              [&](int64_t i, int64_t count) { return flush(weight * ((g(i, count) - dot) / sum), kLeastState); });
  });
}

void binary_cross_entropy(const float* x, const float* target, double smoothing, double epsilon, RowWeights weights,
                          float* loss, float* dx, int64_t rows, int64_t cols) {
  const vf low = set1((float)epsilon), high = set1((float)(1.0 - epsilon));
  const vf keep = set1((float)(1.0 - smoothing)), share = set1((float)(0.5 * smoothing));
  const auto smoothed = [&](vf t) { return fma(t, keep, share); };
  if (epsilon <= 0) {  // of logits: -t log(sigmoid(z)) - (1 - t) log(sigmoid(-z))
    mean_over_columns(
        x, target, weights, loss, dx, rows, cols, 3,
        [&](vf z, vf t) { return smoothed(t) * softplus(-z) + (1.0f - smoothed(t)) * softplus(z); },
        [&](vf z, vf t, vf factor) { return factor * (sigmoid(z) - smoothed(t)); });
    return;
  }
  mean_over_columns(
      x, target, weights, loss, dx, rows, cols, 3,
      [&](vf z, vf t) {
        const vf p = at_most(at_least(z, low), high);
        return -(smoothed(t) * log(p) + (1.0f - smoothed(t)) * log(1.0f - p));
      },
      [&](vf z, vf t, vf factor) {
        const vf slope = (1.0f - smoothed(t)) / (1.0f - z) - smoothed(t) / z;
        return ((z < low) | (z > high)) ? vf{} : factor * slope;
      });
}

void mean_squared_error(const float* x, const float* target, RowWeights weights, float* loss, float* dx, int64_t rows,
                        int64_t cols) {
  mean_over_columns(
      x, target, weights, loss, dx, rows, cols, 0.3, [](vf y, vf t) { return square(y - t); },
      [](vf y, vf t, vf factor) { return 2.0f * factor * (y - t); });
}

// The gradient at a zero error is zero.
void mean_absolute_error(const float* x, const float* target, RowWeights weights, float* loss, float* dx, int64_t rows,
                         int64_t cols) {
  mean_over_columns(
      x, target, weights, loss, dx, rows, cols, 0.3, [](vf y, vf t) { return abs(y - t); },
      [](vf y, vf t, vf factor) {
        const vf e = y - t;
        return factor * (e > 0.0f ? set1(1.0f) : (e < 0.0f ? set1(-1.0f) : e));
      });
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
