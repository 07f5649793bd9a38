#include "arguments.h"
#include "module.h"

namespace brisknet {
namespace {

// An array written in place, one read, and state arrays like them: each with memory of its own. By default a variable
// and its gradient.
class Update {
 private:
  const char* const op_;
  const char* const read_;
  std::pair<const char*, float*> written_[4];
  int count_ = 0;

 public:
  const View<const float> g;
  float* const w;

  Update(const char* op, Floats w_, Floats g_, const char* w_name = "w", const char* g_name = "g")
      : op_(op), read_(g_name), g(input(op, g_name, g_)), w(add(w_name, w_)) {}

  float* optional(const char* name, MaybeFloats array) { return array.given() ? add(name, array) : nullptr; }
  float* required(const char* name, Floats array) { return add(name, array); }

 private:
  float* add(const char* name, Floats array) {
    float* data = state(op_, name, array, g.shape).data;
    const size_t bytes = (size_t)g.size * sizeof(float);
    expect_apart(op_, name, data, bytes, read_, g.data, bytes);
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

void bind_adamax(Floats w, Floats g, Floats m_, Floats u_, double learning_rate, double beta_1, double beta_2,
                 double epsilon) {
  Update update("adamax", w, g);
  float* m = update.required("m", m_);
  float* u = update.required("u", u_);
  const Released nogil(4.0 * (double)update.g.size);
  kernels().adamax({learning_rate, beta_1, beta_2, epsilon}, update.w, update.g.data, m, u, update.g.size);
}

void bind_nadam(Floats w, Floats g, Floats m_, Floats v_, double momentum_rate, double gradient_rate, double beta_1,
                double beta_2, double epsilon, double missing) {
  Update u("nadam", w, g);
  float* m = u.required("m", m_);
  float* v = u.required("v", v_);
  const Released nogil(4.0 * (double)u.g.size);
  kernels().nadam({momentum_rate, gradient_rate, beta_1, beta_2, epsilon, missing}, u.w, u.g.data, m, v, u.g.size);
}

void bind_lamb(Floats w, Floats g, Floats m_, Floats v_, double learning_rate, double beta_1, double beta_2,
               double epsilon, double missing_1, double missing_2) {
  Update u("lamb", w, g);
  float* m = u.required("m", m_);
  float* v = u.required("v", v_);
  const Released nogil(8.0 * (double)u.g.size);
  kernels().lamb({learning_rate, beta_1, beta_2, epsilon, missing_1, missing_2}, u.w, u.g.data, m, v, u.g.size);
}

void bind_adagrad(Floats w, Floats g, Floats accumulator, double learning_rate, double epsilon) {
  Update u("adagrad", w, g);
  float* a = u.required("accumulator", accumulator);
  const Released nogil(4.0 * (double)u.g.size);
  kernels().adagrad({learning_rate, epsilon}, u.w, u.g.data, a, u.g.size);
}

void bind_adadelta(Floats w, Floats g, Floats squares_, Floats steps_, double learning_rate, double rho,
                   double epsilon) {
  Update u("adadelta", w, g);
  float* squares = u.required("squares", squares_);
  float* steps = u.required("steps", steps_);
  const Released nogil(4.0 * (double)u.g.size);
  kernels().adadelta({learning_rate, rho, epsilon}, u.w, u.g.data, squares, steps, u.g.size);
}

void bind_ftrl(Floats w, Floats g, Floats accumulator, Floats linear, double learning_rate, double exponent, double l1,
               double l2, double l2_shrinkage, double beta) {
  Update u("ftrl", w, g);
  float* a = u.required("accumulator", accumulator);
  float* z = u.required("linear", linear);
  const Released nogil(8.0 * (double)u.g.size);
  kernels().ftrl({learning_rate, exponent, l1, l2, l2_shrinkage, beta}, u.w, u.g.data, a, z, u.g.size);
}

void bind_lion(Floats w, Floats g, Floats m_, double learning_rate, double beta_1, double beta_2) {
  Update u("lion", w, g);
  float* m = u.required("m", m_);
  const Released nogil((double)u.g.size);
  kernels().lion({learning_rate, beta_1, beta_2}, u.w, u.g.data, m, u.g.size);
}

void bind_decay(Floats w_, double amount) {
  const auto shape = input("decay", "w", w_).shape;
  const auto w = state("decay", "w", w_, shape);
  const Released nogil((double)w.size);
  kernels().decay(amount, w.data, w.size);
}

void bind_accumulate(Floats sum, Floats x) {
  const Update u("accumulate", sum, x, "sum", "x");
  const Released nogil((double)u.g.size);
  kernels().accumulate(u.w, u.g.data, u.g.size);
}

void bind_moving_average(Floats average, Floats x, double momentum) {
  const Update u("moving_average", average, x, "average", "x");
  const Released nogil((double)u.g.size);
  kernels().moving_average(momentum, u.w, u.g.data, u.g.size);
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
  const auto beta_1 = py::arg("beta_1"), beta_2 = py::arg("beta_2"), epsilon = py::arg("epsilon");
  m.def("adamax", bind_adamax, w, g, py::arg("m"), py::arg("u"), rate, beta_1, beta_2, epsilon,
        "One step of Adamax, in place; learning_rate is bias-corrected.");
  m.def("nadam", bind_nadam, w, g, py::arg("m"), py::arg("v"), py::arg("momentum_rate"), py::arg("gradient_rate"),
        beta_1, beta_2, epsilon, py::arg("missing"),
        "One step of Nadam, in place, by the learning rate's shares of m and of g.");
  m.def("lamb", bind_lamb, w, g, py::arg("m"), py::arg("v"), rate, beta_1, beta_2, epsilon, py::arg("missing_1"),
        py::arg("missing_2"), "One step of LAMB, in place.");
  m.def("adagrad", bind_adagrad, w, g, py::arg("accumulator"), rate, epsilon, "One step of Adagrad, in place.");
  m.def("adadelta", bind_adadelta, w, g, py::arg("squares"), py::arg("steps"), rate, py::arg("rho"), epsilon,
        "One step of Adadelta, in place.");
  m.def("ftrl", bind_ftrl, w, g, py::arg("accumulator"), py::arg("linear"), rate, py::arg("exponent"), py::arg("l1"),
        py::arg("l2"), py::arg("l2_shrinkage"), py::arg("beta"), "One step of FTRL, in place.");
  m.def("lion", bind_lion, w, g, py::arg("m"), rate, beta_1, beta_2, "One step of Lion, in place.");
  m.def("decay", bind_decay, w, py::arg("amount"), "w -= amount * w, in place.");
  const auto x = py::arg("x");
  m.def("accumulate", bind_accumulate, py::arg("sum"), x, "sum += x, in place.");
  m.def("moving_average", bind_moving_average, py::arg("average"), x, py::arg("momentum"),
        "average = momentum * average + (1 - momentum) * x, in place.");
}

}  // namespace brisknet
