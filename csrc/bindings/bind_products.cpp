#include "arguments.h"

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

void register_products(py::module_& m) {
  // Registered first: the signatures below name it.
  py::class_<Activation>(m, "Activation", "An elementwise activation function and its parameters.")
      .def(py::init([](const std::string& name, float a, float b, float c) {
             static const std::pair<const char*, Function> functions[] = {{"linear", Function::linear},
                                                                          {"relu", Function::relu},
                                                                          {"leaky_relu", Function::leaky_relu},
                                                                          {"elu", Function::elu},
                                                                          {"selu", Function::selu},
                                                                          {"sigmoid", Function::sigmoid},
                                                                          {"tanh", Function::tanh},
                                                                          {"softplus", Function::softplus},
                                                                          {"softsign", Function::softsign},
                                                                          {"silu", Function::silu},
                                                                          {"gelu", Function::gelu},
                                                                          {"gelu_tanh", Function::gelu_tanh},
                                                                          {"hard_sigmoid", Function::hard_sigmoid},
                                                                          {"celu", Function::celu},
                                                                          {"exponential", Function::exponential},
                                                                          {"hard_shrink", Function::hard_shrink},
                                                                          {"hard_silu", Function::hard_silu},
                                                                          {"hard_tanh", Function::hard_tanh},
                                                                          {"log_sigmoid", Function::log_sigmoid},
                                                                          {"mish", Function::mish},
                                                                          {"soft_shrink", Function::soft_shrink},
                                                                          {"sparse_plus", Function::sparse_plus},
                                                                          {"sparse_sigmoid", Function::sparse_sigmoid},
                                                                          {"squareplus", Function::squareplus},
                                                                          {"tanh_shrink", Function::tanh_shrink},
                                                                          {"threshold", Function::threshold}};
             for (const auto& [known, function] : functions)
               if (name == known) return Activation{function, a, b, c};
             refuse_value("Activation", "the name of an elementwise activation", "'" + name + "'");
           }),
           py::arg("name"), py::arg("a") = 0.0f, py::arg("b") = 0.0f, py::arg("c") = 0.0f)
      .def_property_readonly(
          "reads_input", [](const Activation& f) { return backward_reads_input(f); },
          "Whether activation_backward takes x; it takes y otherwise.");

  m.def("matmul", bind_matmul, py::arg("a"), py::arg("b"), py::arg("bias") = py::none(),
        py::arg("activation") = py::none(), py::arg("transpose_a") = false, py::arg("transpose_b") = false,
        py::arg("out") = py::none(), "activation(a @ b + bias).");
  m.def("sum_rows", bind_sum_rows, py::arg("x"), py::arg("out") = py::none(), "The sum over all axes but the last.");
  m.def("dot_rows", bind_dot_rows, py::arg("a"), py::arg("b") = py::none(), py::arg("out") = py::none(),
        "The sum of a * b, or of a, over the last axis.");
  m.def("weighted_sum", bind_weighted_sum, py::arg("x"), py::arg("weight") = py::none(),
        "The sum of x * weight, in double.");
}

}  // namespace brisknet
