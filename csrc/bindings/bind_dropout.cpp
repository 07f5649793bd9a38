#include "arguments.h"
#include "module.h"

namespace brisknet {
namespace {

void expect_rate(const char* op, double rate) {
  if (!(rate >= 0 && rate < 1)) refuse_value(op, "rate in [0, 1)", std::to_string(rate));
}

py::typing::Tuple<FloatArray, py::array_t<uint64_t>> bind_dropout(Floats x_, double rate, uint64_t seed,
                                                                  uint64_t stream, MaybeFloats out) {
  const auto x = input("dropout", "x", x_);
  expect_rate("dropout", rate);
  const Result y = result("dropout", out, x.shape);
  expect_in_place_or_apart("dropout", y, "x", x);
  uint64_t* bits;
  const auto mask = new_array<uint64_t>({(x.size + 63) / 64}, &bits);
  {
    const Released nogil(4.0 * (double)x.size);
    kernels().dropout({seed, stream}, rate, x.data, y.data, bits, x.size);
  }
  return py::make_tuple(y.array, mask);
}

FloatArray bind_dropout_backward(Floats dy_, Bits mask_, double rate, MaybeFloats out) {
  const auto dy = input("dropout_backward", "dy", dy_);
  const auto mask = input("dropout_backward", "mask", mask_);
  expect_rate("dropout_backward", rate);
  expect_shape("dropout_backward", "mask", {(dy.size + 63) / 64}, mask.shape);
  const Result dx = result("dropout_backward", out, dy.shape);
  expect_in_place_or_apart("dropout_backward", dx, "dy", dy);
  expect_apart("dropout_backward", dx, "mask", mask);
  {
    const Released nogil((double)dy.size);
    kernels().dropout_backward(rate, mask.data, dy.data, dx.data, dy.size);
  }
  return dx.array;
}

}  // namespace

void register_dropout(py::module_& m) {
  m.def("dropout", bind_dropout, py::arg("x"), py::arg("rate"), py::arg("seed"), py::arg("stream"),
        py::arg("out") = py::none(), "x / (1 - rate) where kept, else 0; and the mask, a bit an element.");
  m.def("dropout_backward", bind_dropout_backward, py::arg("dy"), py::arg("mask"), py::arg("rate"),
        py::arg("out") = py::none(), "dy / (1 - rate) where the mask has a one, else 0.");
}

}  // namespace brisknet
