#include "bindings.h"

namespace brisknet {
namespace {

// A variable and its gradient; and state arrays like it, null where not given.
struct Update {
  const char* op;
  View<const float> g;
  View<float> w;

  Update(const char* op_, Floats w_, Floats g_) : op(op_), g(input(op_, "g", g_)), w(state(op_, "w", w_, g.shape)) {}

  float* optional(const char* name, MaybeFloats array) const {
    return array.given() ? state(op, name, array, g.shape).data : nullptr;
  }
  float* required(const char* name, Floats array) const { return state(op, name, array, g.shape).data; }
};

void bind_sgd(Floats w, Floats g, MaybeFloats momentum_, double learning_rate, double momentum, bool nesterov) {
  const Update u("sgd", w, g);
  float* m = u.optional("momentums", momentum_);
  const Released nogil((double)u.g.size);
  kernels().sgd({learning_rate, momentum, nesterov}, u.w.data, u.g.data, m, u.g.size);
}

void bind_rmsprop(Floats w, Floats g, Floats velocity, MaybeFloats momentum_, MaybeFloats average_,
                  double learning_rate, double rho, double momentum, double epsilon) {
  const Update u("rmsprop", w, g);
  float* v = u.required("velocity", velocity);
  float* m = u.optional("momentums", momentum_);
  float* average = u.optional("average", average_);
  const Released nogil(4.0 * (double)u.g.size);
  kernels().rmsprop({learning_rate, rho, momentum, epsilon}, u.w.data, u.g.data, v, m, average, u.g.size);
}

void bind_adam(Floats w, Floats g, Floats m_, Floats v_, MaybeFloats v_max_, double learning_rate, double beta_1,
               double beta_2, double epsilon) {
  const Update u("adam", w, g);
  float* m = u.required("m", m_);
  float* v = u.required("v", v_);
  float* v_max = u.optional("v_max", v_max_);
  const Released nogil(4.0 * (double)u.g.size);
  kernels().adam({learning_rate, beta_1, beta_2, epsilon}, u.w.data, u.g.data, m, v, v_max, u.g.size);
}

void bind_decay(Floats w_, double amount) {
  const auto shape = input("decay", "w", w_).shape;
  const auto w = state("decay", "w", w_, shape);
  const Released nogil((double)w.size);
  kernels().decay(amount, w.data, w.size);
}

}  // namespace

void register_optimizers(py::module_& m) {
  const auto w = py::arg("w"), g = py::arg("g"), rate = py::arg("learning_rate");
  m.def("sgd", bind_sgd, w, g, py::arg("momentums"), rate, py::arg("momentum"), py::arg("nesterov"),
        "One step of stochastic gradient descent, in place.");
  m.def("rmsprop", bind_rmsprop, w, g, py::arg("velocity"), py::arg("momentums"), py::arg("average"), rate,
        py::arg("rho"), py::arg("momentum"), py::arg("epsilon"), "One step of RMSprop, in place.");
  m.def("adam", bind_adam, w, g, py::arg("m"), py::arg("v"), py::arg("v_max"), rate, py::arg("beta_1"),
        py::arg("beta_2"), py::arg("epsilon"), "One step of Adam, in place; learning_rate is bias-corrected.");
  m.def("decay", bind_decay, w, py::arg("amount"), "w -= amount * w, in place.");
}

}  // namespace brisknet
