#include <map>
#include <vector>

#include "arguments.h"
#include "module.h"

namespace brisknet {
namespace {

std::vector<std::string> parts(const std::string& names) {
  std::vector<std::string> found;
  for (size_t begin = 0, end; begin < names.size(); begin = end + 2) {
    end = std::min(names.find(", ", begin), names.size());
    found.push_back(names.substr(begin, end - begin));
  }
  return found;
}

using Names = std::vector<std::string>;

std::map<std::string, std::tuple<Names, Names, int>> rules() {
  std::map<std::string, std::tuple<Names, Names, int>> found;
  for (int i = 0; const Rule* rule = kernels().rule(i); ++i)
    found[rule->name] = {parts(rule->scalars), parts(rule->slots), rule->optional};
  return found;
}

int number_of(const std::string& name) {
  std::string names;
  for (int i = 0; const Rule* rule = kernels().rule(i); ++i) {
    if (name == rule->name) return i;
    names += (i ? ", " : "") + std::string(rule->name);
  }
  refuse_value("Update", "rule: one of " + names, name);
}

// The variables that a rule updates, with their gradients and state: checked once, for all steps.
class Update {
 public:
  using Arrays = std::vector<py::object>;  // w, g, state

  Update(const std::string& rule, const std::vector<Arrays>& variables, const std::vector<bool>& decays)
      : number_(number_of(rule)), scalars_(parts(this->rule().scalars).size()) {
    for (std::string& slot : parts(this->rule().slots)) names_.push_back(std::move(slot));
    held_.reserve(variables.size() * names_.size());
    variables_.reserve(variables.size());
    for (const Arrays& arrays : variables) add(arrays);
    for (size_t i = 0; i < std::min(decays.size(), variables_.size()); ++i) variables_[i].decays = decays[i];
    apart_ = all_apart();
  }

  // Replaces the gradients, from the next step on.
  void take(const Arrays& gradients) {
    const Rule& r = rule();
    if (gradients.size() != variables_.size())
      refuse_value(r.name, std::to_string(variables_.size()) + " gradients", std::to_string(gradients.size()));
    auto held = held_;
    for (size_t i = 0; i < gradients.size(); ++i) {
      const auto w = input(r.name, "w", Floats{held[first_[i] + 1].array});
      const auto g = input(r.name, "g", Floats{gradients[i]});
      expect_shape(r.name, "g", w.shape, g.shape);
      const size_t end = i + 1 < first_.size() ? first_[i + 1] : held.size();
      held[first_[i]] = memory(1, gradients[i], false);
      for (size_t other = first_[i] + 1; other < end; ++other) expect_apart(held[first_[i]], held[other]);
    }
    held_ = std::move(held);
    for (size_t i = 0; i < gradients.size(); ++i)
      variables_[i].g = reinterpret_cast<const float*>(held_[first_[i]].data);
    apart_ = all_apart();
  }

  void step(const std::vector<double>& scalars, std::optional<double> decay) const {
    const Rule& r = rule();
    for (const Memory& m : held_)
      if (!m.is_as_it_was()) refuse(r.name, names_[m.name] + ": the same writeable memory as before", m.array);
    if (scalars.size() != scalars_)
      refuse_value(r.name, "scalars: " + std::to_string(scalars_) + " (" + r.scalars + ")",
                   std::to_string(scalars.size()));
    Step all{scalars.data(), decay ? &*decay : nullptr, variables_.data(), (int64_t)variables_.size(), 0, 0};
    for (const Updated& v : variables_) all.panels += panels(v), all.elements += v.size;
    const Released nogil(8 * r.cost * (double)all.elements);
    if (apart_)
      r.update(all);
    else
      for (Updated v : variables_) {
        v.first_panel = 0;
        r.update({all.scalars, all.decay, &v, 1, panels(v), v.size});
      }
  }

 private:
  // An array's memory. While an array is held here, NumPy allows its memory to be replaced or made read-only.
  struct Memory {
    size_t name;
    py::array array;
    const char* data;
    py::ssize_t bytes;
    bool written;

    bool is_as_it_was() const {
      return array.data() == data && array.nbytes() == bytes && (!written || array.writeable());
    }
  };

  static int64_t panels(const Updated& v) { return (v.size + kUpdatePanel - 1) / kUpdatePanel; }
  const Rule& rule() const { return *kernels().rule(number_); }

  void add(const Arrays& arrays) {
    const Rule& r = rule();
    if (arrays.size() != names_.size()) {
      std::string names;
      for (const std::string& name : names_) names += (names.empty() ? "" : ", ") + name;
      refuse_value(r.name, "a variable's arrays " + names, std::to_string(arrays.size()) + " arrays");
    }
    const size_t first = held_.size();
    const auto g = input(r.name, "g", Floats{arrays[1]});
    hold(1, arrays[1], false, first);
    Updated v{written(0, arrays, g.shape, first), g.data, {}, g.size, 0, false};
    for (size_t i = 2; i < arrays.size(); ++i)
      if (!arrays[i].is_none() || i + (size_t)r.optional < arrays.size())
        v.slots[i - 2] = written(i, arrays, g.shape, first);
    if (!variables_.empty()) v.first_panel = variables_.back().first_panel + panels(variables_.back());
    variables_.push_back(v);
    first_.push_back(first);
  }

  float* written(size_t i, const Arrays& arrays, const Shape& shape, size_t first) {
    float* data = state(rule().name, names_[i].c_str(), Floats{arrays[i]}, shape).data;
    hold(i, arrays[i], true, first);
    return data;
  }

  static Memory memory(size_t name, const py::object& given, bool written) {
    auto array = py::reinterpret_borrow<py::array>(given);
    const auto* data = static_cast<const char*>(array.data());
    const py::ssize_t bytes = array.nbytes();
    return {name, std::move(array), data, bytes, written};
  }

  void expect_apart(const Memory& one, const Memory& other) const {
    brisknet::expect_apart(rule().name, names_[one.name].c_str(), one.data, (size_t)one.bytes,
                           names_[other.name].c_str(), other.data, (size_t)other.bytes);
  }

  // Keeps an array, which must not overlap the variable's other arrays, those from `first` on.
  void hold(size_t name, const py::object& given, bool written, size_t first) {
    Memory m = memory(name, given, written);
    for (size_t other = first; other < held_.size(); ++other) expect_apart(m, held_[other]);
    held_.push_back(std::move(m));
  }

  // Whether no array that is written lies where another one does, of any variable; a variable may be given twice. Then
  // all can be updated at once, in any order.
  bool all_apart() const {
    std::vector<const Memory*> by_place;
    for (const Memory& m : held_)
      if (m.bytes) by_place.push_back(&m);
    std::sort(by_place.begin(), by_place.end(), [](auto a, auto b) { return a->data < b->data; });
    const char *end = nullptr, *written_end = nullptr;
    for (const Memory* m : by_place) {
      if (m->data < (m->written ? end : written_end)) return false;
      end = std::max(end, m->data + m->bytes);
      if (m->written) written_end = std::max(written_end, m->data + m->bytes);
    }
    return true;
  }

  const int number_;
  const size_t scalars_;                      // how many the rule has
  std::vector<std::string> names_{"w", "g"};  // of a variable's arrays
  std::vector<Updated> variables_;
  std::vector<Memory> held_;   // by variable: g, w, slots that are used
  std::vector<size_t> first_;  // where each variable's arrays begin
  bool apart_;
};

void bind_decay(Floats w_, double amount) {
  const auto shape = input("decay", "w", w_).shape;
  const auto w = state("decay", "w", w_, shape);
  const Released nogil((double)w.size);
  kernels().decay(amount, w.data, w.size);
}

}  // namespace

void register_optimizers(py::module_& m) {
  m.def("rules", rules,
        "The rules of optimizers: the names of each one's scalars, those of a variable's state arrays, and how many of "
        "these, at the end, may be None.");
  py::class_<Update>(m, "Update",
                     "Variables that a rule updates in place: for each one (w, g, state array, …), where an optional "
                     "state array may be None, and whether it decays.")
      .def(py::init<const std::string&, const std::vector<Update::Arrays>&, const std::vector<bool>&>(),
           py::arg("rule"), py::arg("variables"), py::arg("decays") = std::vector<bool>())
      .def("take", &Update::take, py::arg("gradients"), "Takes other gradients, for the steps from now on.")
      .def("step", &Update::step, py::arg("scalars"), py::arg("decay") = py::none(),
           "One step of all variables; first w -= decay * w of those that decay.");
  m.def("decay", bind_decay, py::arg("w"), py::arg("amount"), "w -= amount * w, in place.");
}

}  // namespace brisknet
