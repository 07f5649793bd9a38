#include <vector>

#include "arguments.h"

namespace brisknet {
namespace {

Shape checked_axes(const char* op, const std::vector<py::ssize_t>& axes) {
  const Shape shape(axes.data(), axes.data() + axes.size());
  for (const py::ssize_t axis : shape)
    if (axis < 0) refuse_value(op, "a shape without negative axes", to_text(shape));
  return shape;
}

int64_t elements(const Shape& shape) {
  int64_t n = 1;
  for (const py::ssize_t axis : shape) n *= axis;
  return n;
}

FloatArray bind_random_uniform(const std::vector<py::ssize_t>& axes, double low, double high, uint64_t seed,
                               uint64_t stream) {
  const Shape shape = checked_axes("random_uniform", axes);
  float* data;
  auto y = new_array(shape, &data);
  {
    const Released nogil(8.0 * (double)y.size());
    kernels().random_uniform({seed, stream}, low, high, data, elements(shape));
  }
  return y;
}

FloatArray bind_random_normal(const std::vector<py::ssize_t>& axes, double mean, double deviation, bool truncated,
                              uint64_t seed, uint64_t stream) {
  const Shape shape = checked_axes("random_normal", axes);
  float* data;
  auto y = new_array(shape, &data);
  {
    const Released nogil(16.0 * (double)y.size());
    kernels().random_normal({seed, stream}, mean, deviation, truncated, data, elements(shape));
  }
  return y;
}

py::array_t<int64_t> bind_permutation(int64_t n, uint64_t seed, uint64_t stream) {
  int64_t* data;
  auto y = new_array(checked_axes("permutation", {n}), &data);
  {
    const Released nogil(8.0 * (double)n);
    kernels().permutation({seed, stream}, data, n);
  }
  return y;
}

FloatArray bind_gather(Any x_, Labels index_, MaybeFloats out) {
  const Numbers x = numbers("gather", "x", x_.object);
  const auto index = input("gather", "index", index_);
  if (x.shape.empty()) refuse_value("gather", "x with at least one axis", "a scalar");
  if (index.shape.size() != 1) refuse_value("gather", "index with one axis", to_text(index.shape));

  const Indices indices("gather", "indices", index, x.shape[0]);
  Shape shape = x.shape;
  shape[0] = index.size;
  const int64_t cols = elements(Shape(shape.begin() + 1, shape.end()));
  const Result y = result("gather", out, shape);
  const size_t element = x.element == Element::float64 ? 8 : x.element == Element::float32 ? 4 : 1;
  expect_apart("gather", "out", y.data, (size_t)y.size * sizeof(float), "x", x.data, (size_t)x.size * element);
  expect_apart("gather", y, "index", index);
  {
    const Released nogil((double)index.size * (double)cols);
    kernels().gather(x.data, x.element, indices.data(), y.data, indices.size(), cols);
  }
  return y.array;
}

FloatArray bind_scatter(Floats x_, Labels index_, int64_t rows, MaybeFloats out) {
  const auto x = input("scatter", "x", x_);
  const auto index = input("scatter", "index", index_);
  if (x.shape.size() != 2) refuse_value("scatter", "x with two axes", to_text(x.shape));
  expect_shape("scatter", "index", {x.shape[0]}, index.shape);
  const Shape shape = checked_axes("scatter", {rows, x.cols()});
  const Indices indices("scatter", "indices", index, rows);
  const Result y = result("scatter", out, shape);
  expect_apart("scatter", y, "x", x);
  expect_apart("scatter", y, "index", index);
  {
    const Released nogil((double)x.size + (double)y.size);
    kernels().scatter(x.data, indices.data(), indices.size(), y.data, rows, x.cols());
  }
  return y.array;
}

}  // namespace

void register_data(py::module_& m) {
  const auto shape = py::arg("shape"), seed = py::arg("seed"), stream = py::arg("stream");
  m.def("random_uniform", bind_random_uniform, shape, py::arg("low"), py::arg("high"), seed, stream,
        "Uniform on [low, high).");
  m.def("random_normal", bind_random_normal, shape, py::arg("mean"), py::arg("deviation"), py::arg("truncated"), seed,
        stream, "Normal; truncated at two standard deviations where asked.");
  m.def("permutation", bind_permutation, py::arg("n"), seed, stream, "0 … n - 1 in random order, as int64.");
  m.def("is_floats", is_floats, py::arg("x"), "Whether x is an aligned, C-contiguous float32 array.");
  m.def("is_numbers", is_numbers, py::arg("x"), "Whether x is such an array, or one of float64 or uint8.");
  m.def("gather", bind_gather, py::arg("x"), py::arg("index"), py::arg("out") = py::none(), "x[index] as float32.");
  m.def("scatter", bind_scatter, py::arg("x"), py::arg("index"), py::arg("rows"), py::arg("out") = py::none(),
        "Zeros of so many rows, to which each x[i] is added at index[i].");
}

}  // namespace brisknet
