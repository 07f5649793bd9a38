// Checks of the arguments that cross the boundary (bindings.h).
#include "bindings.h"
#include "memory.h"

namespace brisknet {
namespace {

std::string describe(py::handle object) {
  if (!py::isinstance<py::array>(object)) return py::str(py::type::of(object).attr("__name__"));
  const auto array = py::reinterpret_borrow<py::array>(object);
  const int flags = array.flags();
  std::string text = std::string(py::str(array.dtype())) + " array of shape " +
                     to_text(Shape(array.shape(), array.shape() + array.ndim()));
  if (!(flags & py::array::c_style)) text += " that is not C-contiguous";
  if (!(flags & py::detail::npy_api::NPY_ARRAY_WRITEABLE_)) text += " (read-only)";
  if (!(flags & py::detail::npy_api::NPY_ARRAY_ALIGNED_)) text += " (misaligned)";
  return text;
}

// By kind and size, since NumPy has two types of 64-bit integer; '=' and '|' are the native byte orders.
template <class T>
bool is_native(const py::dtype& dtype) {
  constexpr char kind = std::is_floating_point_v<T> ? 'f' : std::is_signed_v<T> ? 'i' : 'u';
  return dtype.kind() == kind && dtype.itemsize() == sizeof(T) &&
         (dtype.byteorder() == '=' || dtype.byteorder() == '|');
}

template <class T>
View<T> checked(const char* op, const char* name, py::handle object, int flags, const char* kind) {
  using Element = std::remove_const_t<T>;
  const std::string expected = std::string(name) + ": " + kind;
  if (!py::isinstance<py::array>(object)) refuse(op, expected, object);
  const auto array = py::reinterpret_borrow<py::array>(object);
  if (!is_native<Element>(array.dtype()) || (array.flags() & flags) != flags) refuse(op, expected, object);
  View<T> view;
  view.data = static_cast<T*>(const_cast<void*>(array.data()));
  view.size = array.size();
  view.shape.assign(array.shape(), array.shape() + array.ndim());
  return view;
}

constexpr int kReadable = py::array::c_style | py::detail::npy_api::NPY_ARRAY_ALIGNED_;
constexpr int kWriteable = kReadable | py::detail::npy_api::NPY_ARRAY_WRITEABLE_;

}  // namespace

template <class T>
int64_t View<T>::rows() const {
  int64_t rows = 1;
  for (size_t i = 0; i + 1 < shape.size(); ++i) rows *= shape[i];
  return rows;
}
template struct View<const float>;
template struct View<const int64_t>;
template struct View<const uint64_t>;
template struct View<float>;

std::string to_text(const Shape& shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

void refuse(const char* op, const std::string& expected, py::handle got) {
  throw py::type_error("[" + std::string(op) + "] expected " + expected + ", got " + describe(got));
}

void refuse_value(const char* op, const std::string& expected, const std::string& got) {
  throw py::value_error("[" + std::string(op) + "] expected " + expected + ", got " + got);
}

Numbers numbers(const char* op, const char* name, py::handle object) {
  const std::string expected = std::string(name) + ": a C-contiguous float32, float64 or uint8 array";
  if (!py::isinstance<py::array>(object)) refuse(op, expected, object);
  const auto array = py::reinterpret_borrow<py::array>(object);
  const auto dtype = array.dtype();
  Numbers n{array.data(), Element::float32, array.size(), Shape(array.shape(), array.shape() + array.ndim())};
  if (is_native<double>(dtype))
    n.element = Element::float64;
  else if (is_native<uint8_t>(dtype))
    n.element = Element::uint8;
  else if (!is_native<float>(dtype))
    refuse(op, expected, object);
  if ((array.flags() & kReadable) != kReadable) refuse(op, expected, object);
  return n;
}

View<const float> input(const char* op, const char* name, Floats argument) {
  return checked<const float>(op, name, argument.object, kReadable, "a C-contiguous float32 array");
}
View<const int64_t> input(const char* op, const char* name, Labels argument) {
  return checked<const int64_t>(op, name, argument.object, kReadable, "a C-contiguous int64 array");
}
View<const uint64_t> input(const char* op, const char* name, Bits argument) {
  return checked<const uint64_t>(op, name, argument.object, kReadable, "a C-contiguous uint64 array");
}

View<float> state(const char* op, const char* name, Floats argument, const Shape& shape) {
  const auto view = checked<float>(op, name, argument.object, kWriteable, "a writeable, C-contiguous float32 array");
  expect_shape(op, name, shape, view.shape);
  return view;
}

py::array new_array(const py::dtype& dtype, const Shape& shape, void** data) {
  size_t bytes = (size_t)dtype.itemsize();
  for (const py::ssize_t axis : shape)
    if (__builtin_mul_overflow(bytes, (size_t)axis, &bytes)) throw std::bad_alloc();
  *data = take(bytes);
  if (!*data) throw std::bad_alloc();
  return py::array(dtype, shape, {}, *data, py::capsule(*data, [](void* memory) { give_back(memory); }));
}

Result result(const char* op, MaybeFloats out, const Shape& shape) {
  if (out.given()) {
    const auto view = state(op, "out", out, shape);
    return {py::reinterpret_borrow<FloatArray>(out.object), view.data, view.size};
  }
  float* data;
  FloatArray array = new_array(shape, &data);
  const int64_t size = array.size();
  return {std::move(array), data, size};
}

void expect_apart(const char* op, const char* name, const void* memory, size_t bytes, const char* other,
                  const void* other_memory, size_t other_bytes) {
  const auto begin = reinterpret_cast<uintptr_t>(memory), other_begin = reinterpret_cast<uintptr_t>(other_memory);
  if (begin < other_begin + other_bytes && other_begin < begin + bytes)
    refuse_value(op, std::string(name) + ": memory of its own", std::string("memory that ") + other + " lies in");
}

void expect_shape(const char* op, const char* name, const Shape& expected, const Shape& got) {
  if (got != expected) refuse_value(op, std::string(name) + " of shape " + to_text(expected), to_text(got));
}

void expect_matrix(const char* op, const char* name, const Shape& got) {
  if (got.empty()) refuse_value(op, std::string(name) + " with at least one axis", "a scalar");
}

}  // namespace brisknet
