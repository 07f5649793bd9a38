// Elementwise activation functions, each forward beside its backward.
//
// Every function returns NaN for NaN, so that a diverged network is noticed. To add a function, add its formula with
// its row here, its name in `Formulas`, and its Python function in python/brisknet/ops/activations.py.
#include "isa.h"
#include "loops.h"
#include "vecmath.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

constexpr float kSeluAlpha = 1.67326324235437728f, kSeluScale = 1.05070098735548049f;
constexpr float kSqrt2OverPi = 0.797884560802865356f, kGeluCubic = 0.044715f, kInvSqrt2Pi = 0.398942280401432678f;

using Row = ActivationRow;
constexpr bool kFromInput = true, kFromOutput = false;  // the input of backward

struct Formula {
  Activation p;  // the parameters
};

// Keras's relu: x above the threshold, clipped to [0, max_value] if given; below it, slope * (x - threshold).
struct Relu : Formula {
  static constexpr Row row{
      "relu", 0.1, kFromInput, {{"negative_slope", 0}, {"max_value", __builtin_inff()}, {"threshold", 0}}};
  vf slope = set1(p.a), most = set1(p.b), threshold = set1(p.c);
  vf least = set1(p.b < __builtin_inff() ? 0 : -__builtin_inff());
  vf forward(vf x) const {
    // A slope of 0 must not turn -infinity into NaN.
    const vf below = ((slope == 0.0f) & (x == x)) ? vf{} : slope * (x - threshold);
    return x > threshold ? at_most(at_least(x, least), most) : below;
  }
  vf backward(vf x, vf dy) const {
    const vf below = slope == 0.0f ? vf{} : slope * dy;  // also for an infinite dy
    return x > threshold ? (((x < least) | (x >= most)) ? vf{} : dy) : below;
  }
};

struct Linear : Formula {
  static constexpr Row row{"linear", 0.1, kFromOutput};
  vf forward(vf x) const { return x; }
  vf backward(vf, vf dy) const { return dy; }
};

// From y: y > 0 exactly where x > 0.
struct PlainRelu : Formula {
  vf forward(vf x) const { return at_least(x, vf{}); }
  vf backward(vf y, vf dy) const { return y <= 0.0f ? vf{} : dy; }
};

struct LeakyRelu : Formula {
  static constexpr Row row{"leaky_relu", 0.1, kFromInput, {{"negative_slope", 0.2}}};
  vf slope = set1(p.a);
  vf forward(vf x) const { return x < 0.0f ? slope * x : x; }
  vf backward(vf x, vf dy) const { return x < 0.0f ? slope * dy : dy; }
};

struct Elu : Formula {
  static constexpr Row row{"elu", 0.6, kFromInput, {{"alpha", 1}}};
  vf alpha = set1(p.a);
  vf forward(vf x) const { return x > 0.0f ? x : alpha * expm1_negative(x); }
  vf backward(vf x, vf dy) const { return x > 0.0f ? dy : product(dy * alpha, exp(x), kLeastState); }
};

struct Selu : Formula {
  static constexpr Row row{"selu", 0.6, kFromInput};
  vf forward(vf x) const { return kSeluScale * (x > 0.0f ? x : kSeluAlpha * expm1_negative(x)); }
  vf backward(vf x, vf dy) const {
    return kSeluScale * (x > 0.0f ? dy : product(dy * kSeluAlpha, exp(x), kLeastState));
  }
};

struct Sigmoid : Formula {
  static constexpr Row row{"sigmoid", 0.8, kFromOutput};
  vf forward(vf x) const { return sigmoid(x); }
  vf backward(vf y, vf dy) const { return product(dy, y, kLeastState) * (1.0f - y); }
};

struct Tanh : Formula {
  static constexpr Row row{"tanh", 0.8, kFromOutput};
  vf forward(vf x) const { return tanh(x); }
  vf backward(vf y, vf dy) const { return dy * fma(-y, y, set1(1.0f)); }
};

struct Softplus : Formula {
  static constexpr Row row{"softplus", 1.2, kFromInput};
  vf forward(vf x) const { return softplus(x); }
  vf backward(vf x, vf dy) const { return product(dy, sigmoid(x), kLeastState); }
};

struct Softsign : Formula {
  static constexpr Row row{"softsign", 0.2, kFromInput};
  vf forward(vf x) const { return x / (abs(x) + 1.0f); }
  vf backward(vf x, vf dy) const {
    const vf d = abs(x) + 1.0f;
    return dy / (d * d);
  }
};

struct Silu : Formula {
  static constexpr Row row{"silu", 0.8, kFromInput};
  vf forward(vf x) const { return x * sigmoid(x); }
  vf backward(vf x, vf dy) const {
    const vf s = sigmoid(x);
    return product(dy, s, kLeastState) * fma(x, 1.0f - s, set1(1.0f));
  }
};

// x times the standard normal distribution function.
struct Gelu : Formula {
  static constexpr Row row{"gelu", 1.2, kFromInput};
  vf forward(vf x) const { return x * normal_cdf(x); }
  vf backward(vf x, vf dy) const {
    const vf near = felt(x);
    const vf slope = fma(x * kInvSqrt2Pi, exp(near * near * -0.5f), normal_cdf(x));
    return product(dy, slope, kLeastState);
  }
};

// The approximation x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))).
struct GeluTanh : Formula {
  static constexpr Row row{"gelu_tanh", 1.0, kFromInput};
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
struct HardSigmoid : Formula {
  static constexpr Row row{"hard_sigmoid", 0.2, kFromInput};
  vf forward(vf x) const { return at_most(at_least(x + 3.0f, vf{}), set1(6.0f)) / 6.0f; }
  vf backward(vf x, vf dy) const { return ((x <= -3.0f) | (x >= 3.0f)) ? vf{} : dy / 6.0f; }
};

// elu with a slope that is continuous at 0 for every alpha.
struct Celu : Formula {
  static constexpr Row row{"celu", 0.8, kFromInput, {{"alpha", 1}}};
  vf alpha = set1(p.a);
  vf forward(vf x) const { return x > 0.0f ? x : alpha * expm1_negative(x / alpha); }
  vf backward(vf x, vf dy) const { return x > 0.0f ? dy : product(dy, exp(x / alpha), kLeastState); }
};

struct Exponential : Formula {
  static constexpr Row row{"exponential", 0.4, kFromOutput};
  vf forward(vf x) const { return exp(x); }
  vf backward(vf y, vf dy) const { return product(dy, y, kLeastState); }
};

struct HardShrink : Formula {
  static constexpr Row row{"hard_shrink", 0.1, kFromInput, {{"threshold", 0.5}}};
  vf threshold = set1(p.a);
  vf forward(vf x) const { return abs(x) <= threshold ? vf{} : x; }
  vf backward(vf x, vf dy) const { return abs(x) <= threshold ? vf{} : dy; }
};

// x * hard_sigmoid(x)
struct HardSilu : Formula {
  static constexpr Row row{"hard_silu", 0.3, kFromInput};
  static vf gate(vf x) { return at_most(at_least(x + 3.0f, vf{}), set1(6.0f)) / 6.0f; }
  vf forward(vf x) const { return x * gate(x); }
  vf backward(vf x, vf dy) const { return dy * (gate(x) + (((x <= -3.0f) | (x >= 3.0f)) ? vf{} : x / 6.0f)); }
};

struct HardTanh : Formula {
  static constexpr Row row{"hard_tanh", 0.1, kFromInput};
  vf forward(vf x) const { return at_most(at_least(x, set1(-1.0f)), set1(1.0f)); }
  vf backward(vf x, vf dy) const { return abs(x) > 1.0f ? vf{} : dy; }
};

struct LogSigmoid : Formula {
  static constexpr Row row{"log_sigmoid", 1.2, kFromInput};
  vf forward(vf x) const { return -softplus(-x); }
  vf backward(vf x, vf dy) const { return product(dy, sigmoid(-x), kLeastState); }
};

// x * tanh(softplus(x))
struct Mish : Formula {
  static constexpr Row row{"mish", 2.0, kFromInput};
  vf forward(vf x) const { return x * tanh(softplus(x)); }
  vf backward(vf x, vf dy) const {
    const vf t = tanh(softplus(x));
    return product(dy, fma(x * sigmoid(x), fma(-t, t, set1(1.0f)), t), kLeastState);
  }
};

struct SoftShrink : Formula {
  static constexpr Row row{"soft_shrink", 0.1, kFromInput, {{"threshold", 0.5}}};
  vf threshold = set1(p.a);
  vf forward(vf x) const { return abs(x) <= threshold ? vf{} : x - with_sign_of(threshold, x); }
  vf backward(vf x, vf dy) const { return abs(x) <= threshold ? vf{} : dy; }
};

// 0 up to -1, x from 1 on, (x + 1)^2 / 4 between.
struct SparsePlus : Formula {
  static constexpr Row row{"sparse_plus", 0.2, kFromInput};
  vf forward(vf x) const {
    const vf above = x + 1.0f;
    return x >= 1.0f ? x : (x <= -1.0f ? vf{} : above * above * 0.25f);
  }
  vf backward(vf x, vf dy) const { return x >= 1.0f ? dy : (x <= -1.0f ? vf{} : dy * ((x + 1.0f) * 0.5f)); }
};

// The slope of sparse_plus.
struct SparseSigmoid : Formula {
  static constexpr Row row{"sparse_sigmoid", 0.1, kFromInput};
  vf forward(vf x) const { return 0.5f * at_most(at_least(x + 1.0f, vf{}), set1(2.0f)); }
  vf backward(vf x, vf dy) const { return abs(x) >= 1.0f ? vf{} : dy * 0.5f; }
};

// (x + sqrt(x^2 + b)) / 2
struct Squareplus : Formula {
  static constexpr Row row{"squareplus", 0.4, kFromInput, {{"b", 4}}};
  vf b = set1(p.a);
  vf root(vf x) const { return sqrt(fma(x, x, b)); }
  vf forward(vf x) const {
    // For x < 0, as b / (root - x) / 2, which avoids cancellation.
    const vf r = root(x);
    return 0.5f * (x < 0.0f ? b / (r - x) : x + r);
  }
  vf backward(vf x, vf dy) const {
    const vf r = root(x);
    return dy * (0.5f * (x < 0.0f ? b / (r * (r - x)) : x / r + 1.0f));
  }
};

struct TanhShrink : Formula {
  static constexpr Row row{"tanh_shrink", 0.8, kFromInput};
  vf forward(vf x) const { return tanh_shrink(x); }
  vf backward(vf x, vf dy) const {
    const vf t = tanh(x);
    return product(dy, square(t), kLeastState);
  }
};

// x above the threshold, else the default value.
struct Threshold : Formula {
  static constexpr Row row{"threshold", 0.1, kFromInput, {{"threshold", 0}, {"default_value", 0}}};
  vf threshold = set1(p.a), otherwise = set1(p.b);
  vf forward(vf x) const { return x <= threshold ? otherwise : x; }
  vf backward(vf x, vf dy) const { return x <= threshold ? vf{} : dy; }
};

template <class... F>
struct List {
  static constexpr ActivationRow rows[] = {F::row...};

  template <class Use>
  static void dispatch(Activation p, const Use& use) {
    int place = 0;
    (void)((place++ == (int)p.function && (use(F{{p}}), true)) || ...);
  }
};

// All formulas; a Function is a position in this list. Add new ones at the end.
using Formulas = List<Linear, Relu, LeakyRelu, Elu, Selu, Sigmoid, Tanh, Softplus, Softsign, Silu, Gelu, GeluTanh,
                      HardSigmoid, Celu, Exponential, HardShrink, HardSilu, HardTanh, LogSigmoid, Mish, SoftShrink,
                      SparsePlus, SparseSigmoid, Squareplus, TanhShrink, Threshold>;
static_assert(Formulas::rows[(int)Function::linear].name[0] == 'l' &&
              Formulas::rows[(int)Function::relu].name[0] == 'r');

// Calls use(f) with the function's formula.
template <class Use>
void dispatch(Activation p, const Use& use) {
  is_plain_relu(p) ? use(PlainRelu{{p}}) : Formulas::dispatch(p, use);
}

double nanoseconds(Activation p) { return Formulas::rows[(int)p.function].nanoseconds; }

}  // namespace

ActivationList activation_list() { return {Formulas::rows, sizeof(Formulas::rows) / sizeof(Row)}; }

void activate(Activation p, const float* x, float* y, int64_t n) {
  dispatch(p, [&](const auto& f) {
    each_vector_of(0, n, [&](auto get, auto put, int) { put(y, flush(f.forward(get(x)), kLeastValue)); });
  });
}

void activation(Activation p, const float* x, float* y, int64_t n) {
  parallel_range(n, 16384, nanoseconds(p) * (double)n,
                 [&](int64_t begin, int64_t end) { activate(p, x + begin, y + begin, end - begin); });
}

void activation_backward(Activation p, const float* x_or_y, const float* dy, float* dx, int64_t n) {
  dispatch(p, [&](const auto& f) {
    each_vector(n, nanoseconds(p),
                [&](auto get, auto put) { put(dx, flush(f.backward(get(x_or_y), get(dy)), kLeastState)); });
  });
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
