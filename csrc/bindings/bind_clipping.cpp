#include "arguments.h"
#include "module.h"

namespace brisknet {
namespace {

double bind_sum_of_squares(Floats x_) {
  const auto x = input("sum_of_squares", "x", x_);
  const Released nogil((double)x.size);
  return kernels().sum_of_squares(x.data, x.size);
}

FloatArray bind_scale(Floats x_, double factor, double divisor, MaybeFloats out) {
  const auto x = input("scale", "x", x_);
  const Result y = result("scale", out, x.shape);
  expect_in_place_or_apart("scale", y, "x", x);
  {
    const Released nogil((double)x.size);
    kernels().scale(x.data, factor, divisor, y.data, x.size);
  }
  return y.array;
}

FloatArray bind_clip(Floats x_, double limit, MaybeFloats out) {
  const auto x = input("clip", "x", x_);
  const Result y = result("clip", out, x.shape);
  expect_in_place_or_apart("clip", y, "x", x);
  {
    const Released nogil((double)x.size);
    kernels().clip(x.data, limit, y.data, x.size);
  }
  return y.array;
}

}  // namespace

void register_clipping(py::module_& m) {
  const auto x = py::arg("x");
  const auto out = py::arg("out") = py::none();
  m.def("sum_of_squares", bind_sum_of_squares, x, "The sum of x * x, in double, in an order of its own.");
  m.def("scale", bind_scale, x, py::arg("factor"), py::arg("divisor"), out, "x * factor / divisor.");
  m.def("clip", bind_clip, x, py::arg("limit"), out, "x, but from -limit to limit.");
}

}  // namespace brisknet
