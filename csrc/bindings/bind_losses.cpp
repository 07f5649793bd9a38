#include "arguments.h"
#include "module.h"

namespace brisknet {
namespace {

using LossAndGradient = py::typing::Tuple<FloatArray, py::typing::Optional<FloatArray>>;

// The checked arguments of every loss, and its results: the rows' losses, and the gradient if requested.
struct Rows {
  View<const float> x;
  RowWeights weights{nullptr, 1.0};
  FloatArray loss;
  float* loss_data;
  py::object gradient = py::none();
  float* gradient_data = nullptr;

  Rows(const char* op, Floats x_, MaybeFloats weight_, double scale, bool with_gradient) : x(input(op, "x", x_)) {
    expect_matrix(op, "x", x.shape);
    const Shape rows(x.shape.begin(), x.shape.end() - 1);
    weights.scale = scale;
    if (weight_.given()) {
      const auto weight = input(op, "weight", weight_);
      expect_shape(op, "weight", rows, weight.shape);
      weights.weight = weight.data;
    }
    loss = new_array(rows, &loss_data);
    if (with_gradient) gradient = new_array(x.shape, &gradient_data);
  }

  LossAndGradient both() const { return py::make_tuple(loss, gradient); }
};

const float* same_shape(const char* op, const Rows& rows, Floats target_) {
  const auto target = input(op, "target", target_);
  expect_shape(op, "target", rows.x.shape, target.shape);
  return target.data;
}

// Targets of a cross-entropy over classes.
struct Classes {
  const float* target = nullptr;
  const int64_t* label = nullptr;

  Classes(const char* op, const Rows& rows, Targets given) {
    const bool array = py::isinstance<py::array>(given.object);
    if (!array || py::reinterpret_borrow<py::array>(given.object).dtype().kind() != 'i') {
      target = same_shape(op, rows, {given.object});
      return;
    }
    const auto labels = input(op, "target", Labels{given.object});
    expect_shape(op, "target", Shape(rows.x.shape.begin(), rows.x.shape.end() - 1), labels.shape);
    for (int64_t i = 0; i < labels.size; ++i)
      if (labels.data[i] < 0 || labels.data[i] >= rows.x.cols())
        refuse_value(op, "class numbers from 0 to " + std::to_string(rows.x.cols() - 1),
                     std::to_string(labels.data[i]));
    label = labels.data;
  }
};

void expect_smoothing(const char* op, double smoothing) {
  if (!(smoothing >= 0 && smoothing <= 1)) refuse_value(op, "smoothing in [0, 1]", std::to_string(smoothing));
}

void expect_epsilon(const char* op, double epsilon, bool zero_allowed) {
  if (!(epsilon > 0 && epsilon < 0.5) && !(zero_allowed && epsilon == 0))
    refuse_value(op, "epsilon in (0, 0.5)", std::to_string(epsilon));
}

LossAndGradient bind_softmax_cross_entropy(Floats x, Targets target, MaybeFloats weight, double scale, double smoothing,
                                           bool gradient) {
  constexpr auto op = "softmax_cross_entropy";
  expect_smoothing(op, smoothing);
  const Rows r(op, x, weight, scale, gradient);
  const Classes c(op, r, target);
  {
    const Released nogil(16.0 * (double)r.x.size);
    kernels().softmax_cross_entropy(r.x.data, c.target, c.label, smoothing, r.weights, r.loss_data, r.gradient_data,
                                    r.x.rows(), r.x.cols());
  }
  return r.both();
}

LossAndGradient bind_cross_entropy(Floats x, Targets target, MaybeFloats weight, double scale, double smoothing,
                                   double epsilon, bool gradient) {
  constexpr auto op = "cross_entropy";
  expect_smoothing(op, smoothing);
  expect_epsilon(op, epsilon, false);
  const Rows r(op, x, weight, scale, gradient);
  const Classes c(op, r, target);
  {
    const Released nogil(16.0 * (double)r.x.size);
    kernels().cross_entropy(r.x.data, c.target, c.label, smoothing, epsilon, r.weights, r.loss_data, r.gradient_data,
                            r.x.rows(), r.x.cols());
  }
  return r.both();
}

LossAndGradient bind_binary_cross_entropy(Floats x, Floats target, MaybeFloats weight, double scale, double smoothing,
                                          double epsilon, bool gradient) {
  constexpr auto op = "binary_cross_entropy";
  expect_smoothing(op, smoothing);
  expect_epsilon(op, epsilon, true);
  const Rows r(op, x, weight, scale, gradient);
  const float* t = same_shape(op, r, target);
  {
    const Released nogil(16.0 * (double)r.x.size);
    kernels().binary_cross_entropy(r.x.data, t, smoothing, epsilon, r.weights, r.loss_data, r.gradient_data, r.x.rows(),
                                   r.x.cols());
  }
  return r.both();
}

using RegressionLoss = void (*Kernels::*)(const float*, const float*, RowWeights, float*, float*, int64_t, int64_t);

LossAndGradient regression_loss(RegressionLoss kernel, const char* op, Floats x, Floats target, MaybeFloats weight,
                                double scale, bool gradient) {
  const Rows r(op, x, weight, scale, gradient);
  const float* t = same_shape(op, r, target);
  {
    const Released nogil(4.0 * (double)r.x.size);
    (kernels().*kernel)(r.x.data, t, r.weights, r.loss_data, r.gradient_data, r.x.rows(), r.x.cols());
  }
  return r.both();
}

}  // namespace

void register_losses(py::module_& m) {
  const auto x = py::arg("x"), target = py::arg("target");
  const auto weight = py::arg("weight") = py::none();
  const auto scale = py::arg("scale") = 1.0;
  const auto smoothing = py::arg("smoothing") = 0.0;
  const auto gradient = py::arg("gradient") = true;

  m.def("softmax_cross_entropy", bind_softmax_cross_entropy, x, target, weight, scale, smoothing, gradient,
        "The rows' losses from logits, and the gradient of sum(scale * weight * losses).");
  m.def("cross_entropy", bind_cross_entropy, x, target, weight, scale, smoothing, py::arg("epsilon") = 1e-7, gradient,
        "The same from probabilities, normalised and clipped to [epsilon, 1 - epsilon].");
  m.def("binary_cross_entropy", bind_binary_cross_entropy, x, target, weight, scale, smoothing,
        py::arg("epsilon") = 1e-7, gradient,
        "The mean over the last axis, from probabilities clipped to [epsilon, 1 - epsilon], or from logits where "
        "epsilon is 0.");
#define KERNEL(...)
#define REGRESSION_LOSS(name, help)                                                        \
  m.def(                                                                                   \
      #name,                                                                               \
      [](Floats x, Floats target, MaybeFloats weight, double scale, bool gradient) {       \
        return regression_loss(&Kernels::name, #name, x, target, weight, scale, gradient); \
      },                                                                                   \
      x, target, weight, scale, gradient, help);
#include "kernels/kernels.def"
}

}  // namespace brisknet
