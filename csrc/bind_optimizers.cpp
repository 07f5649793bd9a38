#include "bindings.h"

namespace brisknet {
namespace {

// A variable, its gradient, and state arrays like it: each with memory of its own.
class Update {
 private:
  const char* op_;
  std::pair<const char*, float*> written_[4];
  int count_ = 0;

 public:
  const View<const float> g;
  float* const w;

  Update(const char* op, Floats w_, Floats g_) : op_(op), g(input(op, "g", g_)), w(add("w", w_)) {}

  float* optional(const char* name, MaybeFloats array) { return array.given() ? add(name, array) : nullptr; }
  float* required(const char* name, Floats array) { return add(name, array); }

 private:
  float* add(const char* name, Floats array) {
    float* data = state(op_, name, array, g.shape).data;
    const size_t bytes = (size_t)g.size * sizeof(float);
    expect_apart(op_, name, data, bytes, "g", g.data, bytes);
    for (int i = 0; i < count_; ++i) expect_apart(op_, name, data, bytes, written_[i].first, written_[i].second, bytes);
    written_[count_++] = {name, data};
    return data;
  }
};

void bind_sgd(Floats w, Floats g, MaybeFloats momentum_, double learning_rate, double momentum, bool nesterov) {
  Update u("sgd", w, g);
  float* m = u.optional("momentums", momentum_);
  const Released nogil((double)u.g.size);
  kernels().sgd({learning_rate, momentum, nesterov}, u.w, u.g.data, m, u.g.size);
}

void bind_rmsprop(Floats w, Floats g, Floats velocity, MaybeFloats momentum_, MaybeFloats average_,
                  double learning_rate, double rho, double momentum, double epsilon) {
  Update u("rmsprop", w, g);
  float* v = u.required("velocity", velocity);
  float* m = u.optional("momentums", momentum_);
  float* average = u.optional("average", average_);
  const Released nogil(4.0 * (double)u.g.size);
  kernels().rmsprop({learning_rate, rho, momentum, epsilon}, u.w, u.g.data, v, m, average, u.g.size);
}

void bind_adam(Floats w, Floats g, Floats m_, Floats v_, MaybeFloats v_max_, double learning_rate, double beta_1,
               double beta_2, double epsilon) {
  Update u("adam", w, g);
  float* m = u.required("m", m_);
  float* v = u.required("v", v_);
  float* v_max = u.optional("v_max", v_max_);
  const Released nogil(4.0 * (double)u.g.size);
  kernels().adam({learning_rate, beta_1, beta_2, epsilon}, u.w, u.g.data, m, v, v_max, u.g.size);
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
