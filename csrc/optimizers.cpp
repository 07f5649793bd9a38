// One fused update a rule. The rules are Keras 3's, in its order of operations.
#include "isa.h"
#include "threads.h"
#include "vec.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

// update(i, get, put) for the vectors of n elements; get(array) loads and put(array, value) stores the vector at i.
template <class Update>
void each_vector(int64_t n, double cost, const Update& update) {
  parallel_range(n, 8192, cost * (double)n, [&](int64_t begin, int64_t end) {
    int64_t i = begin;
    for (; i + kLanes <= end; i += kLanes)
      update([&](const float* p) { return load(p + i); }, [&](float* p, vf v) { store(p + i, v); });
    if (const int rest = (int)(end - i))
      update([&](const float* p) { return load_part(p + i, rest); },
             [&](float* p, vf v) { store_part(p + i, v, rest); });
  });
}

}  // namespace

// m = momentum * m - rate * g;  w += m, or with Nesterov's w += momentum * m - rate * g
void sgd(Sgd p, float* w, const float* g, float* momentum, int64_t n) {
  const vf rate = set1((float)p.learning_rate), decay = set1((float)p.momentum);
  if (!momentum) {
    each_vector(n, 0.15, [&](auto get, auto put) { put(w, get(w) - get(g) * rate); });
    return;
  }
  each_vector(n, 0.25, [&](auto get, auto put) {
    const vf step = get(g) * rate;
    const vf m = get(momentum) * decay - step;
    put(momentum, m);
    put(w, get(w) + (p.nesterov ? m * decay - step : m));
  });
}

// v = rho v + (1 - rho) g²;  w -= rate * g / sqrt(v + epsilon), less the squared mean of g where centered, and through
// a momentum where there is one
void rmsprop(RmsProp p, float* w, const float* g, float* velocity, float* momentum, float* average, int64_t n) {
  const vf rate = set1((float)p.learning_rate), rho = set1((float)p.rho), rest = set1((float)(1.0 - p.rho));
  const vf epsilon = set1((float)p.epsilon), decay = set1((float)p.momentum);
  each_vector(n, 0.4, [&](auto get, auto put) {
    const vf gradient = get(g);
    const vf v = rho * get(velocity) + rest * (gradient * gradient);
    put(velocity, v);
    vf denominator = v;
    if (average) {
      const vf mean = rho * get(average) + rest * gradient;
      put(average, mean);
      denominator = denominator - mean * mean;
    }
    vf increment = rate * gradient / sqrt(denominator + epsilon);
    if (momentum) {
      increment = decay * get(momentum) + increment;
      put(momentum, increment);
    }
    put(w, get(w) - increment);
  });
}

// m += (1 - beta_1) (g - m);  v += (1 - beta_2) (g² - v);  w -= rate * m / (sqrt(v) + epsilon), or by the largest v
// so far (AMSGrad)
void adam(Adam p, float* w, const float* g, float* m, float* v, float* v_max, int64_t n) {
  const vf rate = set1((float)p.learning_rate), epsilon = set1((float)p.epsilon);
  const vf rest_1 = set1((float)(1.0 - p.beta_1)), rest_2 = set1((float)(1.0 - p.beta_2));
  each_vector(n, 0.5, [&](auto get, auto put) {
    const vf gradient = get(g);
    const vf first = get(m) + (gradient - get(m)) * rest_1;
    vf second = get(v) + (gradient * gradient - get(v)) * rest_2;
    put(m, first);
    put(v, second);
    if (v_max) {
      second = at_least(get(v_max), second);
      put(v_max, second);
    }
    put(w, get(w) - first * rate / (sqrt(second) + epsilon));
  });
}

void decay(double amount, float* w, int64_t n) {
  const vf factor = set1((float)amount);
  each_vector(n, 0.15, [&](auto get, auto put) { put(w, get(w) - get(w) * factor); });
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
