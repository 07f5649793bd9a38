// The kernels of one instruction set, which fill its table, and the functions they share.
#pragma once

#include "kernels.h"

namespace brisknet {
namespace BRISKNET_ISA {

#define KERNEL(result, name, arguments) result name arguments;
#include "kernels.def"

// One row's worth of an activation on the calling thread; in place allowed.
void activate(Activation, const float* x, float* y, int64_t n);

// Products with one row or few columns have separate kernels.
bool has_few_columns(const Matmul&);
void matmul_few_columns(const Matmul&);
bool has_one_row(const Matmul&);
void matmul_one_row(const Matmul&);

}  // namespace BRISKNET_ISA
}  // namespace brisknet
