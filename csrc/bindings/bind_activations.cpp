#include "arguments.h"
#include "module.h"

namespace brisknet {
namespace {

const ActivationRow& row_of(const Activation& f) { return kernels().activation_list().rows[(int)f.function]; }

// The activation with this name; parameters that are not given have their defaults.
Activation make_activation(const std::string& name, std::optional<float> a, std::optional<float> b,
                           std::optional<float> c) {
  const ActivationList list = kernels().activation_list();
  for (int i = 0; i < list.count; ++i)
    if (const auto& [known, nanoseconds, reads_input, parameters] = list.rows[i]; name == known)
      return {(Function)i, a.value_or((float)parameters[0].value), b.value_or((float)parameters[1].value),
              c.value_or((float)parameters[2].value)};
  refuse_value("Activation", "the name of an elementwise activation", "'" + name + "'");
}

// {name: {parameter: default}}
py::typing::Dict<py::str, py::typing::Dict<py::str, py::float_>> activations() {
  py::dict all;
  const ActivationList list = kernels().activation_list();
  for (const ActivationRow* row = list.rows; row != list.rows + list.count; ++row) {
    py::dict parameters;
    for (const auto& [name, value] : row->parameters)
      if (name) parameters[name] = value;
    all[row->name] = parameters;
  }
  return all;
}

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
  m.def("activations", activations, "The parameters of each elementwise activation, with their defaults.");
  py::class_<Activation>(m, "Activation", "An elementwise activation function and its parameters.")
      .def(py::init(&make_activation), py::arg("name"), py::arg("a") = py::none(), py::arg("b") = py::none(),
           py::arg("c") = py::none())
      .def_property_readonly(
          "reads_input", [](const Activation& f) { return row_of(f).reads_input && !is_plain_relu(f); },
          "Whether activation_backward takes x; it takes y otherwise.");
  m.def("activation", bind_activation, py::arg("f"), py::arg("x"), py::arg("out") = py::none(), "f(x).");
  m.def("activation_backward", bind_activation_backward, py::arg("f"), py::arg("x_or_y"), py::arg("dy"),
        py::arg("out") = py::none(), "dy * f'(x), from x where f.reads_input, else from y.");
}

}  // namespace brisknet
