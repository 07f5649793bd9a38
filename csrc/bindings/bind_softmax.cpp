#include "arguments.h"
#include "module.h"

namespace brisknet {
namespace {

using RowKernel = void (*Kernels::*)(const float*, float*, int64_t, int64_t);
using RowBackward = void (*Kernels::*)(const float*, const float*, float*, int64_t, int64_t);

template <RowKernel kernel>
FloatArray along_rows(const char* op, Floats x_, MaybeFloats out) {
  const auto x = input(op, "x", x_);
  expect_matrix(op, "x", x.shape);
  const Result y = result(op, out, x.shape);
  expect_in_place_or_apart(op, y, "x", x);
  if (x.size) {  // rows without columns would be gone through one by one
    const Released nogil(8.0 * (double)x.size);
    (kernels().*kernel)(x.data, y.data, x.rows(), x.cols());
  }
  return y.array;
}

template <RowBackward kernel>
FloatArray along_rows_backward(const char* op, Floats y_, Floats dy_, MaybeFloats out) {
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

void register_softmax(py::module_& m) {
  m.def(
      "softmax", [](Floats x, MaybeFloats out) { return along_rows<&Kernels::softmax>("softmax", x, out); },
      py::arg("x"), py::arg("out") = py::none(), "exp(x) / sum(exp(x)) along the last axis.");
  m.def(
      "softmax_backward",
      [](Floats y, Floats dy, MaybeFloats out) {
        return along_rows_backward<&Kernels::softmax_backward>("softmax_backward", y, dy, out);
      },
      py::arg("y"), py::arg("dy"), py::arg("out") = py::none(), "y * (dy - sum(y * dy)).");
  m.def(
      "log_softmax", [](Floats x, MaybeFloats out) { return along_rows<&Kernels::log_softmax>("log_softmax", x, out); },
      py::arg("x"), py::arg("out") = py::none(), "log(softmax(x)) along the last axis.");
  m.def(
      "log_softmax_backward",
      [](Floats y, Floats dy, MaybeFloats out) {
        return along_rows_backward<&Kernels::log_softmax_backward>("log_softmax_backward", y, dy, out);
      },
      py::arg("y"), py::arg("dy"), py::arg("out") = py::none(), "dy - exp(y) * sum(dy).");
}

}  // namespace brisknet
