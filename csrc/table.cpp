// Fills the table of this instruction set.
#include "isa.h"

namespace brisknet {
namespace BRISKNET_ISA {

extern const Kernels table;
const Kernels table = {
    matmul,
    sparse_matmul,
    compressed_columns,
    count_nonzeros,
    compress_rows,
    sum_rows,
    dot_rows,
    activation,
    activation_backward,
    exponential,
    logarithm,
    softmax,
    softmax_backward,
    log_softmax,
    log_softmax_backward,
    softmax_cross_entropy,
    cross_entropy,
    binary_cross_entropy,
    mean_squared_error,
    mean_absolute_error,
    dropout,
    dropout_backward,
    random_uniform,
    random_normal,
    permutation,
    sgd,
    rmsprop,
    adam,
    adamax,
    nadam,
    lamb,
    adagrad,
    adadelta,
    ftrl,
    lion,
    decay,
    sum_of_squares,
    scale,
    clip,
    flush,
    vanishes,
    accumulate,
    moving_average,
    gather,
    scatter,
    weighted_sum,
};

}  // namespace BRISKNET_ISA
}  // namespace brisknet
