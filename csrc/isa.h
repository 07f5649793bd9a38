// The kernels of one instruction set, which fill its table, and what they use of one another.
#pragma once

#include "kernels.h"

namespace brisknet {
namespace BRISKNET_ISA {

// One row's worth of an activation on the calling thread; in place allowed.
void activate(Activation, const float* x, float* y, int64_t n);

void matmul(const Matmul&);
// Two shapes have kernels of their own.
bool has_few_columns(const Matmul&);
void matmul_few_columns(const Matmul&);
bool has_one_row(const Matmul&);
void matmul_one_row(const Matmul&);
void sparse_matmul(const SparseMatmul&);
void compressed_columns(const CompressedRows& a, const int64_t* row, int64_t m, int64_t* start, void* index, bool wide,
                        float* value);
void count_nonzeros(const void* x, Element, int64_t rows, int64_t cols, int64_t* count);
void compress_rows(const void* x, Element, int64_t rows, int64_t cols, const int64_t* start, void* index, bool wide,
                   float* value);
void sum_rows(const float* x, int64_t rows, int64_t cols, float* y);
void dot_rows(const float* a, const float* b, int64_t rows, int64_t cols, float* y);

void activation(Activation, const float* x, float* y, int64_t n);
void activation_backward(Activation, const float* x_or_y, const float* dy, float* dx, int64_t n);
void exponential(const float* x, float* y, int64_t n);
void logarithm(const float* x, float* y, int64_t n);
void softmax(const float* x, float* y, int64_t rows, int64_t cols);
void softmax_backward(const float* y, const float* dy, float* dx, int64_t rows, int64_t cols);
void log_softmax(const float* x, float* y, int64_t rows, int64_t cols);
void log_softmax_backward(const float* y, const float* dy, float* dx, int64_t rows, int64_t cols);

void softmax_cross_entropy(const float* logits, const float* target, const int64_t* label, double smoothing, RowWeights,
                           float* loss, float* dx, int64_t rows, int64_t cols);
void cross_entropy(const float* x, const float* target, const int64_t* label, double smoothing, double epsilon,
                   RowWeights, float* loss, float* dx, int64_t rows, int64_t cols);
void binary_cross_entropy(const float* x, const float* target, double smoothing, double epsilon, RowWeights,
                          float* loss, float* dx, int64_t rows, int64_t cols);
void mean_squared_error(const float* x, const float* target, RowWeights, float* loss, float* dx, int64_t rows,
                        int64_t cols);
void mean_absolute_error(const float* x, const float* target, RowWeights, float* loss, float* dx, int64_t rows,
                         int64_t cols);

void dropout(Draw, double rate, const float* x, float* y, uint64_t* mask, int64_t n);
void dropout_backward(double rate, const uint64_t* mask, const float* dy, float* dx, int64_t n);
void random_uniform(Draw, double low, double high, float* y, int64_t n);
void random_normal(Draw, double mean, double deviation, bool truncated, float* y, int64_t n);
void permutation(Draw, int64_t* y, int64_t n);

void sgd(Sgd, float* w, const float* g, float* momentum, int64_t n);
void rmsprop(RmsProp, float* w, const float* g, float* velocity, float* momentum, float* average, int64_t n);
void adam(Adam, float* w, const float* g, float* m, float* v, float* v_max, int64_t n);
void adamax(Adam, float* w, const float* g, float* m, float* u, int64_t n);
void nadam(Nadam, float* w, const float* g, float* m, float* v, int64_t n);
void lamb(Lamb, float* w, const float* g, float* m, float* v, int64_t n);
void adagrad(Adagrad, float* w, const float* g, float* accumulator, int64_t n);
void adadelta(Adadelta, float* w, const float* g, float* squares, float* steps, int64_t n);
void ftrl(Ftrl, float* w, const float* g, float* accumulator, float* linear, int64_t n);
void lion(Lion, float* w, const float* g, float* m, int64_t n);
void decay(double amount, float* w, int64_t n);
double sum_of_squares(const float* x, int64_t n);
void scale(const float* x, double factor, double divisor, float* y, int64_t n);
void clip(const float* x, double limit, float* y, int64_t n);
void flush(bool gradient, const float* x, float* y, int64_t n);
bool vanishes(bool gradient, const float* x, int64_t n);
void accumulate(float* sum, const float* x, int64_t n);
void moving_average(double momentum, float* average, const float* x, int64_t n);

void gather(const void* x, Element, const int64_t* index, float* y, int64_t rows, int64_t cols);
void scatter(const float* x, const int64_t* index, int64_t n, float* y, int64_t rows, int64_t cols);
double weighted_sum(const float* x, const float* weight, int64_t n);

}  // namespace BRISKNET_ISA
}  // namespace brisknet
