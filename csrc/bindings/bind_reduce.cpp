#include "arguments.h"
#include "module.h"

namespace brisknet {
namespace {

FloatArray bind_sum_rows(Floats x_, MaybeFloats out) {
  const auto x = input("sum_rows", "x", x_);
  expect_matrix("sum_rows", "x", x.shape);
  const Result y = result("sum_rows", out, {x.cols()});
  expect_apart("sum_rows", y, "x", x);
  {
    const Released nogil((double)x.size);
    kernels().sum_rows(x.data, x.rows(), x.cols(), y.data);
  }
  return y.array;
}

FloatArray bind_dot_rows(Floats a_, MaybeFloats b_, MaybeFloats out) {
  const auto a = input("dot_rows", "a", a_);
  expect_matrix("dot_rows", "a", a.shape);
  View<const float> b;
  if (b_.given()) {
    b = input("dot_rows", "b", b_);
    expect_shape("dot_rows", "b", a.shape, b.shape);
  }
  const Result y = result("dot_rows", out, Shape(a.shape.begin(), a.shape.end() - 1));
  expect_apart("dot_rows", y, "a", a);
  expect_apart("dot_rows", y, "b", b);
  {
    const Released nogil((double)a.size);
    kernels().dot_rows(a.data, b_.given() ? b.data : nullptr, a.rows(), a.cols(), y.data);
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
  m.def("sum_rows", bind_sum_rows, py::arg("x"), py::arg("out") = py::none(), "The sum over all axes but the last.");
  m.def("dot_rows", bind_dot_rows, py::arg("a"), py::arg("b") = py::none(), py::arg("out") = py::none(),
        "The sum of a * b, or of a, over the last axis.");
  m.def("weighted_sum", bind_weighted_sum, py::arg("x"), py::arg("weight") = py::none(),
        "The sum of x * weight, in double.");
}

}  // namespace brisknet
