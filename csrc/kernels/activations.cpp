// Elementwise activation functions each forward beside its backward.
//
// NaN goes through every function as NaN, so that a diverged network is noticed.
#include "isa.h"
#include "loops.h"
#include "vecmath.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

constexpr int64_t kPanel = 16384;  // elements a thread claims at once
constexpr float kSeluAlpha = 1.67326324235437728f, kSeluScale = 1.05070098735548049f;
constexpr float kSqrt2OverPi = 0.797884560802865356f, kGeluCubic = 0.044715f, kInvSqrt2Pi = 0.398942280401432678f;

// Keras's relu: x above the threshold, clipped to [0, max_value] where there is one; below, slope * (x - threshold).
struct Relu {
  vf slope, least, most, threshold;
  explicit Relu(Activation p)
      : slope(set1(p.a)),
        least(set1(p.b < __builtin_inff() ? 0 : -__builtin_inff())),
        most(set1(p.b)),
        threshold(set1(p.c)) {}
  vf forward(vf x) const {
    // A slope of 0 must not make NaN of -infinity.
    const vf below = (slope == 0.0f) & (x == x) ? vf{} : slope * (x - threshold);
    return x > threshold ? at_most(at_least(x, least), most) : below;
  }
  vf backward(vf x, vf dy) const {
    const vf below = slope == 0.0f ? vf{} : slope * dy;  // also for an infinite dy
    return x > threshold ? ((x < least) | (x >= most) ? vf{} : dy) : below;
  }
};

struct Linear {
  explicit Linear(Activation) {}
  vf forward(vf x) const { return x; }
  vf backward(vf, vf dy) const { return dy; }
};

// From y: y > 0 exactly where x > 0.
struct PlainRelu {
  explicit PlainRelu(Activation) {}
  vf forward(vf x) const { return at_least(x, vf{}); }
  vf backward(vf y, vf dy) const { return y <= 0.0f ? vf{} : dy; }
};

struct LeakyRelu {
  vf slope;
  explicit LeakyRelu(Activation p) : slope(set1(p.a)) {}
  vf forward(vf x) const { return x < 0.0f ? slope * x : x; }
  vf backward(vf x, vf dy) const { return x < 0.0f ? slope * dy : dy; }
};

struct Elu {
  vf alpha;
  explicit Elu(Activation p) : alpha(set1(p.a)) {}
  vf forward(vf x) const { return x > 0.0f ? x : alpha * expm1_negative(x); }
  vf backward(vf x, vf dy) const { return x > 0.0f ? dy : product(dy * alpha, exp(x), kLeastState); }
};

struct Selu {
  explicit Selu(Activation) {}
  vf forward(vf x) const { return kSeluScale * (x > 0.0f ? x : kSeluAlpha * expm1_negative(x)); }
  vf backward(vf x, vf dy) const {
    return kSeluScale * (x > 0.0f ? dy : product(dy * kSeluAlpha, exp(x), kLeastState));
  }
};

struct Sigmoid {
  explicit Sigmoid(Activation) {}
  vf forward(vf x) const { return sigmoid(x); }
  vf backward(vf y, vf dy) const { return product(dy, y, kLeastState) * (1.0f - y); }
};

struct Tanh {
  explicit Tanh(Activation) {}
  vf forward(vf x) const { return tanh(x); }
  vf backward(vf y, vf dy) const { return dy * fma(-y, y, set1(1.0f)); }
};

struct Softplus {
  explicit Softplus(Activation) {}
  vf forward(vf x) const { return softplus(x); }
  vf backward(vf x, vf dy) const { return product(dy, sigmoid(x), kLeastState); }
};

struct Softsign {
  explicit Softsign(Activation) {}
  vf forward(vf x) const { return x / (abs(x) + 1.0f); }
  vf backward(vf x, vf dy) const {
    const vf d = abs(x) + 1.0f;
    return dy / (d * d);
  }
};

struct Silu {
  explicit Silu(Activation) {}
  vf forward(vf x) const { return x * sigmoid(x); }
  vf backward(vf x, vf dy) const {
    const vf s = sigmoid(x);
    return product(dy, s, kLeastState) * fma(x, 1.0f - s, set1(1.0f));
  }
};

// x times the standard normal's distribution function.
struct Gelu {
  explicit Gelu(Activation) {}
  vf forward(vf x) const { return x * normal_cdf(x); }
  vf backward(vf x, vf dy) const {
    const vf near = felt(x);
    const vf slope = fma(x * kInvSqrt2Pi, exp(near * near * -0.5f), normal_cdf(x));
    return product(dy, slope, kLeastState);
  }
};

// The approximation x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))).
struct GeluTanh {
  explicit GeluTanh(Activation) {}
  static vf inner(vf x) {
    const vf near = felt(x);
    return kSqrt2OverPi * fma(near * near * kGeluCubic, x, x);
  }
  vf forward(vf x) const { return 0.5f * x * (tanh(inner(x)) + 1.0f); }
  vf backward(vf x, vf dy) const {
    const vf t = tanh(inner(x)), near = felt(x);
    const vf slope = kSqrt2OverPi * fma(near * near, set1(3.0f * kGeluCubic), set1(1.0f));
    return dy * 0.5f * fma(x * fma(-t, t, set1(1.0f)), slope, t + 1.0f);
  }
};

// max(0, min(1, x / 6 + 1 / 2)), as relu6(x + 3) / 6.
struct HardSigmoid {
  explicit HardSigmoid(Activation) {}
  vf forward(vf x) const { return at_most(at_least(x + 3.0f, vf{}), set1(6.0f)) / 6.0f; }
  vf backward(vf x, vf dy) const { return (x <= -3.0f) | (x >= 3.0f) ? vf{} : dy / 6.0f; }
};

// elu whose slope is continuous at 0 for every alpha.
struct Celu {
  vf alpha;
  explicit Celu(Activation p) : alpha(set1(p.a)) {}
  vf forward(vf x) const { return x > 0.0f ? x : alpha * expm1_negative(x / alpha); }
  vf backward(vf x, vf dy) const { return x > 0.0f ? dy : product(dy, exp(x / alpha), kLeastState); }
};

struct Exponential {
  explicit Exponential(Activation) {}
  vf forward(vf x) const { return exp(x); }
  vf backward(vf y, vf dy) const { return product(dy, y, kLeastState); }
};

struct HardShrink {
  vf threshold;
  explicit HardShrink(Activation p) : threshold(set1(p.a)) {}
  vf forward(vf x) const { return abs(x) <= threshold ? vf{} : x; }
  vf backward(vf x, vf dy) const { return abs(x) <= threshold ? vf{} : dy; }
};

// x * hard_sigmoid(x)
struct HardSilu {
  explicit HardSilu(Activation) {}
  static vf gate(vf x) { return at_most(at_least(x + 3.0f, vf{}), set1(6.0f)) / 6.0f; }
  vf forward(vf x) const { return x * gate(x); }
  vf backward(vf x, vf dy) const { return dy * (gate(x) + ((x <= -3.0f) | (x >= 3.0f) ? vf{} : x / 6.0f)); }
};

struct HardTanh {
  explicit HardTanh(Activation) {}
  vf forward(vf x) const { return at_most(at_least(x, set1(-1.0f)), set1(1.0f)); }
  vf backward(vf x, vf dy) const { return abs(x) > 1.0f ? vf{} : dy; }
};

struct LogSigmoid {
  explicit LogSigmoid(Activation) {}
  vf forward(vf x) const { return -softplus(-x); }
  vf backward(vf x, vf dy) const { return product(dy, sigmoid(-x), kLeastState); }
};

// x * tanh(softplus(x))
struct Mish {
  explicit Mish(Activation) {}
  vf forward(vf x) const { return x * tanh(softplus(x)); }
  vf backward(vf x, vf dy) const {
    const vf t = tanh(softplus(x));
    return product(dy, fma(x * sigmoid(x), fma(-t, t, set1(1.0f)), t), kLeastState);
  }
};

struct SoftShrink {
  vf threshold;
  explicit SoftShrink(Activation p) : threshold(set1(p.a)) {}
  vf forward(vf x) const { return abs(x) <= threshold ? vf{} : x - with_sign_of(threshold, x); }
  vf backward(vf x, vf dy) const { return abs(x) <= threshold ? vf{} : dy; }
};

// 0 up to -1, x from 1 on, (x + 1)^2 / 4 between.
struct SparsePlus {
  explicit SparsePlus(Activation) {}
  vf forward(vf x) const {
    const vf above = x + 1.0f;
    return x >= 1.0f ? x : (x <= -1.0f ? vf{} : above * above * 0.25f);
  }
  vf backward(vf x, vf dy) const { return x >= 1.0f ? dy : (x <= -1.0f ? vf{} : dy * ((x + 1.0f) * 0.5f)); }
};

// The slope of sparse_plus.
struct SparseSigmoid {
  explicit SparseSigmoid(Activation) {}
  vf forward(vf x) const { return 0.5f * at_most(at_least(x + 1.0f, vf{}), set1(2.0f)); }
  vf backward(vf x, vf dy) const { return abs(x) >= 1.0f ? vf{} : dy * 0.5f; }
};

// (x + sqrt(x^2 + b)) / 2
struct Squareplus {
  vf b;
  explicit Squareplus(Activation p) : b(set1(p.a)) {}
  vf root(vf x) const { return sqrt(fma(x, x, b)); }
  vf forward(vf x) const {
    // Below 0 as b / (root - x) / 2, which does not cancel.
    const vf r = root(x);
    return 0.5f * (x < 0.0f ? b / (r - x) : x + r);
  }
  vf backward(vf x, vf dy) const {
    const vf r = root(x);
    return dy * (0.5f * (x < 0.0f ? b / (r * (r - x)) : x / r + 1.0f));
  }
};

struct TanhShrink {
  explicit TanhShrink(Activation) {}
  vf forward(vf x) const { return tanh_shrink(x); }
  vf backward(vf x, vf dy) const {
    const vf t = tanh(x);
    return product(dy, square(t), kLeastState);
  }
};

// x above the threshold, else the default value.
struct Threshold {
  vf threshold, otherwise;
  explicit Threshold(Activation p) : threshold(set1(p.a)), otherwise(set1(p.b)) {}
  vf forward(vf x) const { return x <= threshold ? otherwise : x; }
  vf backward(vf x, vf dy) const { return x <= threshold ? vf{} : dy; }
};

// Calls use(f, cost) with the function's struct and its cost an element in nanoseconds, about.
template <class Use>
void dispatch(Activation p, const Use& use) {
  switch (p.function) {
    case Function::linear:
      return use(Linear(p), 0.1);
    case Function::relu:
      return is_plain_relu(p) ? use(PlainRelu(p), 0.1) : use(Relu(p), 0.2);
    case Function::leaky_relu:
      return use(LeakyRelu(p), 0.1);
    case Function::elu:
      return use(Elu(p), 0.6);
    case Function::selu:
      return use(Selu(p), 0.6);
    case Function::sigmoid:
      return use(Sigmoid(p), 0.8);
    case Function::tanh:
      return use(Tanh(p), 0.8);
    case Function::softplus:
      return use(Softplus(p), 1.2);
    case Function::softsign:
      return use(Softsign(p), 0.2);
    case Function::silu:
      return use(Silu(p), 0.8);
    case Function::gelu:
      return use(Gelu(p), 1.2);
    case Function::gelu_tanh:
      return use(GeluTanh(p), 1.0);
    case Function::hard_sigmoid:
      return use(HardSigmoid(p), 0.2);
    case Function::celu:
      return use(Celu(p), 0.8);
    case Function::exponential:
      return use(Exponential(p), 0.4);
    case Function::hard_shrink:
      return use(HardShrink(p), 0.1);
    case Function::hard_silu:
      return use(HardSilu(p), 0.3);
    case Function::hard_tanh:
      return use(HardTanh(p), 0.1);
    case Function::log_sigmoid:
      return use(LogSigmoid(p), 1.2);
    case Function::mish:
      return use(Mish(p), 2.0);
    case Function::soft_shrink:
      return use(SoftShrink(p), 0.1);
    case Function::sparse_plus:
      return use(SparsePlus(p), 0.2);
    case Function::sparse_sigmoid:
      return use(SparseSigmoid(p), 0.1);
    case Function::squareplus:
      return use(Squareplus(p), 0.4);
    case Function::tanh_shrink:
      return use(TanhShrink(p), 0.8);
    case Function::threshold:
      return use(Threshold(p), 0.1);
  }
}

}  // namespace

void activate(Activation p, const float* x, float* y, int64_t n) {
  dispatch(p, [&](const auto& f, double) {
    int64_t i = 0;
    const auto forward = [&](vf v) { return flush(f.forward(v), kLeastValue); };
    for (; i + kLanes <= n; i += kLanes) store(y + i, forward(load(x + i)));
    if (i < n) store_part(y + i, forward(load_part(x + i, (int)(n - i))), (int)(n - i));
  });
}

void activation(Activation p, const float* x, float* y, int64_t n) {
  dispatch(p, [&](const auto&, double cost) {
    parallel_range(n, kPanel, cost * (double)n,
                   [&](int64_t begin, int64_t end) { activate(p, x + begin, y + begin, end - begin); });
  });
}

void activation_backward(Activation p, const float* x_or_y, const float* dy, float* dx, int64_t n) {
  dispatch(p, [&](const auto& f, double cost) {
    parallel_range(n, kPanel, cost * (double)n, [&](int64_t begin, int64_t end) {
      const auto backward = [&](vf v, vf g) { return flush(f.backward(v, g), kLeastState); };
      int64_t i = begin;
      for (; i + kLanes <= end; i += kLanes) store(dx + i, backward(load(x_or_y + i), load(dy + i)));
      const int rest = (int)(end - i);
      if (rest) store_part(dx + i, backward(load_part(x_or_y + i, rest), load_part(dy + i, rest)), rest);
    });
  });
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
