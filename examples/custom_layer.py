"""A custom layer: scale and shift each feature, in a few lines of NumPy.

Fails unless the layer learns the scales used to generate the data.
"""

import numpy as np

import brisknet as keras


class ScaleShift(keras.layers.Layer):
    """y = scale * x + shift"""

    def build(self, input_shape):
        self.scale = self.add_weight((input_shape[-1],), "ones", name="scale")
        self.shift = self.add_weight((input_shape[-1],), "zeros", name="shift")

    def forward(self, x):
        def backward(dy):
            self.scale.grad = (dy * x).sum(axis=0)
            self.shift.grad = dy.sum(axis=0)
            return dy * self.scale.value

        return x * self.scale.value + self.shift.value, backward


rng = np.random.default_rng(1)
x = rng.normal(size=(1000, 3))
scales, shifts = np.array([2.0, -1.0, 0.5]), np.array([1.0, 0.0, -3.0])

model = keras.Sequential([keras.Input(shape=(3,)), ScaleShift()])
model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
model.fit(x, scales * x + shifts, epochs=30, verbose=0)

scale, shift = model.get_weights()
print("scale", scale.round(3), "shift", shift.round(3))
if not (np.allclose(scale, scales, atol=0.01) and np.allclose(shift, shifts, atol=0.01)):
    raise SystemExit(f"expected {scales} and {shifts}")
