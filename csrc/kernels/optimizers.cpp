// The rules of optimizers, from the simplest on. They are Keras 3's, in its order of operations, but for LAMB's norms,
// which are summed in double. What vanishes becomes zero by the rule of flush.h: the gradient as it is read, and all
// that is kept.
//
// CONTRIBUTING.md says how to add one.
#include "rules.h"
#include "sums.h"
#include "vecmath.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

// w += g: a sum of gradients.
struct Accumulate : Plain {
  static constexpr double kCost = 0.15;

  template <class Each>
  INLINE void update(Scalars, Slots, float* w, const float* g, Each each) {
    each([&](auto get, auto put) { put(w, flush(get(w) + get(g), kLeastState)); });
  }
};

// w = momentum * w + (1 - momentum) * g: an average of weights.
struct MovingAverage : Plain {
  SCALARS(momentum)
  static constexpr double kCost = 0.2;

  template <class Each>
  INLINE void update(Scalars p, Slots, float* w, const float* g, Each each) {
    const vf kept = set1((float)p.momentum), taken = 1.0f - kept;  // their sum is 1 in float too
    each([&](auto get, auto put) { put(w, flush(kept * get(w) + taken * get(g), kLeastState)); });
  }
};

// m = momentum * m - rate * g;  w += m, or with Nesterov's w += momentum * m - rate * g
struct Sgd : Plain {
  SCALARS(learning_rate, momentum, nesterov)
  SLOTS(momentum)
  static constexpr int kOptional = 1;
  static constexpr double kCost = 0.2;

  template <class Each>
  INLINE void update(Scalars p, Slots s, float* w, const float* g, Each each) {
    const vf rate = set1((float)p.learning_rate), decay = set1((float)p.momentum);
    if (!s.momentum) {
      each([&](auto get, auto put) { put(w, flush(get(w) - flush(get(g), kLeastState) * rate, kLeastState)); });
      return;
    }
    const bool nesterov = p.nesterov != 0;
    each([&](auto get, auto put) {
      const vf step = flush(get(g), kLeastState) * rate;
      const vf m = flush(get(s.momentum) * decay - step, kLeastState);
      put(s.momentum, m);
      put(w, flush(get(w) + (nesterov ? m * decay - step : m), kLeastState));
    });
  }
};

// w -= rate * sign(beta_1 m + (1 - beta_1) g);  m = beta_2 m + (1 - beta_2) g
struct Lion : Plain {
  SCALARS(learning_rate, beta_1, beta_2)
  SLOTS(momentum)
  static constexpr double kCost = 0.25;

  template <class Each>
  INLINE void update(Scalars p, Slots s, float* w, const float* g, Each each) {
    const vf rate = set1((float)p.learning_rate);
    const vf beta_1 = set1((float)p.beta_1), rest_1 = set1((float)(1.0 - p.beta_1));
    const vf beta_2 = set1((float)p.beta_2), rest_2 = set1((float)(1.0 - p.beta_2));
    each([&](auto get, auto put) {
      const vf gradient = flush(get(g), kLeastState), mean = get(s.momentum);
      const vf direction = mean * beta_1 + gradient * rest_1;
      const vf sign = direction > 0.0f ? set1(1.0f) : direction < 0.0f ? set1(-1.0f) : direction;  // 0, or NaN
      put(s.momentum, flush(mean * beta_2 + gradient * rest_2, kLeastState));
      put(w, flush(get(w) - rate * sign, kLeastState));
    });
  }
};

// a += g²;  w -= rate * g / sqrt(a + epsilon)
struct Adagrad : Plain {
  SCALARS(learning_rate, epsilon)
  SLOTS(accumulator)
  static constexpr double kCost = 0.4;

  template <class Each>
  INLINE void update(Scalars p, Slots s, float* w, const float* g, Each each) {
    const vf rate = set1((float)p.learning_rate), epsilon = set1((float)p.epsilon);
    each([&](auto get, auto put) {
      const vf gradient = flush(get(g), kLeastSquaredGradient);
      const vf sum = flush(get(s.accumulator) + gradient * gradient, kLeastValue);
      put(s.accumulator, sum);
      put(w, flush(get(w) - rate * gradient / sqrt(sum + epsilon), kLeastState));
    });
  }
};

// v = rho v + (1 - rho) g²;  w -= rate * g / sqrt(v + epsilon), less the squared mean of g where centered, and through
// a momentum where there is one
struct RmsProp : Plain {
  SCALARS(learning_rate, rho, momentum, epsilon)
  SLOTS(velocity, momentum, average_gradient)
  static constexpr int kOptional = 2;
  static constexpr double kCost = 0.4;

  template <class Each>
  INLINE void update(Scalars p, Slots s, float* w, const float* g, Each each) {
    const vf rate = set1((float)p.learning_rate), rho = set1((float)p.rho), rest = set1((float)(1.0 - p.rho));
    const vf epsilon = set1((float)p.epsilon), decay = set1((float)p.momentum);
    each([&](auto get, auto put) {
      const vf gradient = flush(get(g), kLeastSquaredGradient);
      const vf v = flush(rho * get(s.velocity) + rest * (gradient * gradient), kLeastValue);
      put(s.velocity, v);
      vf denominator = v;
      if (s.average_gradient) {
        const vf mean = flush(rho * get(s.average_gradient) + rest * gradient, kLeastState);
        put(s.average_gradient, mean);
        denominator = denominator - square(mean);
      }
      vf increment = rate * gradient / sqrt(denominator + epsilon);
      if (s.momentum) {
        increment = flush(decay * get(s.momentum) + increment, kLeastState);
        put(s.momentum, increment);
      }
      put(w, flush(get(w) - increment, kLeastState));
    });
  }
};

// v = rho v + (1 - rho) g²;  d = -sqrt(s + epsilon) g / sqrt(v + epsilon);  s = rho s + (1 - rho) d²;  w += rate * d
struct Adadelta : Plain {
  SCALARS(learning_rate, rho, epsilon)
  SLOTS(accumulated_grad, accumulated_delta_var)
  static constexpr double kCost = 0.6;

  template <class Each>
  INLINE void update(Scalars p, Slots s, float* w, const float* g, Each each) {
    const vf rate = set1((float)p.learning_rate), epsilon = set1((float)p.epsilon);
    const vf rho = set1((float)p.rho), rest = set1((float)(1.0 - p.rho));
    each([&](auto get, auto put) {
      const vf gradient = flush(get(g), kLeastSquaredGradient), before = get(s.accumulated_delta_var);
      const vf square = flush(rho * get(s.accumulated_grad) + rest * (gradient * gradient), kLeastValue);
      const vf step = -(sqrt(before + epsilon) * gradient / sqrt(square + epsilon));
      const vf felt = flush(step, kLeastSquaredGradient);
      put(s.accumulated_grad, square);
      put(s.accumulated_delta_var, flush(rho * before + rest * (felt * felt), kLeastValue));
      put(w, flush(get(w) + rate * step, kLeastState));
    });
  }
};

// The averages of a gradient and of its square, with these weights for a new one. A square that decays stays, at
// 2^-111 or less, when the steps would get denormal; its gradient's average is long zero then.
INLINE vf follow(vf average, vf gradient, vf taken) {
  return flush(average + (gradient - average) * taken, kLeastState);
}
INLINE vf follow_square(vf average, vf gradient, vf taken) {
  return flush(average + flush(gradient * gradient - average, kLeastSquare) * taken, kLeastValue);
}

// m += (1 - beta_1) (g - m);  v += (1 - beta_2) (g² - v);  w -= rate * m / (sqrt(v) + epsilon), or by the largest v
// so far (AMSGrad). The rate is bias-corrected: learning_rate * sqrt(1 - beta_2^t) / (1 - beta_1^t).
struct Adam : Plain {
  SCALARS(rate, beta_1, beta_2, epsilon)
  SLOTS(momentum, velocity, velocity_hat)
  static constexpr int kOptional = 1;
  static constexpr double kCost = 0.5;

  template <class Each>
  INLINE void update(Scalars p, Slots s, float* w, const float* g, Each each) {
    const vf rate = set1((float)p.rate), epsilon = set1((float)p.epsilon);
    const vf rest_1 = set1((float)(1.0 - p.beta_1)), rest_2 = set1((float)(1.0 - p.beta_2));
    each([&](auto get, auto put) {
      const vf gradient = flush(get(g), kLeastSquaredGradient);
      const vf first = follow(get(s.momentum), gradient, rest_1);
      vf second = follow_square(get(s.velocity), gradient, rest_2);
      put(s.momentum, first);
      put(s.velocity, second);
      if (s.velocity_hat) {
        second = at_least(get(s.velocity_hat), second);
        put(s.velocity_hat, second);
      }
      put(w, flush(get(w) - first * rate / (sqrt(second) + epsilon), kLeastState));
    });
  }
};

// m += (1 - beta_1) (g - m);  u = max(beta_2 u, |g|);  w -= rate * m / (u + epsilon), the rate being
// learning_rate / (1 - beta_1^t)
struct Adamax : Plain {
  SCALARS(rate, beta_1, beta_2, epsilon)
  SLOTS(momentum, norm)
  static constexpr double kCost = 0.4;

  template <class Each>
  INLINE void update(Scalars p, Slots s, float* w, const float* g, Each each) {
    const vf rate = set1((float)p.rate), epsilon = set1((float)p.epsilon);
    const vf rest = set1((float)(1.0 - p.beta_1)), decay = set1((float)p.beta_2);
    each([&](auto get, auto put) {
      const vf gradient = flush(get(g), kLeastState);
      const vf first = follow(get(s.momentum), gradient, rest);
      const vf norm = flush(at_least(abs(gradient), decay * get(s.norm)), kLeastState);
      put(s.momentum, first);
      put(s.norm, norm);
      put(w, flush(get(w) - first * rate / (norm + epsilon), kLeastState));
    });
  }
};

// m and v as adam's;  w -= (rate_m * m + rate_g * g) / (sqrt(v / missing) + epsilon), missing being 1 - beta_2^t, and
// the rates the learning rate's shares of m and of g
struct Nadam : Plain {
  SCALARS(rate_m, rate_g, beta_1, beta_2, epsilon, missing)
  SLOTS(momentum, velocity)
  static constexpr double kCost = 0.6;

  template <class Each>
  INLINE void update(Scalars p, Slots s, float* w, const float* g, Each each) {
    const vf rate_m = set1((float)p.rate_m), rate_g = set1((float)p.rate_g);
    const vf missing = set1((float)p.missing), epsilon = set1((float)p.epsilon);
    const vf rest_1 = set1((float)(1.0 - p.beta_1)), rest_2 = set1((float)(1.0 - p.beta_2));
    each([&](auto get, auto put) {
      const vf gradient = flush(get(g), kLeastSquaredGradient);
      const vf first = follow(get(s.momentum), gradient, rest_1);
      const vf second = follow_square(get(s.velocity), gradient, rest_2);
      put(s.momentum, first);
      put(s.velocity, second);
      const vf step = (first * rate_m + gradient * rate_g) / (sqrt(second / missing) + epsilon);
      put(w, flush(get(w) - step, kLeastState));
    });
  }
};

// z += g + 2 l2_shrinkage w - ((a + g²)^p - a^p) / rate * w;  a += g²
// w = (z within ±l1, minus z) / (a^p / rate + 2 l2 + beta / rate)
struct Ftrl : Plain {
  SCALARS(learning_rate, exponent, l1, l2, l2_shrinkage, beta)
  SLOTS(accumulator, linear)
  static constexpr double kCost = 1.0;

  template <class Each>
  INLINE void update(Scalars p, Slots s, float* w, const float* g, Each each) {
    const vf rate = set1((float)p.learning_rate), l1 = set1((float)p.l1);
    const vf l2 = set1((float)(2.0 * p.l2 + p.beta / p.learning_rate)), shrinkage = set1((float)(2.0 * p.l2_shrinkage));
    const auto by = [&](auto power) {  // power(a) = a^exponent, a >= 0, exponent >= 0
      each([&](auto get, auto put) {
        const vf weight = get(w), gradient = flush(get(g), kLeastSquaredGradient), before = get(s.accumulator);
        const vf sum = flush(before + gradient * gradient, kLeastValue);
        const vf root = power(sum);
        const vf change = gradient + shrinkage * weight - (root - power(before)) / rate * weight;
        const vf z = flush(get(s.linear) + change, kLeastState);
        put(s.accumulator, sum);
        put(s.linear, z);
        put(w, flush((at_most(at_least(z, -l1), l1) - z) / (root / rate + l2), kLeastState));
      });
    };
    const vf exponent = set1((float)p.exponent);
    if (p.exponent == 0.5)
      by([](vf a) { return sqrt(a); });
    else if (p.exponent == 0)
      by([](vf a) { return a == a ? set1(1.0f) : a; });
    else
      by([&](vf a) { return a == 0.0f ? vf{} : exp(exponent * log(a)); });
  }
};

// m and v as adam's;  u = (m / missing_1) / (sqrt(v / missing_2) + epsilon);  w -= |w| / |u| * rate * u, where both
// norms are above 0, and w -= rate * u elsewhere; missing_i being 1 - beta_i^t
struct Lamb : Plain {
  SCALARS(learning_rate, beta_1, beta_2, epsilon, missing_1, missing_2)
  SLOTS(momentum, velocity)
  static constexpr double kCost = 1.4;

  // u, from m and v.
  struct Direction {
    vf missing_1, missing_2, epsilon;

    explicit Direction(Scalars p)
        : missing_1(set1((float)p.missing_1)), missing_2(set1((float)p.missing_2)), epsilon(set1((float)p.epsilon)) {}
    vf operator()(vf m, vf v) const { return m / missing_1 / (sqrt(v / missing_2) + epsilon); }
  };

  // A variable's step is known when the norms over all of it are.
  static void update(const Step& step) {
    const Scratch memory(4 * step.panels + step.count);
    double* const weights = (double*)memory.data;  // a panel's sums of squares: of its weights, of u
    double* const directions = weights + step.panels;
    float* const rates = (float*)(directions + step.panels);  // a variable's
    const auto p = filled<Scalars>(step.scalars);
    each_panel_of_update(step, 0.8, [&](const Updated& x, int64_t begin, int64_t end, int64_t panel) {
      const vf rest_1 = set1((float)(1.0 - p.beta_1)), rest_2 = set1((float)(1.0 - p.beta_2));
      const auto s = filled<Slots>(x.slots);
      const float *const w = x.w, *const g = x.g;
      const Direction direction(p);
      SquareSum weight, length;
      each_vector_of(begin, end, [&](auto get, auto put, int count) {
        const vf gradient = flush(get(g), kLeastSquaredGradient);
        const vf first = follow(get(s.momentum), gradient, rest_1);
        const vf second = follow_square(get(s.velocity), gradient, rest_2);
        put(s.momentum, first);
        put(s.velocity, second);
        weight.add(get(w));
        length.add(zero_from(direction(first, second), count));
      });
      weights[panel] = weight.fold();
      directions[panel] = length.fold();
    });

    for (int64_t i = 0; i < step.count; ++i) {
      const Updated& x = step.variables[i];
      const auto norm = [&](const double* squares) {
        return __builtin_sqrt(in_order(squares + x.first_panel, update_panels(x.size)));
      };
      const double of_weights = norm(weights), of_directions = norm(directions);
      const double ratio = of_weights > 0 && of_directions > 0 ? of_weights / of_directions : 1.0;
      rates[i] = (float)(ratio * p.learning_rate);
    }

    each_panel(step, 0.6, [&](const Updated& x, int64_t begin, int64_t end, int64_t) {
      const auto s = filled<Slots>(x.slots);
      float* const w = x.w;
      const vf rate = set1(rates[&x - step.variables]);
      const Direction direction(p);
      each_vector_of(begin, end, [&](auto get, auto put, int) {
        put(w, flush(get(w) - rate * direction(get(s.momentum), get(s.velocity)), kLeastState));
      });
    });
  }
};

constexpr Rule kRules[] = {
    row<Accumulate>("accumulate"),
    row<MovingAverage>("moving_average"),
    row<Sgd>("sgd"),
    row<Lion>("lion"),
    row<Adagrad>("adagrad"),
    row<RmsProp>("rmsprop"),
    row<Adadelta>("adadelta"),
    row<Adam>("adam"),
    row<Adamax>("adamax"),
    row<Nadam>("nadam"),
    row<Ftrl>("ftrl"),
    row<Lamb>("lamb", Lamb::update),
};

}  // namespace

const Rule* rule(int number) {
  return 0 <= number && number < (int)(sizeof kRules / sizeof *kRules) ? &kRules[number] : nullptr;
}

void decay(double amount, float* w, int64_t n) {
  parallel_range(n, kUpdatePanel, 0.15 * (double)n,
                 [&](int64_t begin, int64_t end) { decay_elements(amount, w, begin, end); });
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
