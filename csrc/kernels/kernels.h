// What kernels take: activations, shapes, rules; and the table of them, one an instruction set (dispatch.h). What each
// computes is told by the list, kernels.def.
#pragma once

#include <stdint.h>

namespace brisknet {

// An elementwise activation function: its place in the list that stands in activations.cpp. Products know these two.
enum class Function : int { linear, relu };

// What the list says of a function.
struct ActivationRow {
  struct Parameter {
    const char* name;
    double value;  // defaults
  };

  const char* name;
  double nanoseconds;            // an element, about
  bool reads_input;              // whether the backward kernel computes from x; from y = f(x) otherwise
  Parameter parameters[3] = {};  // an Activation's a, b, c
};
struct ActivationList {
  const ActivationRow* rows;
  int count;
};

// An activation function and its parameters.
struct Activation {
  Function function = Function::linear;
  float a = 0, b = 0, c = 0;
};

// relu as it stands in nearly every network: max(x, 0).
[[maybe_unused]] static bool is_plain_relu(Activation f) {
  return f.function == Function::relu && f.a == 0 && f.b == __builtin_inff() && f.c == 0;
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

// A matrix in compressed sparse row (CSR) format: each row's elements other than zero, columns in rising order.
struct Csr {
  int64_t cols;
  const int64_t* start;  // row i's elements are start[i] … start[i + 1] - 1
  const void* index;     // their columns, uint16_t, or uint32_t where wide
  const float* value;
  bool wide;
};

struct CsrMatmul {
  int64_t m, n;
  Csr a;
  const int64_t* row;  // (m,): the rows of a to take; null for all, in order
  const float* b;      // (a.cols, n)
  const float* bias;   // (n,), or null
  float* c;            // (m, n) = activation(a[row] @ b + bias)
  Activation activation;
  double elements;  // the approximate number in a[row]
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

// The number of elements of a variable that a thread updates at once; a sum over a variable adds these panels' sums, in
// order.
constexpr int64_t kUpdatePanel = 8192;

// A variable in a step of an optimizer: arrays of `size` elements.
struct Updated {
  float* w;
  const float* g;   // the gradient
  float* slots[3];  // the rule's state arrays, in its order; null where it does without
  int64_t size;
  int64_t first_panel;  // its panels' place among those of all variables
  bool decays;
};

struct Step {
  const double* scalars;  // in the rule's order
  const double* decay;    // w -= w * decay comes first for the variables that decay; null for none
  const Updated* variables;
  int64_t count, panels, elements;  // of all variables
};

// A rule of an optimizer (optimizers.cpp). Names are separated by ", ".
struct Rule {
  const char *name, *scalars, *slots;
  int optional;  // this many slots, the last ones, may be null
  double cost;   // nanoseconds an element
  void (*update)(const Step&);
};

struct Kernels {
#define KERNEL(result, name, arguments) result(*name) arguments;
#include "kernels.def"
};

}  // namespace brisknet
