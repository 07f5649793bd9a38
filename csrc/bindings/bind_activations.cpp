#include "arguments.h"

namespace brisknet {
namespace {

FloatArray bind_activation(const Activation& f, Floats x_, MaybeFloats out) {
  const auto x = input("activation", "x", x_);
  const Result y = result("activation", out, x.shape);
  expect_in_place_or_apart("activation", y, "x", x);
  {
    const Released nogil(4.0 * (double)x.size);
    kernels().activation(f, x.data, y.data, x.size);
  }
  return y.array;
}

FloatArray bind_activation_backward(const Activation& f, Floats x_or_y_, Floats dy_, MaybeFloats out) {
  const auto x_or_y = input("activation_backward", "x_or_y", x_or_y_), dy = input("activation_backward", "dy", dy_);
  expect_shape("activation_backward", "dy", x_or_y.shape, dy.shape);
  const Result dx = result("activation_backward", out, dy.shape);
  expect_in_place_or_apart("activation_backward", dx, "x_or_y", x_or_y);
  expect_in_place_or_apart("activation_backward", dx, "dy", dy);
  {
    const Released nogil(4.0 * (double)dy.size);
    kernels().activation_backward(f, x_or_y.data, dy.data, dx.data, dy.size);
  }
  return dx.array;
}

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

void register_activations(py::module_& m) {
  m.def("activation", bind_activation, py::arg("f"), py::arg("x"), py::arg("out") = py::none(), "f(x).");
  m.def("activation_backward", bind_activation_backward, py::arg("f"), py::arg("x_or_y"), py::arg("dy"),
        py::arg("out") = py::none(), "dy * f'(x), from x where f.reads_input, else from y.");
  m.def(
      "exp", [](Floats x, MaybeFloats out) { return elementwise<&Kernels::exponential>("exp", x, out); }, py::arg("x"),
      py::arg("out") = py::none(), "exp(x).");
  m.def(
      "log", [](Floats x, MaybeFloats out) { return elementwise<&Kernels::logarithm>("log", x, out); }, py::arg("x"),
      py::arg("out") = py::none(), "log(x).");
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
  m.def("dropout", bind_dropout, py::arg("x"), py::arg("rate"), py::arg("seed"), py::arg("stream"),
        py::arg("out") = py::none(), "x / (1 - rate) where kept, else 0; and the mask, a bit an element.");
  m.def("dropout_backward", bind_dropout_backward, py::arg("dy"), py::arg("mask"), py::arg("rate"),
        py::arg("out") = py::none(), "dy / (1 - rate) where the mask has a one, else 0.");
}

}  // namespace brisknet
