// The table of kernels: what each computes, its shapes and its layout. One table an instruction set (dispatch.h).
//
// Arrays are C-contiguous float32 unless said otherwise. A kernel does not check, throw or know of Python: that was
// done at the boundary (bindings.cpp). Outputs may not overlap inputs, except where "in place" is said.
//
// No output is denormal where inputs are not: what vanishes becomes zero (flush.h).
//
// Every kernel gives the same bits on every instruction set and for any number of threads: threads and lanes split
// outputs, never a sum; a sum along a row has one fixed order (Sum16 in vec.h).
#pragma once

#include <stdint.h>

namespace brisknet {

enum class Function : int {
  linear,
  relu,
  leaky_relu,
  elu,
  selu,
  sigmoid,
  tanh,
  softplus,
  softsign,
  silu,
  gelu,
  gelu_tanh,
  hard_sigmoid,
  celu,
  exponential,
  hard_shrink,
  hard_silu,
  hard_tanh,
  log_sigmoid,
  mish,
  soft_shrink,
  sparse_plus,
  sparse_sigmoid,
  squareplus,
  tanh_shrink,
  threshold,
};

// An elementwise activation function and its parameters. relu: a = negative_slope, b = max_value, c = threshold;
// leaky_relu: a = negative_slope; elu, celu: a = alpha; hard_shrink, soft_shrink: a = threshold; squareplus: a = b;
// threshold: a = threshold, b = default_value; the others have none.
struct Activation {
  Function function = Function::linear;
  float a = 0, b = 0, c = 0;
};

// relu as it stands in nearly every network: max(x, 0).
[[maybe_unused]] static bool is_plain_relu(Activation f) {
  return f.function == Function::relu && f.a == 0 && f.b == __builtin_inff() && f.c == 0;
}

// Whether the backward kernel computes from x; from y = f(x) otherwise.
[[maybe_unused]] static bool backward_reads_input(Activation f) {
  return f.function != Function::linear && f.function != Function::sigmoid && f.function != Function::tanh &&
         f.function != Function::exponential && !is_plain_relu(f);
}

struct Matmul {
  int64_t m, n, k;
  const float* a;     // (m, k), or (k, m) where transpose_a
  const float* b;     // (k, n), or (n, k) where transpose_b
  const float* bias;  // (n,), or null
  float* c;           // (m, n) = activation(a @ b + bias)
  bool transpose_a, transpose_b;
  Activation activation;
};

// Rows of a matrix of which only some elements are kept, in rising order of their columns.
struct CompressedRows {
  int64_t cols;
  const int64_t* start;  // row i's elements are start[i] … start[i + 1] - 1
  const void* index;     // their columns, uint16_t, or uint32_t where wide
  const float* value;
  bool wide;
};

struct SparseMatmul {
  int64_t m, n;
  CompressedRows a;
  const int64_t* row;  // (m,): the rows of a to take; null for all, in order
  const float* b;      // (a.cols, n)
  const float* bias;   // (n,), or null
  float* c;            // (m, n) = activation(a[row] @ b + bias)
  Activation activation;
  double elements;  // about how many a[row] has
};

enum class Element : int { float32, float64, uint8 };

// One draw of random numbers: Philox4x32-10 with this key and the upper half of its counter; the lower half is the
// position in the draw.
struct Draw {
  uint64_t seed, stream;
};

// How a loss weighs and averages its rows: the gradient of sum over rows of scale * weight[row] * loss[row].
struct RowWeights {
  const float* weight;  // (rows,), or null for ones
  double scale;
};

struct Sgd {
  double learning_rate, momentum;
  bool nesterov;
};
struct RmsProp {
  double learning_rate, rho, momentum, epsilon;
};
struct Adam {
  double learning_rate;  // bias-corrected: learning_rate * sqrt(1 - beta_2^t) / (1 - beta_1^t)
  double beta_1, beta_2, epsilon;
};
struct Nadam {
  double momentum_rate, gradient_rate;  // the learning rate's shares of m and of g
  double beta_1, beta_2, epsilon;
  double missing;  // 1 - beta_2^t
};
struct Lamb {
  double learning_rate, beta_1, beta_2, epsilon;
  double missing_1, missing_2;  // 1 - beta_1^t, 1 - beta_2^t
};
struct Adagrad {
  double learning_rate, epsilon;
};
struct Adadelta {
  double learning_rate, rho, epsilon;
};
struct Ftrl {
  double learning_rate, exponent, l1, l2, l2_shrinkage, beta;
};
struct Lion {
  double learning_rate, beta_1, beta_2;
};

struct Kernels {
  void (*matmul)(const Matmul&);
  void (*sparse_matmul)(const SparseMatmul&);
  // The elements of a[row], m rows, by columns: those of column j are start[j] … start[j + 1] - 1, in rising order of
  // the rows, which are numbered from 0 to m - 1. start (a.cols + 1,); index and value as long as a[row] has elements.
  void (*compressed_columns)(const CompressedRows& a, const int64_t* row, int64_t m, int64_t* start, void* index,
                             bool wide, float* value);
  // The number of elements other than zero in each row of x (rows, cols): count (rows,).
  void (*count_nonzeros)(const void* x, Element, int64_t rows, int64_t cols, int64_t* count);
  // Fills index and value of compressed rows whose start is known.
  void (*compress_rows)(const void* x, Element, int64_t rows, int64_t cols, const int64_t* start, void* index,
                        bool wide, float* value);
  // y[j] = sum over i of x[i][j]; x (rows, cols).
  void (*sum_rows)(const float* x, int64_t rows, int64_t cols, float* y);
  // y[i] = sum over j of a[i][j] * b[i][j] (of a[i][j] where b is null); a and b (rows, cols).
  void (*dot_rows)(const float* a, const float* b, int64_t rows, int64_t cols, float* y);

  // y = f(x), n elements; in place allowed.
  void (*activation)(Activation, const float* x, float* y, int64_t n);
  // dx = dy * f'(x), n elements, from x or from y = f(x), as backward_reads_input tells; dx may be dy.
  void (*activation_backward)(Activation, const float* x_or_y, const float* dy, float* dx, int64_t n);
  // exp(x) and log(x), n elements; in place allowed.
  void (*exponential)(const float* x, float* y, int64_t n);
  void (*logarithm)(const float* x, float* y, int64_t n);
  // Along the rows of x (rows, cols); in place allowed.
  void (*softmax)(const float* x, float* y, int64_t rows, int64_t cols);
  void (*softmax_backward)(const float* y, const float* dy, float* dx, int64_t rows, int64_t cols);
  void (*log_softmax)(const float* x, float* y, int64_t rows, int64_t cols);
  void (*log_softmax_backward)(const float* y, const float* dy, float* dx, int64_t rows, int64_t cols);

  // Losses: loss (rows,) is unweighted; dx (rows, cols) is the gradient as RowWeights says, or null.
  // Targets are one-hot (or any distribution) in target (rows, cols), or class numbers in label (rows,): one is null.
  void (*softmax_cross_entropy)(const float* logits, const float* target, const int64_t* label, double smoothing,
                                RowWeights, float* loss, float* dx, int64_t rows, int64_t cols);
  // The same from probabilities x, which are normalised and clipped to [epsilon, 1 - epsilon] first, as Keras does.
  void (*cross_entropy)(const float* x, const float* target, const int64_t* label, double smoothing, double epsilon,
                        RowWeights, float* loss, float* dx, int64_t rows, int64_t cols);
  // Mean over the columns. From logits, or (epsilon > 0) from probabilities clipped to [epsilon, 1 - epsilon].
  void (*binary_cross_entropy)(const float* x, const float* target, double smoothing, double epsilon, RowWeights,
                               float* loss, float* dx, int64_t rows, int64_t cols);
  void (*mean_squared_error)(const float* x, const float* target, RowWeights, float* loss, float* dx, int64_t rows,
                             int64_t cols);
  void (*mean_absolute_error)(const float* x, const float* target, RowWeights, float* loss, float* dx, int64_t rows,
                              int64_t cols);

  // y = x / (1 - rate) where kept, else 0. mask: one bit an element, (n + 63) / 64 words; in place allowed.
  void (*dropout)(Draw, double rate, const float* x, float* y, uint64_t* mask, int64_t n);
  void (*dropout_backward)(double rate, const uint64_t* mask, const float* dy, float* dx, int64_t n);
  void (*random_uniform)(Draw, double low, double high, float* y, int64_t n);
  // Box-Muller; truncated: redrawn until within two standard deviations.
  void (*random_normal)(Draw, double mean, double deviation, bool truncated, float* y, int64_t n);
  // A uniformly random order of 0 … n - 1, by Fisher and Yates.
  void (*permutation)(Draw, int64_t* y, int64_t n);

  // Updates of w (n,) by the gradient g; the state arrays (n,) may be null where the rule has no use for them.
  void (*sgd)(Sgd, float* w, const float* g, float* momentum, int64_t n);
  void (*rmsprop)(RmsProp, float* w, const float* g, float* velocity, float* momentum, float* average, int64_t n);
  void (*adam)(Adam, float* w, const float* g, float* m, float* v, float* v_max, int64_t n);
  // learning_rate is corrected for m's start at zero alone: learning_rate / (1 - beta_1^t).
  void (*adamax)(Adam, float* w, const float* g, float* m, float* u, int64_t n);
  void (*nadam)(Nadam, float* w, const float* g, float* m, float* v, int64_t n);
  void (*lamb)(Lamb, float* w, const float* g, float* m, float* v, int64_t n);
  void (*adagrad)(Adagrad, float* w, const float* g, float* accumulator, int64_t n);
  void (*adadelta)(Adadelta, float* w, const float* g, float* squares, float* steps, int64_t n);
  void (*ftrl)(Ftrl, float* w, const float* g, float* accumulator, float* linear, int64_t n);
  void (*lion)(Lion, float* w, const float* g, float* m, int64_t n);
  // w -= w * amount
  void (*decay)(double amount, float* w, int64_t n);
  // In double, in an order that depends on n alone.
  double (*sum_of_squares)(const float* x, int64_t n);
  // y = x * factor / divisor; in place allowed.
  void (*scale)(const float* x, double factor, double divisor, float* y, int64_t n);
  // y = x, but at most `limit` away from 0; in place allowed.
  void (*clip)(const float* x, double limit, float* y, int64_t n);
  // y = x with zeros for what vanishes (flush.h): denormals, or of a gradient what is below 2^-95; in place allowed.
  void (*flush)(bool gradient, const float* x, float* y, int64_t n);
  // Whether that would change any bit.
  bool (*vanishes)(bool gradient, const float* x, int64_t n);
  // sum += x
  void (*accumulate)(float* sum, const float* x, int64_t n);
  // average = momentum * average + (1 - momentum) * x
  void (*moving_average)(double momentum, float* average, const float* x, int64_t n);

  // y[i] = x[index[i]], converted to float32; x (…, cols), y (rows, cols), 0 <= index[i].
  void (*gather)(const void* x, Element, const int64_t* index, float* y, int64_t rows, int64_t cols);
  // y[r] = sum over i with index[i] = r of x[i], in the order of i; x (n, cols), y (rows, cols), 0 <= index[i] < rows.
  void (*scatter)(const float* x, const int64_t* index, int64_t n, float* y, int64_t rows, int64_t cols);
  // sum over i of x[i] * weight[i] (ones where null), in index order, in double.
  double (*weighted_sum)(const float* x, const float* weight, int64_t n);
};

}  // namespace brisknet
