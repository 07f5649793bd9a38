// One fused update a rule. The rules are Keras 3's, in its order of operations. What vanishes becomes zero by the rule
// of flush.h: the gradient as it is read, and all that is kept.
#include "isa.h"
#include "updates.h"

namespace brisknet {
namespace BRISKNET_ISA {

// m = momentum * m - rate * g;  w += m, or with Nesterov's w += momentum * m - rate * g
void sgd(Sgd p, float* w, const float* g, float* momentum, int64_t n) {
  const vf rate = set1((float)p.learning_rate), decay = set1((float)p.momentum);
  if (!momentum) {
    each_vector(n, 0.15,
                [&](auto get, auto put) { put(w, flush(get(w) - flush(get(g), kLeastState) * rate, kLeastState)); });
    return;
  }
  each_vector(n, 0.25, [&](auto get, auto put) {
    const vf step = flush(get(g), kLeastState) * rate;
    const vf m = flush(get(momentum) * decay - step, kLeastState);
    put(momentum, m);
    put(w, flush(get(w) + (p.nesterov ? m * decay - step : m), kLeastState));
  });
}

// v = rho v + (1 - rho) g²;  w -= rate * g / sqrt(v + epsilon), less the squared mean of g where centered, and through
// a momentum where there is one
void rmsprop(RmsProp p, float* w, const float* g, float* velocity, float* momentum, float* average, int64_t n) {
  const vf rate = set1((float)p.learning_rate), rho = set1((float)p.rho), rest = set1((float)(1.0 - p.rho));
  const vf epsilon = set1((float)p.epsilon), decay = set1((float)p.momentum);
  each_vector(n, 0.4, [&](auto get, auto put) {
    const vf gradient = flush(get(g), kLeastSquaredGradient);
    const vf v = flush(rho * get(velocity) + rest * (gradient * gradient), kLeastValue);
    put(velocity, v);
    vf denominator = v;
    if (average) {
      const vf mean = flush(rho * get(average) + rest * gradient, kLeastState);
      put(average, mean);
      denominator = denominator - square(mean);
    }
    vf increment = rate * gradient / sqrt(denominator + epsilon);
    if (momentum) {
      increment = flush(decay * get(momentum) + increment, kLeastState);
      put(momentum, increment);
    }
    put(w, flush(get(w) - increment, kLeastState));
  });
}

// m += (1 - beta_1) (g - m);  v += (1 - beta_2) (g² - v);  w -= rate * m / (sqrt(v) + epsilon), or by the largest v
// so far (AMSGrad)
void adam(Adam p, float* w, const float* g, float* m, float* v, float* v_max, int64_t n) {
  const vf rate = set1((float)p.learning_rate), epsilon = set1((float)p.epsilon);
  const vf rest_1 = set1((float)(1.0 - p.beta_1)), rest_2 = set1((float)(1.0 - p.beta_2));
  each_vector(n, 0.5, [&](auto get, auto put) {
    const vf gradient = flush(get(g), kLeastSquaredGradient);
    const vf first = follow(get(m), gradient, rest_1);
    vf second = follow_square(get(v), gradient, rest_2);
    put(m, first);
    put(v, second);
    if (v_max) {
      second = at_least(get(v_max), second);
      put(v_max, second);
    }
    put(w, flush(get(w) - first * rate / (sqrt(second) + epsilon), kLeastState));
  });
}

// m += (1 - beta_1) (g - m);  u = max(beta_2 u, |g|);  w -= rate * m / (u + epsilon)
void adamax(Adam p, float* w, const float* g, float* m, float* u, int64_t n) {
  const vf rate = set1((float)p.learning_rate), epsilon = set1((float)p.epsilon);
  const vf rest = set1((float)(1.0 - p.beta_1)), decay = set1((float)p.beta_2);
  each_vector(n, 0.4, [&](auto get, auto put) {
    const vf gradient = flush(get(g), kLeastState);
    const vf first = follow(get(m), gradient, rest);
    const vf norm = flush(at_least(abs(gradient), decay * get(u)), kLeastState);
    put(m, first);
    put(u, norm);
    put(w, flush(get(w) - first * rate / (norm + epsilon), kLeastState));
  });
}

// m and v as adam's;  w -= (rate_m * m + rate_g * g) / (sqrt(v / missing) + epsilon)
void nadam(Nadam p, float* w, const float* g, float* m, float* v, int64_t n) {
  const vf rate_m = set1((float)p.momentum_rate), rate_g = set1((float)p.gradient_rate);
  const vf missing = set1((float)p.missing), epsilon = set1((float)p.epsilon);
  const vf rest_1 = set1((float)(1.0 - p.beta_1)), rest_2 = set1((float)(1.0 - p.beta_2));
  each_vector(n, 0.6, [&](auto get, auto put) {
    const vf gradient = flush(get(g), kLeastSquaredGradient);
    const vf first = follow(get(m), gradient, rest_1);
    const vf second = follow_square(get(v), gradient, rest_2);
    put(m, first);
    put(v, second);
    const vf step = (first * rate_m + gradient * rate_g) / (sqrt(second / missing) + epsilon);
    put(w, flush(get(w) - step, kLeastState));
  });
}

// a += g²;  w -= rate * g / sqrt(a + epsilon)
void adagrad(Adagrad p, float* w, const float* g, float* accumulator, int64_t n) {
  const vf rate = set1((float)p.learning_rate), epsilon = set1((float)p.epsilon);
  each_vector(n, 0.4, [&](auto get, auto put) {
    const vf gradient = flush(get(g), kLeastSquaredGradient);
    const vf sum = flush(get(accumulator) + gradient * gradient, kLeastValue);
    put(accumulator, sum);
    put(w, flush(get(w) - rate * gradient / sqrt(sum + epsilon), kLeastState));
  });
}

// v = rho v + (1 - rho) g²;  d = -sqrt(s + epsilon) g / sqrt(v + epsilon);  s = rho s + (1 - rho) d²;  w += rate * d
void adadelta(Adadelta p, float* w, const float* g, float* squares, float* steps, int64_t n) {
  const vf rate = set1((float)p.learning_rate), epsilon = set1((float)p.epsilon);
  const vf rho = set1((float)p.rho), rest = set1((float)(1.0 - p.rho));
  each_vector(n, 0.6, [&](auto get, auto put) {
    const vf gradient = flush(get(g), kLeastSquaredGradient), before = get(steps);
    const vf square = flush(rho * get(squares) + rest * (gradient * gradient), kLeastValue);
    const vf step = -(sqrt(before + epsilon) * gradient / sqrt(square + epsilon));
    const vf felt = flush(step, kLeastSquaredGradient);
    put(squares, square);
    put(steps, flush(rho * before + rest * (felt * felt), kLeastValue));
    put(w, flush(get(w) + rate * step, kLeastState));
  });
}

// w -= rate * sign(beta_1 m + (1 - beta_1) g);  m = beta_2 m + (1 - beta_2) g
void lion(Lion p, float* w, const float* g, float* m, int64_t n) {
  const vf rate = set1((float)p.learning_rate);
  const vf beta_1 = set1((float)p.beta_1), rest_1 = set1((float)(1.0 - p.beta_1));
  const vf beta_2 = set1((float)p.beta_2), rest_2 = set1((float)(1.0 - p.beta_2));
  each_vector(n, 0.25, [&](auto get, auto put) {
    const vf gradient = flush(get(g), kLeastState), mean = get(m);
    const vf direction = mean * beta_1 + gradient * rest_1;
    const vf sign = direction > 0.0f ? set1(1.0f) : direction < 0.0f ? set1(-1.0f) : direction;  // 0, or NaN
    put(m, flush(mean * beta_2 + gradient * rest_2, kLeastState));
    put(w, flush(get(w) - rate * sign, kLeastState));
  });
}

void decay(double amount, float* w, int64_t n) {
  const vf factor = set1((float)amount);
  each_vector(n, 0.15, [&](auto get, auto put) { put(w, flush(get(w) - get(w) * factor, kLeastState)); });
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
