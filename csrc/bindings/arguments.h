// What the bindings share: checked arguments, new arrays, the GIL.
//
// Each bound function checks all its arguments before it writes the first byte. Errors read
// "[operation] expected argument: …, got …".
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>

#include "runtime/dispatch.h"
#include "runtime/float_environment.h"
#include "runtime/pool.h"

namespace brisknet {

namespace py = pybind11;

// The lengths of an array's axes, stored without an allocation; elements after the last axis are uninitialized.
class Shape {
 public:
  Shape() = default;
  Shape(const py::ssize_t* begin, const py::ssize_t* end) : size_((size_t)(end - begin)) {
    if (size_ > kMostAxes) throw py::value_error("number of dimensions must be within [0, 64]");
    std::copy(begin, end, axes_);
  }
  Shape(std::initializer_list<py::ssize_t> axes) : Shape(axes.begin(), axes.end()) {}
  Shape(const Shape& other) : Shape(other.begin(), other.end()) {}
  Shape& operator=(const Shape& other) {
    size_ = other.size_;
    std::copy(other.begin(), other.end(), axes_);
    return *this;
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const py::ssize_t* begin() const { return axes_; }
  const py::ssize_t* end() const { return axes_ + size_; }
  int64_t elements() const {
    int64_t n = 1;
    for (const py::ssize_t axis : *this) n *= axis;
    return n;
  }
  py::ssize_t back() const { return axes_[size_ - 1]; }
  py::ssize_t operator[](size_t i) const { return axes_[i]; }
  py::ssize_t& operator[](size_t i) { return axes_[i]; }
  bool operator==(const Shape& other) const { return std::equal(begin(), end(), other.begin(), other.end()); }
  bool operator!=(const Shape& other) const { return !(*this == other); }

 private:
  static constexpr size_t kMostAxes = 64;  // NumPy's

  size_t size_ = 0;
  py::ssize_t axes_[kMostAxes];
};

// An unconverted argument that the function checks itself, so that errors can name it. The type is for signatures.
template <class T>
struct Argument {
  py::handle object;
};
using Floats = Argument<float>;
using Labels = Argument<int64_t>;
using Bits = Argument<uint64_t>;
using Any = Argument<void>;  // float32, float64 or uint8
struct Targets {             // float32, or class numbers as int64
  py::handle object;
};
struct MaybeFloats : Floats {
  bool given() const { return !object.is_none(); }
};

// A checked array: C-contiguous, aligned, of the right type.
template <class T>
struct View {
  T* data = nullptr;
  int64_t size = 0;
  Shape shape;

  int64_t cols() const { return shape.back(); }
  int64_t rows() const;  // of the matrix that results from joining all axes but the last
};

[[noreturn]] void refuse(const char* op, const std::string& expected, py::handle got);
[[noreturn]] void refuse_value(const char* op, const std::string& expected, const std::string& got);
std::string to_text(const Shape&);

// An array that is converted to float32 when it is read.
struct Numbers {
  const void* data;
  Element element;
  int64_t size;
  Shape shape;
};
Numbers numbers(const char* op, const char* name, py::handle);

bool is_floats(py::handle);   // whether `input` accepts it as Floats
bool is_numbers(py::handle);  // whether `numbers` accepts it
View<const float> input(const char* op, const char* name, Floats);
View<const int64_t> input(const char* op, const char* name, Labels);
View<const uint64_t> input(const char* op, const char* name, Bits);
// An array of a model's state: written in place.
View<float> state(const char* op, const char* name, Floats, const Shape&);

// The array for a result: the one given as `out`, which must have this shape, or a new one.
using FloatArray = py::array_t<float>;
struct Result {
  FloatArray array;
  float* data;
  int64_t size;
};
Result result(const char* op, MaybeFloats out, const Shape&);

// Refuses memory, named `name`, that overlaps another array, named `other`.
void expect_apart(const char* op, const char* name, const void* memory, size_t bytes, const char* other,
                  const void* other_memory, size_t other_bytes);

// The output must not overlap an input.
template <class T>
void expect_apart(const char* op, const Result& out, const char* name, const View<T>& in) {
  expect_apart(op, "out", out.data, (size_t)out.size * sizeof(float), name, in.data, (size_t)in.size * sizeof(T));
}

// The output may be the input: each element is read before it is written. Other overlaps are refused.
inline void expect_in_place_or_apart(const char* op, const Result& out, const char* name, const View<const float>& in) {
  if (in.data != out.data) expect_apart(op, out, name, in);
}

void expect_shape(const char* op, const char* name, const Shape& expected, const Shape& got);
void expect_axes(const char* op, const Shape&);                          // none negative
void expect_matrix(const char* op, const char* name, const Shape& got);  // at least one axis

py::array new_array(const py::dtype&, const Shape&, void** data);

template <class T>
py::array_t<T> new_array(const Shape& shape, T** data) {
  return py::reinterpret_steal<py::array_t<T>>(
      new_array(py::dtype::of<T>(), shape, reinterpret_cast<void**>(data)).release());
}

// Memory from the pool for the duration of a call.
template <class T>
class Borrowed {
 public:
  explicit Borrowed(int64_t n) : data_(static_cast<T*>(take((size_t)n * sizeof(T)))) {
    if (!data_) throw std::bad_alloc();
  }
  ~Borrowed() { give_back(data_); }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  T* data() const { return data_; }

 private:
  T* data_;
};

// Indices from 0 to end - 1, which the kernel goes by: a copy, since another thread may write to the argument after it
// was checked. Wrong values of floats give wrong numbers; a wrong index would reach other memory.
class Indices {
 public:
  Indices(const char* op, const char* name, const View<const int64_t>& from, int64_t end);
  const int64_t* data() const { return many_ ? many_->data() : few_; }
  int64_t size() const { return size_; }

 private:
  static constexpr int64_t kFew = 128;  // enough for most batches, without an allocation

  int64_t size_;
  int64_t few_[kFew];
  std::optional<Borrowed<int64_t>> many_;
};

// Around a kernel's call, when everything is converted and checked: the kernels' floating-point environment, and other
// Python threads may run. Small work keeps the GIL: to get it back from a busy thread can take that thread's whole
// switch interval, 5 ms. Its scope ends before a result is returned: that changes the result's reference count.
class Released {
 public:
  explicit Released(double operations) : thread_(operations > 1e5 ? PyEval_SaveThread() : nullptr) {}
  ~Released() {
    if (thread_) restore(thread_);
  }

 private:
  static void restore(PyThreadState*);

  DefaultFloats floats_;
  PyThreadState* const thread_;
};

}  // namespace brisknet

namespace pybind11::detail {

template <class T>
struct as_is_caster {
  bool load(handle source, bool) {
    value.object = source;
    return true;
  }
  T value;
  operator T&() { return value; }
  template <class>
  using cast_op_type = T&;
};

template <>
struct type_caster<brisknet::Floats> : as_is_caster<brisknet::Floats> {
  static constexpr auto name = const_name("numpy.typing.NDArray[numpy.float32]");
};
template <>
struct type_caster<brisknet::MaybeFloats> : as_is_caster<brisknet::MaybeFloats> {
  static constexpr auto name = const_name("numpy.typing.NDArray[numpy.float32] | None");
};
template <>
struct type_caster<brisknet::Labels> : as_is_caster<brisknet::Labels> {
  static constexpr auto name = const_name("numpy.typing.NDArray[numpy.int64]");
};
template <>
struct type_caster<brisknet::Bits> : as_is_caster<brisknet::Bits> {
  static constexpr auto name = const_name("numpy.typing.NDArray[numpy.uint64]");
};
template <>
struct type_caster<brisknet::Any> : as_is_caster<brisknet::Any> {
  static constexpr auto name = const_name("numpy.typing.NDArray[typing.Any]");
};
template <>
struct type_caster<brisknet::Targets> : as_is_caster<brisknet::Targets> {
  static constexpr auto name = const_name("numpy.typing.NDArray[numpy.float32] | numpy.typing.NDArray[numpy.int64]");
};

}  // namespace pybind11::detail
