// The module brisknet._core. Only the bindings know both Python and the kernels; they do no arithmetic.
#include "module.h"

#include "arguments.h"
#include "runtime/threads.h"

namespace brisknet {
namespace {

#if defined(__clang__)
constexpr const char* kCompiler = __VERSION__;  // with clang's name
#else
constexpr const char* kCompiler = "gcc " __VERSION__;
#endif

void register_runtime(py::module_& m) {
  m.def("built_isas", built_isas, "The instruction sets that kernels were built for, from the plainest to the widest.");
  m.def("usable_isas", usable_isas, "Those that this CPU and its operating system can run.");
  m.def("active_isa", active_isa, "The one in use.");
  m.def(
      "use_isa",
      [](const std::string& name) {
        if (use_isa(name)) return;
        std::string usable;
        for (const auto& isa : usable_isas()) usable += (usable.empty() ? "" : ", ") + isa;
        refuse_value("use_isa", "one of " + usable, name);
      },
      py::arg("name"), "Use the kernels of this instruction set from now on.");

  m.def("get_num_threads", num_threads, "The number of threads that large work uses.");
  m.def(
      "set_num_threads",
      [](int count) {
        if (count < 1 || count > 4096)
          refuse_value("set_num_threads", "count between 1 and 4096", std::to_string(count));
        return set_num_threads(count);
      },
      py::arg("count"), "Set the number of threads that large work uses, for the whole process; return that before.");
  m.def("is_floats", is_floats, py::arg("x"), "Whether x is an aligned, C-contiguous float32 array.");
  m.def("is_numbers", is_numbers, py::arg("x"), "Whether x is such an array, or one of float64 or uint8.");
  m.def("openmp_runtime", openmp_runtime, "The file name of the OpenMP runtime that supplies the threads.");
  m.def("compiler", [] { return kCompiler; }, "The compiler that built the core.");
}

}  // namespace
}  // namespace brisknet

PYBIND11_MODULE(_core, m) {
  m.doc() = "The kernels of brisknet (see brisknet.ops for documented functions over them).";
  m.attr("__version__") = BRISKNET_VERSION;  // from pyproject.toml; importlib.metadata would take 20 ms
  brisknet::register_runtime(m);
  brisknet::register_activations(m);
  brisknet::register_clipping(m);
  brisknet::register_dropout(m);
  brisknet::register_elementwise(m);
  brisknet::register_flush(m);
  brisknet::register_gather(m);
  brisknet::register_losses(m);
  brisknet::register_matmul(m);
  brisknet::register_optimizers(m);
  brisknet::register_random(m);
  brisknet::register_reduce(m);
  brisknet::register_rowwise(m);
  brisknet::register_csr(m);
}
