// The parts of an optimizer's rule, and the loop over the variables of a step that all rules share. The rules
// themselves are in optimizers.cpp.
//
// A rule names the numbers that it is given at each step (SCALARS) and a variable's state arrays (SLOTS; the last
// kOptional of them may be null). `update` runs `each` over a panel: its body gets a vector with get(array) and stores
// one with put(array, vector).
#pragma once

#include "flush.h"
#include "isa.h"
#include "loops.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

#define SCALARS(...)    \
  struct Scalars {      \
    double __VA_ARGS__; \
  };                    \
  static constexpr const char* kScalars = #__VA_ARGS__;
#define SLOTS(...)    \
  struct Slots {      \
    Slot __VA_ARGS__; \
  };                  \
  static constexpr const char* kSlots = #__VA_ARGS__;

// The defaults: no scalars and no state.
struct Plain {
  using Slot = float*;
  struct Scalars {};
  struct Slots {};
  static constexpr const char *kScalars = "", *kSlots = "";
  static constexpr int kOptional = 0;
};

// A struct of elements of type T, from an array of them.
template <class Struct, class T>
INLINE Struct filled(const T* elements) {
  Struct s;
  if (!__is_empty(Struct)) memcpy(&s, elements, sizeof s);
  return s;
}

INLINE void decay_elements(double amount, float* w, int64_t begin, int64_t end) {
  const vf factor = set1((float)amount);
  each_vector_of(begin, end, [&](auto get, auto put, int) { put(w, flush(get(w) - get(w) * factor, kLeastState)); });
}

// body(variable, begin, end, panel) for the panels of all variables, on all threads; cost: nanoseconds an element.
template <class Body>
void each_panel(const Step& step, double cost, const Body& body) {
  parallel(step.panels, cost * (double)step.elements, [&](int64_t panel) {
    int64_t i = 0;  // the last variable whose first panel is this one or before it
    for (int64_t after = step.count; after - i > 1;) {
      const int64_t middle = (i + after) / 2;
      (step.variables[middle].first_panel <= panel ? i : after) = middle;
    }
    const Updated& v = step.variables[i];
    const int64_t begin = (panel - v.first_panel) * kUpdatePanel;
    body(v, begin, v.size - begin < kUpdatePanel ? v.size : begin + kUpdatePanel, panel);
  });
}

// The same after the decay of those variables that decay.
template <class Body>
void each_panel_of_update(const Step& step, double cost, const Body& body) {
  each_panel(step, cost, [&](const Updated& v, int64_t begin, int64_t end, int64_t panel) {
    if (step.decay && v.decays) decay_elements(*step.decay, v.w, begin, end);
    body(v, begin, end, panel);
  });
}

template <class R>
void update_by(const Step& step) {
  each_panel_of_update(step, R::kCost, [&](const Updated& v, int64_t begin, int64_t end, int64_t) {
    R::update(filled<typename R::Scalars>(step.scalars), filled<typename R::Slots>(v.slots), v.w, v.g,
              [&](const auto& body) { each_vector_of(begin, end, [&](auto get, auto put, int) { body(get, put); }); });
  });
}

template <class R>
constexpr Rule row(const char* name, void (*update)(const Step&) = update_by<R>) {
  static_assert(sizeof(typename R::Slots) <= sizeof(Updated::slots), "kMostSlots is less than this rule has");
  return {name, R::kScalars, R::kSlots, R::kOptional, R::kCost, update};
}

}  // namespace
}  // namespace BRISKNET_ISA
}  // namespace brisknet
