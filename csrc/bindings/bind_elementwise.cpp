#include "arguments.h"
#include "module.h"

namespace brisknet {
namespace {

using ElementKernel = void (*Kernels::*)(const float*, float*, int64_t);

template <ElementKernel kernel>
FloatArray elementwise(const char* op, Floats x_, MaybeFloats out) {
  const auto x = input(op, "x", x_);
  const Result y = result(op, out, x.shape);
  expect_in_place_or_apart(op, y, "x", x);
  {
    const Released nogil(4.0 * (double)x.size);
    (kernels().*kernel)(x.data, y.data, x.size);
  }
  return y.array;
}

}  // namespace

void register_elementwise(py::module_& m) {
  m.def(
      "exp", [](Floats x, MaybeFloats out) { return elementwise<&Kernels::exponential>("exp", x, out); }, py::arg("x"),
      py::arg("out") = py::none(), "exp(x).");
  m.def(
      "log", [](Floats x, MaybeFloats out) { return elementwise<&Kernels::logarithm>("log", x, out); }, py::arg("x"),
      py::arg("out") = py::none(), "log(x).");
}

}  // namespace brisknet
