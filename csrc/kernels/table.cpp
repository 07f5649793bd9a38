// Fills the table of this instruction set.
#include "isa.h"

namespace brisknet {
namespace BRISKNET_ISA {

extern const Kernels table;
const Kernels table = {
#define KERNEL(result, name, arguments) name,
#include "kernels.def"
};

}  // namespace BRISKNET_ISA
}  // namespace brisknet
