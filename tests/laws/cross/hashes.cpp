// Runs every kernel on fixed inputs, and whole training steps, and prints hashes of the bits that they give, for each
// instruction set usable here.
// `run.sh` compares them, also with those of another architecture under emulation.
#include "hashes.h"

#include <cstring>
#include <string>
#include <vector>

#include "runtime/threads.h"

using namespace brisknet;

namespace {

void hash_matmul() {
  Hash hash;
  const int sizes[][3] = {{1, 1, 1},   {1, 10, 33},  {2, 17, 5},   {7, 33, 12},   {13, 64, 40},
                          {31, 10, 9}, {48, 50, 30}, {53, 129, 7}, {20, 30, 801}, {130, 40, 17}};
  for (const auto& [m, n, k] : sizes)
    for (int transposed = 0; transposed < 4; ++transposed)
      for (const Function f : {Function::linear, Function::relu, activation_named("tanh")}) {
        const Floats a = inputs((size_t)m * k, 1), b = inputs((size_t)k * n, 2), bias = inputs((size_t)n, 3);
        Floats c((size_t)m * n);
        Activation activation{f, 0, INFINITY, 0};
        kernels().matmul({m, n, k, a.data(), b.data(), bias.data(), c.data(), (transposed & 1) != 0,
                          (transposed & 2) != 0, activation});
        hash.add(c);
      }
  hash.print("matmul");
}

void hash_sparse() {
  Hash hash;
  for (const Element element : {Element::float32, Element::float64, Element::uint8})
    for (const int64_t rows : {1, 15, 40})
      for (const int64_t cols : {1, 33, 900})
        for (const int64_t n : {1, 10, 64, 150}) {
          const Floats dense = inputs((size_t)(rows * cols), 30), b = inputs((size_t)(cols * n), 31);
          const Floats dy = inputs((size_t)(rows * n), 32), bias = inputs((size_t)n, 33);
          std::vector<double> x64(dense.size());
          std::vector<uint8_t> x8(dense.size());
          Floats x32(dense.size());
          for (size_t i = 0; i < dense.size(); ++i) {
            x32[i] = dense[i] > 0.8f ? dense[i] : 0;
            x64[i] = x32[i];
            x8[i] = (uint8_t)(x32[i] * 50);
          }
          const void* x = element == Element::float32   ? (void*)x32.data()
                          : element == Element::float64 ? (void*)x64.data()
                                                        : (void*)x8.data();
          std::vector<int64_t> start((size_t)rows + 1);
          kernels().count_nonzeros(x, element, rows, cols, start.data() + 1);
          for (int64_t i = 0; i < rows; ++i) start[(size_t)i + 1] += start[(size_t)i];
          std::vector<uint16_t> index((size_t)start.back() + 1);
          Floats value(index.size());
          kernels().csr_from_dense(x, element, rows, cols, start.data(), index.data(), false, value.data());
          const Csr a{cols, start.data(), index.data(), value.data(), false};
          Floats y((size_t)(rows * n)), dw((size_t)(cols * n));
          const double elements = (double)start.back();
          kernels().csr_matmul(
              {rows, n, a, nullptr, b.data(), bias.data(), y.data(), {activation_named("tanh")}, elements});
          hash.add(y);
          std::vector<int64_t> column_start((size_t)cols + 1);
          std::vector<uint16_t> row(index.size());
          Floats column_value(index.size());
          kernels().csr_transpose(a, nullptr, rows, column_start.data(), row.data(), false, column_value.data());
          kernels().csr_matmul({cols,
                                n,
                                {rows, column_start.data(), row.data(), column_value.data(), false},
                                nullptr,
                                dy.data(),
                                nullptr,
                                dw.data(),
                                {},
                                elements});
          hash.add(dw);
        }
  hash.print("sparse");
}

void hash_activations() {
  Floats x = inputs(10007, 4, 6);
  const float special[] = {0.0f, -0.0f, INFINITY, -INFINITY, NAN, 1e-40f, -1e-40f, 88.8f, -104.5f, 1e30f, 5e-8f};
  std::memcpy(x.data(), special, sizeof special);
  const Floats dy = inputs(x.size(), 5);
  for (int f = 0; f < kernels().activation_list().count; ++f) {
    Hash hash;
    for (const float c : {0.0f, 0.5f}) {
      const Activation activation{(Function)f, 0.3f, c == 0 ? INFINITY : 6, c};
      Floats y(x.size()), dx(x.size());
      kernels().activation(activation, x.data(), y.data(), (int64_t)x.size());
      kernels().activation_backward(activation, (reads_input(activation) ? x : y).data(), dy.data(), dx.data(),
                                    (int64_t)x.size());
      hash.add(y);
      hash.add(dx);
    }
    hash.print(name_of((Function)f));
  }
  Hash hash;
  for (const auto kernel : {kernels().exp, kernels().log}) {
    Floats y(x.size());
    kernel(x.data(), y.data(), (int64_t)x.size());
    hash.add(y);
  }
  hash.print("exp, log");
}

void hash_rows() {
  Hash softmax, losses;
  for (const int64_t cols : {1, 2, 7, 10, 16, 17, 31, 32, 100, 1000}) {
    const int64_t rows = 37;
    const auto n = (size_t)(rows * cols);
    const Floats x = inputs(n, 6, 3), dy = inputs(n, 7), weight = inputs((size_t)rows, 8);
    Floats y(n), dx(n), loss((size_t)rows), p(n);
    kernels().softmax(x.data(), p.data(), rows, cols);
    kernels().softmax_backward(p.data(), dy.data(), dx.data(), rows, cols);
    softmax.add(p);
    softmax.add(dx);
    kernels().log_softmax(x.data(), y.data(), rows, cols);
    kernels().log_softmax_backward(y.data(), dy.data(), dx.data(), rows, cols);
    softmax.add(y);
    softmax.add(dx);

    std::vector<int64_t> label((size_t)rows);
    for (int64_t i = 0; i < rows; ++i) label[(size_t)i] = i * 7 % cols;
    const RowWeights weights{weight.data(), 0.1f};
    const auto record = [&] {
      losses.add(loss);
      losses.add(dx);
    };
    for (const double smoothing : {0.0, 0.1}) {
      kernels().softmax_cross_entropy(x.data(), p.data(), nullptr, smoothing, weights, loss.data(), dx.data(), rows,
                                      cols);
      record();
      kernels().softmax_cross_entropy(x.data(), nullptr, label.data(), smoothing, weights, loss.data(), dx.data(), rows,
                                      cols);
      record();
      kernels().cross_entropy(p.data(), nullptr, label.data(), smoothing, 1e-7, weights, loss.data(), dx.data(), rows,
                              cols);
      record();
      for (const double epsilon : {0.0, 1e-7}) {
        kernels().binary_cross_entropy((epsilon > 0 ? p : x).data(), p.data(), smoothing, epsilon, weights, loss.data(),
                                       dx.data(), rows, cols);
        record();
      }
    }
    kernels().mean_squared_error(x.data(), p.data(), weights, loss.data(), dx.data(), rows, cols);
    record();
    kernels().mean_absolute_error(x.data(), p.data(), weights, loss.data(), dx.data(), rows, cols);
    record();
    kernels().column_sums(x.data(), rows, cols, y.data());
    losses.add(Floats(y.begin(), y.begin() + cols));
    const double sum = kernels().weighted_sum(x.data(), dy.data(), (int64_t)n);
    losses.add(&sum, sizeof sum);
  }
  softmax.print("softmax");
  losses.print("losses, sums");
}

void hash_random() {
  Hash hash;
  for (const int64_t n : {1, 5, 63, 64, 65, 1000, 20001}) {
    const Floats x = inputs((size_t)n, 9);
    Floats y((size_t)n);
    std::vector<uint64_t> mask((size_t)(n + 63) / 64);
    kernels().dropout({7, 8}, 0.3, x.data(), y.data(), mask.data(), n);
    hash.add(y);
    hash.add(mask.data(), mask.size() * 8);
    kernels().dropout_backward(0.3, mask.data(), x.data(), y.data(), n);
    hash.add(y);
    kernels().random_uniform({7, 9}, -1, 3, y.data(), n);
    hash.add(y);
    kernels().random_normal({7, 10}, 1, 2, true, y.data(), n);
    hash.add(y);
    std::vector<int64_t> order((size_t)n);
    kernels().permutation({7, 11}, order.data(), n);
    hash.add(order.data(), order.size() * 8);
  }
  hash.print("random");
}

void hash_updates() {
  Hash hash;
  const int64_t n = 1003;
  Floats w = inputs(n, 12), m(n), v(n), extra(n);
  for (int step = 0; step < 5; ++step) {
    const Floats g = inputs(n, (uint64_t)(20 + step));
    update("sgd", {0.1, 0.9, (double)(step % 2 == 0)}, w.data(), g.data(), {m.data()}, n);
    update("rmsprop", {0.01, 0.9, 0.5, 1e-7}, w.data(), g.data(), {v.data(), m.data(), extra.data()}, n);
    update("adam", {0.01, 0.9, 0.999, 1e-7}, w.data(), g.data(), {m.data(), v.data(), extra.data()}, n);
    kernels().decay(0.001, w.data(), n);
    hash.add(w);
  }
  // Rules of the other optimizers; ftrl's n is over a panel's 8192, where sums of squares have several parts.
  const int64_t many = 20011;
  Floats a(many), b(many), c = inputs(many, 13), clipped(many);
  for (int step = 1; step < 5; ++step) {
    Floats g = inputs(many, (uint64_t)(30 + step));
    const double norm = kernels().sum_of_squares(g.data(), many);
    hash.add(&norm, sizeof norm);
    kernels().scale(g.data(), 2.0, 3.0, clipped.data(), many);
    kernels().clip(clipped.data(), 0.5, clipped.data(), many);
    update("accumulate", {}, clipped.data(), g.data(), {}, many);
    update("adamax", {0.01, 0.9, 0.999, 1e-7}, c.data(), g.data(), {a.data(), b.data()}, many);
    update("nadam", {0.01, 0.002, 0.9, 0.999, 1e-7, 0.1}, c.data(), clipped.data(), {a.data(), b.data()}, many);
    update("lamb", {0.01, 0.9, 0.999, 1e-6, 0.1, 0.01}, c.data(), g.data(), {a.data(), b.data()}, many);
    update("adagrad", {0.01, 1e-7}, c.data(), g.data(), {b.data()}, many);
    update("adadelta", {0.01, 0.95, 1e-7}, c.data(), g.data(), {b.data(), b.data() + many / 2}, many / 2);
    update("lion", {0.01, 0.9, 0.99}, c.data(), g.data(), {a.data()}, many);
    update("moving_average", {0.99}, a.data(), c.data(), {}, many);
    hash.add(c);
    hash.add(a);
    hash.add(b);
  }
  Floats accumulator(many, 0.1f), linear(many);
  for (int step = 0; step < 3; ++step) {
    const Floats g = inputs(many, (uint64_t)(40 + step));
    update("ftrl", {0.1, -0.5, 0.01, 0.02, 0.001, 0.1}, c.data(), g.data(), {accumulator.data(), linear.data()}, many);
    update("ftrl", {0.1, -0.3, 0.01, 0.02, 0.0, 0.0}, a.data(), g.data(), {accumulator.data(), linear.data()}, many);
  }
  hash.add(c);
  hash.add(a);
  hash.print("rules of optimizers");
  hash = {};
  std::vector<int64_t> index;
  for (int64_t i = 0; i < 40; ++i) index.push_back(i * 13 % 59);
  Floats y(40 * 17);
  kernels().gather(w.data(), Element::float32, index.data(), y.data(), 40, 17);
  hash.add(y);
  for (int64_t& i : index) i %= 7;
  Floats sums(7 * 17), dots(40);
  kernels().scatter(y.data(), index.data(), 40, sums.data(), 7, 17);
  hash.add(sums);
  kernels().row_dots(y.data(), y.data(), 40, 17, dots.data());
  hash.add(dots);
  hash.print("updates, gather");
}

// A network as the Python layer trains it: dense, activation, dropout, dense, softmax cross-entropy; the first layer's
// products from whole rows or from compressed ones, which must give the same bits.
class Network {
 public:
  Network(Function f, bool skips_zeros) : activation_{f, 0, INFINITY, 0}, skips_zeros_(skips_zeros) {
    kernels().random_uniform({1, 40}, -0.1, 0.1, w1_.data(), kInputs * kUnits);
    kernels().random_normal({1, 41}, 0, 0.2, true, w2_.data(), kUnits * kClasses);
    kernels().random_uniform({1, 42}, 0, 1, x_.data(), kSamples * kInputs);
    for (float& x : x_) x = x < 0.8f ? 0 : x;
    for (int64_t i = 0; i < kSamples; ++i) label_[(size_t)i] = i * 7 % kClasses;
    if (!skips_zeros) return;
    kernels().count_nonzeros(x_.data(), Element::float32, kSamples, kInputs, start_.data() + 1);
    for (size_t i = 0; i < kSamples; ++i) start_[i + 1] += start_[i];
    kernels().csr_from_dense(x_.data(), Element::float32, kSamples, kInputs, start_.data(), index_.data(), false,
                             value_.data());
  }

  // update(weights, gradient, three arrays of state)
  template <class Update>
  void step(uint64_t number, Hash* losses, const Update& update) {
    std::vector<int64_t> order(kSamples), label(kBatch), mask((kBatch * kUnits + 63) / 64);
    kernels().permutation({1, number}, order.data(), kSamples);
    const int64_t* row = order.data();
    for (size_t i = 0; i < kBatch; ++i) label[i] = label_[(size_t)row[i]];
    auto* bits = reinterpret_cast<uint64_t*>(mask.data());

    const bool from_input = reads_input(activation_);
    Floats x(kBatch * kInputs), z(kBatch * kUnits), y(z.size()), h(z.size()), p(kBatch * kClasses), dp(p.size());
    Floats dy(z.size()), loss(kBatch), dw1(w1_.size()), dw2(w2_.size()), db1(kUnits), db2(kClasses);
    const Activation fused = from_input ? Activation{} : activation_;
    const Csr compressed{kInputs, start_.data(), index_.data(), value_.data(), false};
    if (skips_zeros_) {
      kernels().csr_matmul({kBatch, kUnits, compressed, row, w1_.data(), b1_.data(), z.data(), fused, 1e6});
    } else {
      kernels().gather(x_.data(), Element::float32, row, x.data(), kBatch, kInputs);
      kernels().matmul({kBatch, kUnits, kInputs, x.data(), w1_.data(), b1_.data(), z.data(), false, false, fused});
    }
    y = z;
    if (from_input) kernels().activation(activation_, z.data(), y.data(), (int64_t)z.size());
    kernels().dropout({2, number}, 0.3, y.data(), h.data(), bits, (int64_t)h.size());
    kernels().matmul({kBatch, kClasses, kUnits, h.data(), w2_.data(), b2_.data(), p.data(), false, false, {}});
    kernels().softmax_cross_entropy(p.data(), nullptr, label.data(), 0, {nullptr, 1.0 / kBatch}, loss.data(), dp.data(),
                                    kBatch, kClasses);
    const double sum = kernels().weighted_sum(loss.data(), nullptr, kBatch);
    losses->add(&sum, sizeof sum);

    kernels().matmul({kUnits, kClasses, kBatch, h.data(), dp.data(), nullptr, dw2.data(), true, false, {}});
    kernels().column_sums(dp.data(), kBatch, kClasses, db2.data());
    kernels().matmul({kBatch, kUnits, kClasses, dp.data(), w2_.data(), nullptr, dy.data(), false, true, {}});
    kernels().dropout_backward(0.3, bits, dy.data(), dy.data(), (int64_t)dy.size());
    kernels().activation_backward(activation_, (from_input ? z : y).data(), dy.data(), dy.data(), (int64_t)dy.size());
    if (skips_zeros_) {
      std::vector<int64_t> start(kInputs + 1);
      std::vector<uint16_t> index(kBatch * kInputs);
      Floats value(index.size());
      kernels().csr_transpose(compressed, row, kBatch, start.data(), index.data(), false, value.data());
      kernels().csr_matmul({kInputs,
                            kUnits,
                            {kBatch, start.data(), index.data(), value.data(), false},
                            nullptr,
                            dy.data(),
                            nullptr,
                            dw1.data(),
                            {},
                            1e6});
    } else {
      kernels().matmul({kInputs, kUnits, kBatch, x.data(), dy.data(), nullptr, dw1.data(), true, false, {}});
    }
    kernels().column_sums(dy.data(), kBatch, kUnits, db1.data());

    Floats* weights[] = {&w1_, &b1_, &w2_, &b2_};
    const Floats* gradients[] = {&dw1, &db1, &dw2, &db2};
    for (size_t i = 0; i < 4; ++i) {
      for (Floats& state : state_[i]) state.resize(weights[i]->size());
      update(weights[i]->data(), gradients[i]->data(), state_[i][0].data(), state_[i][1].data(), state_[i][2].data(),
             (int64_t)weights[i]->size());
    }
  }

  void add_to(Hash* hash) const {
    for (const Floats* w : {&w1_, &b1_, &w2_, &b2_}) hash->add(*w);
  }

 private:
  static constexpr int64_t kSamples = 100, kBatch = 50, kInputs = 434, kUnits = 133, kClasses = 10;
  Activation activation_;
  bool skips_zeros_;
  Floats w1_ = Floats(kInputs * kUnits), b1_ = Floats(kUnits), w2_ = Floats(kUnits * kClasses), b2_ = Floats(kClasses);
  Floats state_[4][3];
  Floats x_ = Floats(kSamples * kInputs), value_ = Floats(kSamples * kInputs);
  std::vector<int64_t> label_ = std::vector<int64_t>(kSamples), start_ = std::vector<int64_t>(kSamples + 1);
  std::vector<uint16_t> index_ = std::vector<uint16_t>(kSamples * kInputs);
};

// Under one name with and without zero-skipping, so that these are compared as well.
void hash_training() {
  const Function tanh = activation_named("tanh"), gelu = activation_named("gelu");
  for (const bool skips_zeros : {false, true})
    for (const Function f : {Function::relu, tanh, gelu}) {
      Hash hash;
      Network network(f, skips_zeros);
      double beta_1 = 1, beta_2 = 1;
      for (uint64_t i = 0; i < 4; ++i) {
        beta_1 *= 0.9;
        beta_2 *= 0.999;
        network.step(i, &hash, [&](float* w, const float* g, float* m, float* v, float* extra, int64_t n) {
          if (f == Function::relu) update("rmsprop", {0.01, 0.9, 0.5, 1e-7}, w, g, {v, m, extra}, n);
          if (f == tanh) update("sgd", {0.1, 0.9, true}, w, g, {m}, n);
          if (f != gelu) return;
          kernels().decay(0.001, w, n);
          update("adam", {0.01 * __builtin_sqrt(1 - beta_2) / (1 - beta_1), 0.9, 0.999, 1e-7}, w, g, {m, v, extra}, n);
        });
      }
      network.add_to(&hash);
      hash.print("training " + std::to_string((int)f));
    }
}

}  // namespace

int main() {
  for (const std::string& isa : usable_isas()) {
    use_isa(isa);
    for (const int threads : {1, 3}) {
      set_num_threads(threads);
      std::printf("== %s, threads: %d\n", isa.c_str(), threads);
      hash_matmul();
      hash_sparse();
      hash_activations();
      hash_rows();
      hash_random();
      hash_updates();
      hash_training();
      hash_denormals();
    }
  }
}
