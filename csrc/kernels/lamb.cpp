// LAMB's update: Adam's step, as long as the weights are large. The rule is Keras 3's, but for the norms, which are
// summed in double.
#include "isa.h"
#include "sums.h"
#include "updates.h"

namespace brisknet {
namespace BRISKNET_ISA {

// m and v as adam's;  u = (m / missing_1) / (sqrt(v / missing_2) + epsilon);  w -= |w| / |u| * rate * u, where both
// norms are above 0, and w -= rate * u elsewhere
void lamb(Lamb p, float* w, const float* g, float* m, float* v, int64_t n) {
  const vf epsilon = set1((float)p.epsilon);
  const vf missing_1 = set1((float)p.missing_1), missing_2 = set1((float)p.missing_2);
  const vf rest_1 = set1((float)(1.0 - p.beta_1)), rest_2 = set1((float)(1.0 - p.beta_2));
  const auto step = [&](vf first, vf second) { return first / missing_1 / (sqrt(second / missing_2) + epsilon); };

  const int64_t panels = update_panels(n);
  const Scratch sums(4 * panels);
  double* const squares = (double*)sums.data;  // of the weights' panels, then of the steps'
  parallel_range(n, kUpdatePanel, 0.8 * (double)n, [&](int64_t begin, int64_t end) {
    SquareSum weights, steps;
    each_vector_of(begin, end, [&](auto get, auto put, int count) {
      const vf gradient = flush(get(g), kLeastSquaredGradient);
      const vf first = follow(get(m), gradient, rest_1);
      const vf second = follow_square(get(v), gradient, rest_2);
      put(m, first);
      put(v, second);
      weights.add(get(w));
      steps.add(zero_from(step(first, second), count));
    });
    squares[begin / kUpdatePanel] = weights.fold();
    squares[panels + begin / kUpdatePanel] = steps.fold();
  });

  const double weights = __builtin_sqrt(in_order(squares, panels));
  const double steps = __builtin_sqrt(in_order(squares + panels, panels));
  const double ratio = weights > 0 && steps > 0 ? weights / steps : 1.0;
  const vf rate = set1((float)(ratio * p.learning_rate));
  each_vector(n, 0.6, [&](auto get, auto put) { put(w, flush(get(w) - rate * step(get(m), get(v)), kLeastState)); });
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
