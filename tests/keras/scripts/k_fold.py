"""K-fold validation of a small regression, fold by fold."""

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(4)
x = rng.normal(size=(120, 5))
y = x[:, 0] * 2 + np.abs(x[:, 1]) + rng.normal(0, 0.2, 120)


def build_model():
    start = np.random.default_rng(1)
    model = keras.models.Sequential()
    model.add(layers.Dense(20, activation="relu", input_shape=(x.shape[1],)))
    model.add(layers.Dense(1))
    model.set_weights([start.normal(0, 0.4, w.shape) for w in model.get_weights()])
    model.compile(optimizer="adam", loss="mse", metrics=["mae"])
    return model


k = 4
num_val_samples = len(x) // k
all_scores, all_histories = [], []
for i in range(k):
    print(f"processing fold #{i}")
    val = slice(i * num_val_samples, (i + 1) * num_val_samples)
    partial_x = np.concatenate([x[: val.start], x[val.stop :]], axis=0)
    partial_y = np.concatenate([y[: val.start], y[val.stop :]], axis=0)
    model = build_model()
    history = model.fit(
        partial_x,
        partial_y,
        validation_data=(x[val], y[val]),
        epochs=6,
        batch_size=10,
        shuffle=False,
        verbose=0,
    )
    all_histories.append(history.history["val_mae"])
    all_scores.append(model.evaluate(x[val], y[val], verbose=0)[1])
    keras.backend.clear_session()
average = [float(np.mean([h[i] for h in all_histories])) for i in range(6)]
print(f"mean absolute error by epoch: {np.round(average, 3)}")
results = {"scores": all_scores, "average": average}
