#include <vector>

#include "arguments.h"
#include "module.h"

namespace brisknet {
namespace {

Shape shape_of(const char* op, const std::vector<py::ssize_t>& axes) {
  const Shape shape(axes.data(), axes.data() + axes.size());
  expect_axes(op, shape);
  return shape;
}

FloatArray bind_random_uniform(const std::vector<py::ssize_t>& axes, double low, double high, uint64_t seed,
                               uint64_t stream) {
  const Shape shape = shape_of("random_uniform", axes);
  float* data;
  auto y = new_array(shape, &data);
  {
    const Released nogil(8.0 * (double)y.size());
    kernels().random_uniform({seed, stream}, low, high, data, y.size());
  }
  return y;
}

FloatArray bind_random_normal(const std::vector<py::ssize_t>& axes, double mean, double deviation, bool truncated,
                              uint64_t seed, uint64_t stream) {
  const Shape shape = shape_of("random_normal", axes);
  float* data;
  auto y = new_array(shape, &data);
  {
    const Released nogil(16.0 * (double)y.size());
    kernels().random_normal({seed, stream}, mean, deviation, truncated, data, y.size());
  }
  return y;
}

py::array_t<int64_t> bind_permutation(int64_t n, uint64_t seed, uint64_t stream) {
  expect_axes("permutation", {n});
  int64_t* data;
  auto y = new_array(Shape{n}, &data);
  {
    const Released nogil(8.0 * (double)n);
    kernels().permutation({seed, stream}, data, n);
  }
  return y;
}

}  // namespace

void register_random(py::module_& m) {
  const auto shape = py::arg("shape"), seed = py::arg("seed"), stream = py::arg("stream");
  m.def("random_uniform", bind_random_uniform, shape, py::arg("low"), py::arg("high"), seed, stream,
        "Uniform on [low, high).");
  m.def("random_normal", bind_random_normal, shape, py::arg("mean"), py::arg("deviation"), py::arg("truncated"), seed,
        stream, "Normal; truncated at two standard deviations where asked.");
  m.def("permutation", bind_permutation, py::arg("n"), seed, stream, "0 … n - 1 in random order, as int64.");
}

}  // namespace brisknet
