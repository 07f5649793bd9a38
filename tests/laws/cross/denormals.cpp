// What vanishes (csrc/kernels/flush.h): the bits of every kernel around the edges, and that loops which run for long
// neither meet nor make a denormal, whatever one costs on this CPU.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "hashes.h"

using namespace brisknet;

namespace {

constexpr float kValue = 0x1p-126f, kState = 0x1p-95f;

// Numbers of all magnitudes, and the neighbours of every edge.
Floats vanishing(size_t n, uint64_t stream) {
  Floats x = inputs(n, stream), exponent = inputs(n, stream + 100, 40);
  for (size_t i = 0; i < n; ++i) x[i] = std::ldexp(x[i], (int)exponent[i] - 70);
  size_t i = 0;
  for (const int edge : {-126, -111, -95, -63, -55, -31})
    for (const float x0 : {std::ldexp(1.0f, edge), std::nextafter(std::ldexp(1.0f, edge), 0.0f),
                           std::nextafter(std::ldexp(1.0f, edge), 1.0f)})
      for (const float sign : {1.0f, -1.0f})
        if (i < n) x[i++] = sign * x0;
  for (const float x0 : {0.0f, -0.0f, 0x1p-149f, -0x1p-149f, 1e-40f})
    if (i < n) x[i++] = x0;
  return x;
}

void expect_flushed(const Floats& x, float least, const std::string& what) {
  for (const float v : x)
    if (v != 0 && std::fabs(v) < least) {
      std::fprintf(stderr, "%s kept %g\n", what.c_str(), v);
      std::exit(1);
    }
}

// Whether the body met a denormal operand, or a result underflowed; looked for on x86 alone.
template <class Body>
bool meets_denormals(const Body& body) {
#if defined(__x86_64__)
  _mm_setcsr(0x1f80);
  body();
  return _mm_getcsr() & 0x12;
#else
  body();
  return false;
#endif
}

template <class Body>
void without_denormals(const std::string& what, const Body& body) {
  if (!meets_denormals(body)) return;
  std::fprintf(stderr, "%s meets denormals\n", what.c_str());
  std::exit(1);
}

struct Case {
  const char* name;
  int linear;  // the first arrays of state, averages of the gradient itself
  void (*step)(float* w, const float* g, float* a, float* b, float* c, int64_t n);
};

const Case kCases[] = {
    {"sgd", 0,
     [](float* w, const float* g, float*, float*, float*, int64_t n) {
       update("sgd", {0.1, 0, false}, w, g, {nullptr}, n);
     }},
    {"sgd momentum", 1,
     [](float* w, const float* g, float* a, float*, float*, int64_t n) {
       update("sgd", {0.1, 0.9, true}, w, g, {a}, n);
     }},
    {"rmsprop", 2,
     [](float* w, const float* g, float* a, float* b, float* c, int64_t n) {
       update("rmsprop", {0.01, 0.9, 0.5, 1e-7}, w, g, {c, a, b}, n);
     }},
    {"adam", 1,
     [](float* w, const float* g, float* a, float* b, float* c, int64_t n) {
       update("adam", {0.01, 0.9, 0.999, 1e-7}, w, g, {a, b, c}, n);
     }},
    {"adamax", 2,
     [](float* w, const float* g, float* a, float* b, float*, int64_t n) {
       update("adamax", {0.01, 0.9, 0.999, 1e-7}, w, g, {a, b}, n);
     }},
    {"nadam", 1,
     [](float* w, const float* g, float* a, float* b, float*, int64_t n) {
       update("nadam", {0.01, 0.002, 0.9, 0.999, 1e-7, 0.1}, w, g, {a, b}, n);
     }},
    {"lamb", 1,
     [](float* w, const float* g, float* a, float* b, float*, int64_t n) {
       update("lamb", {0.01, 0.9, 0.999, 1e-6, 0.1, 0.01}, w, g, {a, b}, n);
     }},
    {"adagrad", 0,
     [](float* w, const float* g, float* a, float*, float*, int64_t n) {
       update("adagrad", {0.01, 1e-7}, w, g, {a}, n);
     }},
    {"adadelta", 0,
     [](float* w, const float* g, float* a, float* b, float*, int64_t n) {
       update("adadelta", {0.01, 0.95, 1e-7}, w, g, {a, b}, n);
     }},
    {"ftrl", 0,
     [](float* w, const float* g, float* a, float* b, float*, int64_t n) {
       update("ftrl", {0.1, 0.5, 0.01, 0.02, 0.001, 0.1}, w, g, {a, b}, n);
     }},
    {"lion", 1,
     [](float* w, const float* g, float* a, float*, float*, int64_t n) {
       update("lion", {0.01, 0.9, 0.99}, w, g, {a}, n);
     }},
};

void rules() {
  Hash hash;
  const int64_t n = 1003;
  for (const Case& rule : kCases) {
    Floats w = vanishing(n, 60), state[3];
    for (int i = 0; i < 3; ++i) {
      state[i] = vanishing(n, (uint64_t)(61 + i));
      if (i >= rule.linear)
        for (float& x : state[i]) x = std::fabs(x);
    }
    const auto step = [&](const Floats& g) {
      rule.step(w.data(), g.data(), state[0].data(), state[1].data(), state[2].data(), n);
    };
    for (uint64_t i = 0; i < 3; ++i) step(vanishing(n, 70 + i));
    hash.add(w);
    for (const Floats& s : state) hash.add(s);
    expect_flushed(w, kState, rule.name);

    // A unit that died: its state, far on its way, decays, and then nothing is left to be done.
    w = inputs(n, 12);
    for (Floats& s : state) s = Floats(n, 0.1f);
    step(inputs(n, 13));
    for (int i = 0; i < 3; ++i) {
      expect_flushed(state[i], i < rule.linear ? kState : kValue, rule.name);
      for (float& x : state[i]) x = i < rule.linear ? x * 1e-15f : std::fabs(x) * 1e-33f;
    }
    const Floats nothing(n);
    const int steps = std::string(rule.name) == "adamax" ? 60000 : 9000;
    int slow = 0;
    for (int i = 0; i < steps; ++i) slow += meets_denormals([&] { step(nothing); });
    if (slow > steps / 100) {  // for each element at most one, where its square becomes zero
      std::fprintf(stderr, "%s met denormals in %d of %d steps\n", rule.name, slow, steps);
      std::exit(1);
    }
    without_denormals(rule.name, [&] { step(nothing); });
    for (int i = 0; i < rule.linear; ++i)
      for (const float x : state[i])
        if (x != 0) std::fprintf(stderr, "%s kept %g after %d steps\n", rule.name, x, steps), std::exit(1);
  }
  Floats x = vanishing(n, 80), y = vanishing(n, 81), z(n);
  update("accumulate", {}, y.data(), x.data(), {}, n);
  hash.add(y);
  update("moving_average", {0.99}, y.data(), x.data(), {}, n);
  hash.add(y);
  kernels().decay(0.01, y.data(), n);
  hash.add(y);
  kernels().scale(x.data(), 0.1, 3, z.data(), n);
  hash.add(z);
  for (const bool gradient : {false, true}) {
    kernels().flush(gradient, x.data(), z.data(), n);
    expect_flushed(z, gradient ? kState : kValue, "flush");
    hash.add(z);
    const bool both[] = {kernels().vanishes(gradient, x.data(), n), kernels().vanishes(gradient, z.data(), n)};
    hash.add(both, sizeof both);
  }
  hash.print("vanishing: updates");
}

void products() {
  Hash hash;
  const int sizes[][3] = {{1, 40, 33}, {7, 33, 12}, {31, 10, 9}, {9, 1, 5}, {53, 129, 7}, {20, 30, 601}, {130, 40, 17}};
  for (const auto& [m, n, k] : sizes)
    for (int transposed = 0; transposed < 4; ++transposed) {
      // Products near 2^-126, of factors that are not powers of two: sums on the way are denormal and rounded.
      Floats a = inputs((size_t)m * k, 90, 0x1p-62f), b = inputs((size_t)k * n, 91, 0x1p-64f), c((size_t)m * n);
      kernels().matmul(
          {m, n, k, a.data(), b.data(), nullptr, c.data(), (transposed & 1) != 0, (transposed & 2) != 0, {}});
      expect_flushed(c, kValue, "matmul");
      hash.add(c);
      a = vanishing(a.size(), 92);
      b = vanishing(b.size(), 93);
      kernels().matmul(
          {m, n, k, a.data(), b.data(), nullptr, c.data(), (transposed & 1) != 0, (transposed & 2) != 0, {}});
      hash.add(c);
    }
  const int64_t rows = 37, cols = 41;
  const Floats x = vanishing(rows * cols, 94), y = vanishing(rows * cols, 95);
  const std::vector<double> wide(x.begin(), x.end());
  Floats sums(cols), dots(rows), gathered(rows * cols);
  kernels().column_sums(x.data(), rows, cols, sums.data());
  kernels().row_dots(x.data(), y.data(), rows, cols, dots.data());
  hash.add(sums);
  hash.add(dots);
  std::vector<int64_t> index((size_t)rows), counts((size_t)rows);
  for (int64_t i = 0; i < rows; ++i) index[(size_t)i] = i;
  for (const bool is_wide : {false, true}) {
    const void* from = is_wide ? (const void*)wide.data() : x.data();
    const Element element = is_wide ? Element::float64 : Element::float32;
    kernels().gather(from, element, index.data(), gathered.data(), rows, cols);
    expect_flushed(gathered, kValue, "gather");
    hash.add(gathered);
    kernels().count_nonzeros(from, element, rows, cols, counts.data());
    hash.add(counts.data(), counts.size() * sizeof counts[0]);
  }
  hash.print("vanishing: products");
}

void activations() {
  Hash hash;
  const int64_t n = 5003;
  Floats x = vanishing(n, 96), y(n), dx(n);
  for (int64_t i = n / 2; i < n; ++i) x[(size_t)i] = -60 - 60 * (float)(i - n / 2) / (float)n;  // where exp vanishes
  const Floats dy = vanishing(n, 97);
  for (int f = 0; f < kernels().activation_list().count; ++f) {
    const Activation activation{(Function)f, 0.3f, INFINITY, 0};
    kernels().activation(activation, x.data(), y.data(), n);
    kernels().activation_backward(activation, (reads_input(activation) ? x : y).data(), dy.data(), dx.data(), n);
    expect_flushed(y, kValue, name_of((Function)f));
    expect_flushed(dx, kState, "backward of " + name_of((Function)f));
    hash.add(y);
    hash.add(dx);
  }
  for (const int64_t cols : {1, 7, 10, 33, 100}) {
    const int64_t rows = n / cols;
    const Floats target(n, 0.1f);
    Floats loss((size_t)rows);
    kernels().softmax(x.data(), y.data(), rows, cols);
    hash.add(y);
    kernels().softmax_backward(y.data(), dy.data(), dx.data(), rows, cols);
    hash.add(dx);
    kernels().softmax_cross_entropy(x.data(), target.data(), nullptr, 0, {nullptr, 0.01}, loss.data(), dx.data(), rows,
                                    cols);
    hash.add(dx);
    kernels().mean_squared_error(x.data(), y.data(), {nullptr, 1e-6}, loss.data(), dx.data(), rows, cols);
    hash.add(dx);
    hash.add(loss);
  }
  hash.print("vanishing: activations");

  // Saturated: units and logits far off, gradients on their way to nothing.
  for (const float at : {-1e-30f, -30.0f, -70.0f, -88.0f, -100.0f, -1000.0f, 100.0f})
    for (const float size : {1.0f, 1e-8f, 1e-20f, 2e-28f}) {
      x = Floats(n, at);
      const Floats gradient(n, size);
      for (const std::string name :
           {"relu", "sigmoid", "tanh", "softplus", "silu", "elu", "selu", "exponential", "log_sigmoid"})
        without_denormals(name + " at " + std::to_string(at), [&] {
          const Function f = activation_named(name);
          const Activation activation{f, f == Function::relu ? 0.0f : 1.0f, INFINITY, 0};
          if (name == "exponential" && at > 0) return;
          kernels().activation(activation, x.data(), y.data(), n);
          kernels().activation_backward(activation, (reads_input(activation) ? x : y).data(), gradient.data(),
                                        dx.data(), n);
        });
      without_denormals("softmax", [&] {
        for (int64_t i = 0; i < n; i += 10) x[(size_t)i] = 0;
        kernels().softmax(x.data(), y.data(), n / 10, 10);
        kernels().softmax_backward(y.data(), gradient.data(), dx.data(), n / 10, 10);
      });
    }
}

}  // namespace

void hash_denormals() {
  rules();
  products();
  activations();
}
