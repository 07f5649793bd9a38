"""Pictures squeezed through eight numbers, and out again: models within a model."""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

x = load_digits().data.astype("float32") / 16
x_train, x_test = x[:1400], x[1400:]

encoder = keras.Sequential(
    [keras.Input((64,)), layers.Dense(32, "relu"), layers.Dense(8, "relu")],
    name="encoder",
)
decoder = keras.Sequential(
    [keras.Input((8,)), layers.Dense(32, "relu"), layers.Dense(64, "sigmoid")],
    name="decoder",
)
autoencoder = keras.Sequential([encoder, decoder])
autoencoder.build((None, 64))
rng = np.random.default_rng(2)
autoencoder.set_weights([rng.normal(0, 0.25, w.shape) for w in autoencoder.get_weights()])
autoencoder.compile(optimizer="adam", loss="binary_crossentropy")
history = autoencoder.fit(
    x_train,
    x_train,
    epochs=5,
    batch_size=64,
    shuffle=False,
    verbose=0,
    validation_data=(x_test, x_test),
)
codes = encoder.predict(x_test, verbose=0)
decoded = decoder.predict(codes, verbose=0)
print("codes", codes.shape, "mean absolute error", np.abs(decoded - x_test).mean().round(4))
assert np.allclose(decoded, autoencoder.predict(x_test, verbose=0), atol=1e-6)
results = {"history": history.history, "codes": codes, "decoded": decoded[:20]}
