#include <cmath>
#include <vector>

#include "arguments.h"
#include "module.h"

namespace brisknet {
namespace {

// A matrix in CSR format, with the memory that holds it. Column numbers have 16 bits where these suffice, which is
// usual: that saves a quarter of the memory.
class CsrMatrix {
 public:
  CsrMatrix(const char* op, py::handle x) {
    const Numbers from = numbers(op, "x", x);
    if (from.shape.size() < 2) refuse_value(op, "x with two axes or more", to_text(from.shape));
    rows_ = from.shape[0];
    cols_ = from.size / (rows_ ? rows_ : 1);
    wide_ = cols_ > 65536;
    if (cols_ > UINT32_MAX) refuse_value(op, "x with at most 2^32 columns", std::to_string(cols_));
    start_.resize((size_t)rows_ + 1);
    const Released nogil((double)from.size);
    kernels().count_nonzeros(from.data, from.element, rows_, cols_, start_.data() + 1);
    for (int64_t i = 0; i < rows_; ++i) start_[(size_t)i + 1] += start_[(size_t)i];
    index_.resize((size_t)elements() * (wide_ ? 4 : 2));
    value_.resize((size_t)elements());
    kernels().csr_from_dense(from.data, from.element, rows_, cols_, start_.data(), index_.data(), wide_, value_.data());
  }

  // The same from arrays in CSR format: elements start[i] … start[i + 1] - 1 are row i's, in columns that rise.
  CsrMatrix(const char* op, Labels start_of, Labels index_of, Floats value_of, int64_t cols) : cols_(cols) {
    const auto start = input(op, "start", start_of), index = input(op, "index", index_of);
    const auto value = input(op, "value", value_of);
    if (start.shape.size() != 1 || !start.size) refuse_value(op, "start of shape (rows + 1,)", to_text(start.shape));
    if (cols < 0 || cols > UINT32_MAX) refuse_value(op, "from 0 to 2^32 - 1 columns", std::to_string(cols));
    if (index.shape.size() != 1) refuse_value(op, "index with one axis", to_text(index.shape));
    expect_shape(op, "value", index.shape, value.shape);
    rows_ = start.size - 1;
    wide_ = cols_ > 65536;
    const Released nogil((double)index.size);
    // Another thread may write to the arguments meanwhile, so the checked copies are used.
    start_.assign(start.data, start.data + start.size);
    if (start_[0] < 0) refuse_value(op, "start that rises from 0", std::to_string(start_[0]));
    for (size_t i = 1; i < start_.size(); ++i)
      if (start_[i] < start_[i - 1] || start_[i] > index.size)
        refuse_value(op, "start that rises from 0 to the number of elements", std::to_string(start_[i]));
    index_.reserve((size_t)index.size * (wide_ ? 4 : 2));
    value_.reserve((size_t)index.size);
    for (int64_t i = 0, e = start_[0]; i < rows_; ++i) {
      int64_t least = 0;
      start_[(size_t)i] = (int64_t)value_.size();
      for (const int64_t stop = start_[(size_t)i + 1]; e < stop; ++e) {
        const int64_t j = __atomic_load_n(index.data + e, __ATOMIC_RELAXED);
        if (j < least || j >= cols_)
          refuse_value(op, "columns that rise within a row, below " + std::to_string(cols_), std::to_string(j));
        least = j + 1;
        if (std::abs(value.data[e]) < 0x1p-126f) continue;  // zero, or denormal, which counts as zero
        wide_ ? append((uint32_t)j) : append((uint16_t)j);
        value_.push_back(value.data[e]);
      }
    }
    start_.back() = (int64_t)value_.size();
  }

  int64_t rows() const { return rows_; }
  int64_t cols() const { return cols_; }
  int64_t elements() const { return start_.back(); }
  Csr view() const { return {cols_, start_.data(), index_.data(), value_.data(), wide_}; }

  int64_t elements_in(const Indices& rows) const {
    int64_t n = 0;
    for (int64_t i = 0; i < rows.size(); ++i) n += start_[(size_t)rows.data()[i] + 1] - start_[(size_t)rows.data()[i]];
    return n;
  }

 private:
  template <class Index>
  void append(Index j) {
    const char* bytes = reinterpret_cast<const char*>(&j);
    index_.insert(index_.end(), bytes, bytes + sizeof j);
  }

  int64_t rows_, cols_;
  bool wide_;
  std::vector<int64_t> start_;
  std::vector<char> index_;
  std::vector<float> value_;
};

View<const int64_t> one_axis(const char* op, const char* name, Labels labels) {
  const auto view = input(op, name, labels);
  if (view.shape.size() != 1) refuse_value(op, std::string(name) + " with one axis", to_text(view.shape));
  return view;
}

FloatArray bind_csr_matmul(const CsrMatrix& a, Labels rows_, Floats b_, MaybeFloats bias_,
                           const std::optional<Activation>& activation, MaybeFloats out) {
  constexpr auto op = "csr_matmul";
  const auto rows = one_axis(op, "rows", rows_);
  const Indices indices(op, "rows", rows, a.rows());
  const auto b = input(op, "b", b_);
  if (b.shape.size() != 2 || b.shape[0] != a.cols())
    refuse_value(op, "b of shape (" + std::to_string(a.cols()) + ", n)", to_text(b.shape));
  CsrMatmul p{};
  p.m = rows.size;
  p.n = b.shape[1];
  p.a = a.view();
  p.row = indices.data();
  p.b = b.data;
  View<const float> bias;
  if (bias_.given()) {
    bias = input(op, "bias", bias_);
    expect_shape(op, "bias", {p.n}, bias.shape);
    p.bias = bias.data;
  }
  if (activation) p.activation = *activation;
  const Result y = result(op, out, {p.m, p.n});
  expect_apart(op, y, "b", b);
  expect_apart(op, y, "bias", bias);
  expect_apart(op, y, "rows", rows);
  p.c = y.data;
  p.elements = (double)a.elements_in(indices);
  {
    const Released nogil(p.elements * (double)p.n);
    kernels().csr_matmul(p);
  }
  return y.array;
}

FloatArray bind_csr_matmul_transposed(const CsrMatrix& a, Labels rows_, Floats b_, MaybeFloats out) {
  constexpr auto op = "csr_matmul_transposed";
  const auto rows = one_axis(op, "rows", rows_);
  const Indices indices(op, "rows", rows, a.rows());
  const auto b = input(op, "b", b_);
  if (b.shape.size() != 2 || b.shape[0] != rows.size)
    refuse_value(op, "b of shape (" + std::to_string(rows.size) + ", n)", to_text(b.shape));
  const Result y = result(op, out, {a.cols(), b.shape[1]});
  expect_apart(op, y, "b", b);
  expect_apart(op, y, "rows", rows);
  const int64_t elements = a.elements_in(indices);
  const bool wide = rows.size > 65536;
  const Borrowed<int64_t> start(a.cols() + 1);
  const Borrowed<char> index(elements * (wide ? 4 : 2));
  const Borrowed<float> value(elements);
  {
    const Released nogil((double)elements * (double)b.shape[1]);
    kernels().csr_transpose(a.view(), indices.data(), indices.size(), start.data(), index.data(), wide, value.data());
    CsrMatmul p{};
    p.m = a.cols();
    p.n = b.shape[1];
    p.a = {rows.size, start.data(), index.data(), value.data(), wide};
    p.b = b.data;
    p.c = y.data;
    p.elements = (double)elements;
    kernels().csr_matmul(p);
  }
  return y.array;
}

int64_t bind_count_nonzeros(Any x_) {
  const Numbers x = numbers("count_nonzeros", "x", x_.object);
  if (x.shape.empty()) refuse_value("count_nonzeros", "x with at least one axis", "a scalar");
  if (!x.size) return 0;
  std::vector<int64_t> counts((size_t)x.shape[0]);
  const Released nogil((double)x.size);
  kernels().count_nonzeros(x.data, x.element, x.shape[0], x.size / x.shape[0], counts.data());
  int64_t sum = 0;
  for (const int64_t n : counts) sum += n;
  return sum;
}

}  // namespace

void register_csr(py::module_& m) {
  py::class_<CsrMatrix>(m, "Csr", "A matrix in CSR format: only the elements other than zero are kept.")
      .def(py::init([](Any x) { return CsrMatrix("Csr", x.object); }), py::arg("x"))
      .def_static(
          "from_arrays",
          [](Labels start, Labels index, Floats value, int64_t columns) {
            return CsrMatrix("Csr", start, index, value, columns);
          },
          py::arg("start"), py::arg("index"), py::arg("value"), py::arg("columns"),
          "From SciPy's arrays, columns rising within each row; elements that are zero or denormal are left out.")
      .def_property_readonly(
          "shape", [](const CsrMatrix& a) { return std::make_pair(a.rows(), a.cols()); },
          "(rows, columns); all axes of x but the first are joined.")
      .def_property_readonly("elements", &CsrMatrix::elements, "How many elements are kept.");
  m.def("count_nonzeros", bind_count_nonzeros, py::arg("x"), "How many elements are other than zero.");
  m.def("csr_matmul", bind_csr_matmul, py::arg("a"), py::arg("rows"), py::arg("b"), py::arg("bias") = py::none(),
        py::arg("activation") = py::none(), py::arg("out") = py::none(), "activation(a[rows] @ b + bias).");
  m.def("csr_matmul_transposed", bind_csr_matmul_transposed, py::arg("a"), py::arg("rows"), py::arg("b"),
        py::arg("out") = py::none(), "The product of a[rows], transposed, and b.");
}

}  // namespace brisknet
