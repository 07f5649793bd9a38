// Runs every kernel on fixed inputs and prints a hash of the bits it gives, for each instruction set usable here.
// `run.sh` compares them, also with those of another architecture under emulation.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "dispatch.h"
#include "threads.h"

using namespace brisknet;
using Floats = std::vector<float>;

namespace {

// FNV-1a over the bytes.
class Hash {
 public:
  void add(const void* data, size_t bytes) {
    const auto* p = static_cast<const unsigned char*>(data);
    for (size_t i = 0; i < bytes; ++i) value_ = (value_ ^ p[i]) * 0x100000001b3u;
  }
  void add(Floats floats) {
    for (float& x : floats)
      if (x != x) x = NAN;  // all NaNs are one: their sign and payload are the hardware's
    add(floats.data(), floats.size() * sizeof(float));
  }
  void print(const std::string& name) const {
    std::printf("%-24s %016llx\n", name.c_str(), (unsigned long long)value_);
  }

 private:
  uint64_t value_ = 0xcbf29ce484222325u;
};

Floats inputs(size_t n, uint64_t stream, float scale = 1) {
  Floats x(n);
  kernels().random_normal({42, stream}, 0, scale, false, x.data(), (int64_t)n);
  return x;
}

void hash_matmul() {
  Hash hash;
  const int sizes[][3] = {{1, 1, 1},   {1, 10, 33},  {2, 17, 5},   {7, 33, 12},   {13, 64, 40},
                          {31, 10, 9}, {48, 50, 30}, {53, 129, 7}, {20, 30, 801}, {130, 40, 17}};
  for (const auto& [m, n, k] : sizes)
    for (int transposed = 0; transposed < 4; ++transposed)
      for (const Function f : {Function::linear, Function::relu, Function::tanh}) {
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
      for (const int64_t cols : {1, 33, 300})
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
          kernels().compress_rows(x, element, rows, cols, start.data(), index.data(), false, value.data());
          const CompressedRows a{cols, start.data(), index.data(), value.data(), false};
          Floats y((size_t)(rows * n)), dw((size_t)(cols * n));
          const double elements = (double)start.back();
          kernels().sparse_matmul({rows, n, a, nullptr, b.data(), bias.data(), y.data(), {Function::tanh}, elements});
          hash.add(y);
          std::vector<int64_t> column_start((size_t)cols + 1);
          std::vector<uint16_t> row(index.size());
          Floats column_value(index.size());
          kernels().compressed_columns(a, nullptr, rows, column_start.data(), row.data(), false, column_value.data());
          kernels().sparse_matmul({cols,
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
  for (int f = 0; f <= (int)Function::hard_sigmoid; ++f) {
    Hash hash;
    for (const float c : {0.0f, 0.5f}) {
      const Activation activation{(Function)f, 0.3f, c == 0 ? INFINITY : 6, c};
      Floats y(x.size()), dx(x.size());
      kernels().activation(activation, x.data(), y.data(), (int64_t)x.size());
      kernels().activation_backward(activation, (backward_reads_input(activation) ? x : y).data(), dy.data(), dx.data(),
                                    (int64_t)x.size());
      hash.add(y);
      hash.add(dx);
    }
    hash.print("activation " + std::to_string(f));
  }
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
    kernels().sum_rows(x.data(), rows, cols, y.data());
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
    kernels().sgd({0.1, 0.9, step % 2 == 0}, w.data(), g.data(), m.data(), n);
    kernels().rmsprop({0.01, 0.9, 0.5, 1e-7}, w.data(), g.data(), v.data(), m.data(), extra.data(), n);
    kernels().adam({0.01, 0.9, 0.999, 1e-7}, w.data(), g.data(), m.data(), v.data(), extra.data(), n);
    kernels().decay(0.001, w.data(), n);
    hash.add(w);
  }
  std::vector<int64_t> index;
  for (int64_t i = 0; i < 40; ++i) index.push_back(i * 13 % 59);
  Floats y(40 * 17);
  kernels().gather(w.data(), Element::float32, index.data(), y.data(), 40, 17);
  hash.add(y);
  hash.print("updates, gather");
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
    }
  }
}
