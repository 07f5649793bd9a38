#include "arguments.h"
#include "module.h"

namespace brisknet {
namespace {

FloatArray bind_gather(Any x_, Labels index_, MaybeFloats out) {
  const Numbers x = numbers("gather", "x", x_.object);
  const auto index = input("gather", "index", index_);
  if (x.shape.empty()) refuse_value("gather", "x with at least one axis", "a scalar");
  if (index.shape.size() != 1) refuse_value("gather", "index with one axis", to_text(index.shape));

  const Indices indices("gather", "indices", index, x.shape[0]);
  Shape shape = x.shape;
  shape[0] = index.size;
  const int64_t cols = Shape(shape.begin() + 1, shape.end()).elements();
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
  const Shape shape{rows, x.cols()};
  expect_axes("scatter", shape);
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

void register_gather(py::module_& m) {
  m.def("gather", bind_gather, py::arg("x"), py::arg("index"), py::arg("out") = py::none(), "x[index] as float32.");
  m.def("scatter", bind_scatter, py::arg("x"), py::arg("index"), py::arg("rows"), py::arg("out") = py::none(),
        "Zeros of so many rows, to which each x[i] is added at index[i].");
}

}  // namespace brisknet
