#include "arguments.h"

#include <cxxabi.h>
#include <unistd.h>

#include <cstring>

namespace brisknet {
namespace {

Shape shape_of(const py::array& array) { return {array.shape(), array.shape() + array.ndim()}; }

std::string describe(py::handle object) {
  if (!py::isinstance<py::array>(object)) return py::str(py::type::of(object).attr("__name__"));
  const auto array = py::reinterpret_borrow<py::array>(object);
  const int flags = array.flags();
  std::string text = std::string(py::str(array.dtype())) + " array of shape " + to_text(shape_of(array));
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
bool is_array(py::handle object, int flags) {
  if (!py::isinstance<py::array>(object)) return false;
  const auto array = py::reinterpret_borrow<py::array>(object);
  return is_native<T>(array.dtype()) && (array.flags() & flags) == flags;
}

template <class T>
View<T> checked(const char* op, const char* name, py::handle object, int flags, const char* kind) {
  if (!is_array<std::remove_const_t<T>>(object, flags)) refuse(op, std::string(name) + ": " + kind, object);
  const auto array = py::reinterpret_borrow<py::array>(object);
  View<T> view;
  view.data = static_cast<T*>(const_cast<void*>(array.data()));
  view.size = array.size();
  view.shape = shape_of(array);
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
  Element element = Element::float32;
  if (is_array<double>(object, kReadable))
    element = Element::float64;
  else if (is_array<uint8_t>(object, kReadable))
    element = Element::uint8;
  else if (!is_array<float>(object, kReadable))
    refuse(op, std::string(name) + ": a C-contiguous float32, float64 or uint8 array", object);
  const auto array = py::reinterpret_borrow<py::array>(object);
  return {array.data(), element, array.size(), shape_of(array)};
}

bool is_floats(py::handle object) { return is_array<float>(object, kReadable); }
bool is_numbers(py::handle object) {
  return is_array<float>(object, kReadable) || is_array<double>(object, kReadable) ||
         is_array<uint8_t>(object, kReadable);
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
  const py::capsule owner(*data, nullptr, [](PyObject* self) { give_back(PyCapsule_GetPointer(self, nullptr)); });
  // Like py::array's constructor, without its temporaries.
  const auto& numpy = py::detail::npy_api::get();
  auto array = py::reinterpret_steal<py::array>(
      numpy.PyArray_NewFromDescr_(numpy.PyArray_Type_, py::dtype(dtype).release().ptr(), (int)shape.size(),
                                  shape.begin(), nullptr, *data, kWriteable, nullptr));
  if (!array) throw py::error_already_set();
  numpy.PyArray_SetBaseObject_(array.ptr(), py::capsule(owner).release().ptr());
  return array;
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

Indices::Indices(const char* op, const char* name, const View<const int64_t>& from, int64_t end) : size_(from.size) {
  if (size_ > kFew) many_.emplace(size_);
  int64_t* copy = many_ ? many_->data() : few_;
  if (size_) std::memcpy(copy, from.data, (size_t)size_ * sizeof *copy);
  const auto is_outside = [&](int64_t index) { return (uint64_t)index | ((uint64_t)end - 1 - (uint64_t)index); };
  uint64_t outside = 0;  // its highest bit is set where an index is negative, or end - 1 - index is
  for (int64_t i = 0; i < size_; ++i) outside |= is_outside(copy[i]);
  if (!(outside >> 63)) return;
  const int64_t wrong = *std::find_if(copy, copy + size_, [&](int64_t index) { return is_outside(index) >> 63; });
  refuse_value(op, std::string(name) + " from 0 to " + std::to_string(end - 1), std::to_string(wrong));
}

// Up to Python 3.13, who asks for the GIL when Python has begun to end is unwound by pthread_exit: through
// destructors, which aborts the process, and past the owners of Python's objects, which would touch them without the
// GIL. Instead the thread waits for the process's end, as Python 3.14 lets it.
void Released::restore(PyThreadState* thread) {
#ifdef __GLIBCXX__
  try {
    PyEval_RestoreThread(thread);
  } catch (abi::__forced_unwind&) {
    for (;;) pause();
  }
#else  // libc++ has no name for it, and macOS unwinds nothing
  PyEval_RestoreThread(thread);
#endif
}

void expect_shape(const char* op, const char* name, const Shape& expected, const Shape& got) {
  if (got != expected) refuse_value(op, std::string(name) + " of shape " + to_text(expected), to_text(got));
}

void expect_axes(const char* op, const Shape& shape) {
  for (const py::ssize_t axis : shape)
    if (axis < 0) refuse_value(op, "a shape without negative axes", to_text(shape));
}

void expect_matrix(const char* op, const char* name, const Shape& got) {
  if (got.empty()) refuse_value(op, std::string(name) + " with at least one axis", "a scalar");
}

}  // namespace brisknet
