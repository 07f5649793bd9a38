#include "arguments.h"
#include "module.h"

namespace brisknet {
namespace {

FloatArray bind_column_sums(Floats x_, MaybeFloats out) {
  const auto x = input("column_sums", "x", x_);
  expect_matrix("column_sums", "x", x.shape);
  const Result y = result("column_sums", out, {x.cols()});
  expect_apart("column_sums", y, "x", x);
  {
    const Released nogil((double)x.size);
    kernels().column_sums(x.data, x.rows(), x.cols(), y.data);
  }
  return y.array;
}

FloatArray bind_row_dots(Floats a_, MaybeFloats b_, MaybeFloats out) {
  const auto a = input("row_dots", "a", a_);
  expect_matrix("row_dots", "a", a.shape);
  View<const float> b;
  if (b_.given()) {
    b = input("row_dots", "b", b_);
    expect_shape("row_dots", "b", a.shape, b.shape);
  }
  const Result y = result("row_dots", out, Shape(a.shape.begin(), a.shape.end() - 1));
  expect_apart("row_dots", y, "a", a);
  expect_apart("row_dots", y, "b", b);
  {
    const Released nogil((double)a.size);
    kernels().row_dots(a.data, b_.given() ? b.data : nullptr, a.rows(), a.cols(), y.data);
  }
  return y.array;
}

double bind_weighted_sum(Floats x_, MaybeFloats weight_) {
  const auto x = input("weighted_sum", "x", x_);
  const float* weight = nullptr;
  if (weight_.given()) {
    const auto w = input("weighted_sum", "weight", weight_);
    expect_shape("weighted_sum", "weight", x.shape, w.shape);
    weight = w.data;
  }
  const Released nogil((double)x.size);
  return kernels().weighted_sum(x.data, weight, x.size);
}

}  // namespace

void register_reduce(py::module_& m) {
  m.def("column_sums", bind_column_sums, py::arg("x"), py::arg("out") = py::none(),
        "The sum over all axes but the last.");
  m.def("row_dots", bind_row_dots, py::arg("a"), py::arg("b") = py::none(), py::arg("out") = py::none(),
        "The sum of a * b, or of a, over the last axis.");
  m.def("weighted_sum", bind_weighted_sum, py::arg("x"), py::arg("weight") = py::none(),
        "The sum of x * weight, in double.");
}

}  // namespace brisknet
