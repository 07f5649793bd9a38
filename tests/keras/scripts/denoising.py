"""An autoencoder that takes noise out of signals."""

import keras
import numpy as np

rng = np.random.default_rng(4)
t = np.linspace(0, 1, 50)
frequency, phase = rng.uniform(1, 4, (500, 1)), rng.uniform(0, 6.28, (500, 1))
clean = np.sin(6.28 * frequency * t + phase).astype("float32")
noisy = clean + rng.normal(0, 0.4, clean.shape).astype("float32")

model = keras.Sequential(name="denoiser")
model.add(keras.Input(shape=(50,)))
for units in (32, 12, 32):
    model.add(keras.layers.Dense(units))
    model.add(keras.layers.ELU(alpha=1.0))
model.add(keras.layers.Dense(50, activation="linear"))
model.set_weights([rng.normal(0, 0.2, w.shape) for w in model.get_weights()])

model.compile(
    loss="mse", optimizer=keras.optimizers.Nadam(0.003), metrics=["mae", "cosine_similarity"]
)
history = model.fit(
    noisy[:400],
    clean[:400],
    epochs=10,
    batch_size=40,
    validation_data=(noisy[400:], clean[400:]),
    shuffle=False,
    verbose=0,
)
denoised = model.predict(noisy[400:], batch_size=25, verbose=0)
before, after = (np.mean((a - clean[400:]) ** 2) for a in (noisy[400:], denoised))
print(f"mean squared error before {before:.3f}, after {after:.3f}")
results = {"history": history.history, "before": before, "after": after}
