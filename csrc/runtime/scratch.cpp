#include "scratch.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace brisknet {
namespace {

// A block of memory; its first page stores the number of floats that follow.
constexpr size_t kPage = 4096;
struct Block {
  int64_t floats;
  float* data() { return reinterpret_cast<float*>(reinterpret_cast<char*>(this) + kPage); }
  static Block* of(float* data) {
    return data ? reinterpret_cast<Block*>(reinterpret_cast<char*>(data) - kPage) : nullptr;
  }
};

// The block, or a larger one if it is too small; null if there is not enough memory.
Block* enlarged(Block* block, int64_t floats) {
  if (block && block->floats >= floats) return block;
  std::free(block);
  const size_t bytes = ((size_t)floats * sizeof(float) + kPage - 1) / kPage * kPage;
  block = static_cast<Block*>(std::aligned_alloc(kPage, kPage + bytes));
  if (block) block->floats = (int64_t)(bytes / sizeof(float));
  return block;
}

// Blocks released by callers. Lock-free, as a forked child could inherit a held lock.
std::atomic<Block*> left_blocks[8];

float* take_scratch(int64_t floats) {
  if (!floats) return nullptr;
  Block* block = nullptr;
  for (auto& left : left_blocks)
    if (left.load(std::memory_order_relaxed) && (block = left.exchange(nullptr))) break;
  block = enlarged(block, floats);
  if (!block) throw std::bad_alloc();
  return block->data();
}

}  // namespace

Scratch::Scratch(int64_t floats) : data(take_scratch(floats)) {}

Scratch::~Scratch() {
  if (!data) return;
  Block* const block = Block::of(data);
  for (auto& left : left_blocks)
    if (Block* none = nullptr; left.compare_exchange_strong(none, block)) return;
  std::free(block);
}

bool WorkerScratch::reserve(int64_t floats) {
  if (!floats) return true;
  Block* const block = enlarged(Block::of(data), floats);
  data = block ? block->data() : nullptr;
  return block;
}

WorkerScratch::~WorkerScratch() { std::free(Block::of(data)); }

}  // namespace brisknet
