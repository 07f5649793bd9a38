#include "arguments.h"
#include "module.h"

namespace brisknet {
namespace {

FloatArray bind_matmul(Floats a_, Floats b_, MaybeFloats bias_, const std::optional<Activation>& activation,
                       bool transpose_a, bool transpose_b, MaybeFloats out) {
  const auto a = input("matmul", "a", a_), b = input("matmul", "b", b_);
  if (a.shape.size() != 2 || b.shape.size() != 2)
    refuse_value("matmul", "a and b with two axes", "shapes " + to_text(a.shape) + " and " + to_text(b.shape));
  Matmul p{};
  p.m = a.shape[transpose_a ? 1 : 0];
  p.k = a.shape[transpose_a ? 0 : 1];
  p.n = b.shape[transpose_b ? 0 : 1];
  if (b.shape[transpose_b ? 1 : 0] != p.k)
    refuse_value("matmul", "a and b with the same inner length",
                 "shapes " + to_text(a.shape) + (transpose_a ? " (transposed)" : "") + " and " + to_text(b.shape) +
                     (transpose_b ? " (transposed)" : ""));
  View<const float> bias;
  if (bias_.given()) {
    bias = input("matmul", "bias", bias_);
    expect_shape("matmul", "bias", {p.n}, bias.shape);
    p.bias = bias.data;
  }
  p.a = a.data;
  p.b = b.data;
  p.transpose_a = transpose_a;
  p.transpose_b = transpose_b;
  if (activation) p.activation = *activation;
  const Result y = result("matmul", out, {p.m, p.n});
  expect_apart("matmul", y, "a", a);
  expect_apart("matmul", y, "b", b);
  expect_apart("matmul", y, "bias", bias);
  p.c = y.data;
  {
    const Released nogil((double)p.m * (double)p.n * (double)p.k);
    kernels().matmul(p);
  }
  return y.array;
}

}  // namespace

void register_matmul(py::module_& m) {
  m.def("matmul", bind_matmul, py::arg("a"), py::arg("b"), py::arg("bias") = py::none(),
        py::arg("activation") = py::none(), py::arg("transpose_a") = false, py::arg("transpose_b") = false,
        py::arg("out") = py::none(), "activation(a @ b + bias).");
}

}  // namespace brisknet
