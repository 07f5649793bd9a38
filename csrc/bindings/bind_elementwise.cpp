#include "arguments.h"
#include "module.h"

namespace brisknet {
namespace {

using Kernel = void (*Kernels::*)(const float*, float*, int64_t);

FloatArray elementwise(Kernel kernel, const char* op, Floats x_, MaybeFloats out) {
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
#define KERNEL(...)
#define ELEMENTWISE(name, help)                                                                                  \
  m.def(                                                                                                         \
      #name, [](Floats x, MaybeFloats out) { return elementwise(&Kernels::name, #name, x, out); }, py::arg("x"), \
      py::arg("out") = py::none(), help);
#include "kernels/kernels.def"
}

}  // namespace brisknet
