#include "arguments.h"
#include "module.h"

namespace brisknet {
namespace {

FloatArray bind_flush(Floats x_, bool gradient, MaybeFloats out) {
  const auto x = input("flush", "x", x_);
  if (out.given()) {
    const Result y = result("flush", out, x.shape);
    expect_in_place_or_apart("flush", y, "x", x);
    const Released nogil((double)x.size);
    kernels().flush(gradient, x.data, y.data, x.size);
    return y.array;
  }
  bool changes;
  {
    const Released nogil((double)x.size);
    changes = kernels().vanishes(gradient, x.data, x.size);
  }
  if (!changes) return py::reinterpret_borrow<FloatArray>(x_.object);
  const Result y = result("flush", out, x.shape);
  {
    const Released nogil((double)x.size);
    kernels().flush(gradient, x.data, y.data, x.size);
  }
  return y.array;
}

}  // namespace

void register_flush(py::module_& m) {
  m.def("flush", bind_flush, py::arg("x"), py::arg("gradient") = false, py::arg("out") = py::none(),
        "x with zeros for denormals, or of a gradient for what is below 2^-95; x itself where there are none.");
}

}  // namespace brisknet
