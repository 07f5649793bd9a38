// The parts of the module, one function per file.
#pragma once

#include <pybind11/pybind11.h>

namespace brisknet {

void register_activations(pybind11::module_&);
void register_clipping(pybind11::module_&);
void register_dropout(pybind11::module_&);
void register_elementwise(pybind11::module_&);
void register_flush(pybind11::module_&);
void register_gather(pybind11::module_&);
void register_losses(pybind11::module_&);
void register_matmul(pybind11::module_&);
void register_optimizers(pybind11::module_&);
void register_random(pybind11::module_&);
void register_reduce(pybind11::module_&);
void register_rowwise(pybind11::module_&);
void register_csr(pybind11::module_&);

}  // namespace brisknet
