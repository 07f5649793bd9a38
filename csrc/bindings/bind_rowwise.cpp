#include "arguments.h"
#include "module.h"

namespace brisknet {
namespace {

using Kernel = void (*Kernels::*)(const float*, float*, int64_t, int64_t);
using Backward = void (*Kernels::*)(const float*, const float*, float*, int64_t, int64_t);

FloatArray rowwise(Kernel kernel, const char* op, Floats x_, MaybeFloats out) {
  const auto x = input(op, "x", x_);
  expect_matrix(op, "x", x.shape);
  const Result y = result(op, out, x.shape);
  expect_in_place_or_apart(op, y, "x", x);
  if (x.size) {  // otherwise, rows without columns would be visited one by one
    const Released nogil(8.0 * (double)x.size);
    (kernels().*kernel)(x.data, y.data, x.rows(), x.cols());
  }
  return y.array;
}

FloatArray rowwise_backward(Backward kernel, const char* op, Floats y_, Floats dy_, MaybeFloats out) {
  const auto y = input(op, "y", y_), dy = input(op, "dy", dy_);
  expect_matrix(op, "y", y.shape);
  expect_shape(op, "dy", y.shape, dy.shape);
  const Result dx = result(op, out, y.shape);
  expect_in_place_or_apart(op, dx, "y", y);
  expect_in_place_or_apart(op, dx, "dy", dy);
  if (y.size) {
    const Released nogil(8.0 * (double)y.size);
    (kernels().*kernel)(y.data, dy.data, dx.data, y.rows(), y.cols());
  }
  return dx.array;
}

}  // namespace

void register_rowwise(py::module_& m) {
#define KERNEL(...)
#define ROWWISE(name, help)                                                                                  \
  m.def(                                                                                                     \
      #name, [](Floats x, MaybeFloats out) { return rowwise(&Kernels::name, #name, x, out); }, py::arg("x"), \
      py::arg("out") = py::none(), help);
#define ROWWISE_BACKWARD(name, help)                                                                                   \
  m.def(                                                                                                               \
      #name, [](Floats y, Floats dy, MaybeFloats out) { return rowwise_backward(&Kernels::name, #name, y, dy, out); }, \
      py::arg("y"), py::arg("dy"), py::arg("out") = py::none(), help);
#include "kernels/kernels.def"
}

}  // namespace brisknet
