#include "pool.h"

#include <cstdlib>
#include <new>
#include <unordered_map>
#include <vector>

namespace brisknet {
namespace {

constexpr size_t kHeader = 64;            // holds the block's size, and keeps what follows aligned
constexpr size_t kKeptBlock = 16u << 20;  // larger blocks go back to the system at once
constexpr size_t kKeptInAll = 128u << 20;

constexpr size_t kMost = size_t{1} << 60;  // sizes near the type's maximum would overflow

struct Pool {
  std::unordered_map<size_t, std::vector<void*>> blocks;
  size_t kept = 0;
};
Pool& pool() {
  static Pool* p = new Pool;  // never destroyed: arrays may outlive the module's statics
  return *p;
}

// Four sizes to an octave, so that nearly equal batches share blocks.
size_t round_up(size_t bytes) {
  size_t step = 256;
  while (step * 8 < bytes) step *= 2;
  return (bytes + step - 1) / step * step;
}

}  // namespace

void* take(size_t bytes) {
  if (bytes > kMost) return nullptr;
  const size_t size = round_up(bytes + kHeader);
  Pool& p = pool();
  char* block;
  if (auto found = p.blocks.find(size); found != p.blocks.end() && !found->second.empty()) {
    block = static_cast<char*>(found->second.back());
    found->second.pop_back();
    p.kept -= size;
  } else {
    block = static_cast<char*>(std::aligned_alloc(kHeader, size));
    if (!block) return nullptr;
    *reinterpret_cast<size_t*>(block) = size;
  }
  return block + kHeader;
}

void give_back(void* memory) noexcept {
  char* block = static_cast<char*>(memory) - kHeader;
  const size_t size = *reinterpret_cast<size_t*>(block);
  Pool& p = pool();
  if (size > kKeptBlock || p.kept + size > kKeptInAll) {
    std::free(block);
    return;
  }
  try {
    p.blocks[size].push_back(block);
    p.kept += size;
  } catch (const std::bad_alloc&) {  // not even a note of the block could be kept
    std::free(block);
  }
}

}  // namespace brisknet
