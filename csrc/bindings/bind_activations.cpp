#include "arguments.h"
#include "module.h"

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

}  // namespace

void register_activations(py::module_& m) {
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

  m.def("activation", bind_activation, py::arg("f"), py::arg("x"), py::arg("out") = py::none(), "f(x).");
  m.def("activation_backward", bind_activation_backward, py::arg("f"), py::arg("x_or_y"), py::arg("dy"),
        py::arg("out") = py::none(), "dy * f'(x), from x where f.reads_input, else from y.");
}

}  // namespace brisknet
