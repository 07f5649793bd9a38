"""Data that come in batches: a PyDataset with workers, a generator, steps an epoch."""

import keras
import numpy as np

rng = np.random.default_rng(23)
x = rng.normal(size=(320, 4)).astype("float32")
y = (x**2).sum(axis=1, keepdims=True).astype("float32")


class Chunks(keras.utils.PyDataset):
    def __init__(self, x, y, batch_size, **kwargs):
        super().__init__(**kwargs)
        self.x, self.y, self.batch_size = x, y, batch_size
        self.epochs = 0

    def __len__(self):
        return int(np.ceil(len(self.x) / self.batch_size))

    def __getitem__(self, idx):
        rows = slice(idx * self.batch_size, (idx + 1) * self.batch_size)
        return self.x[rows], self.y[rows]

    def on_epoch_end(self):
        self.epochs += 1


def generator(batch_size):
    while True:
        for begin in range(0, len(x), batch_size):
            yield x[begin : begin + batch_size], y[begin : begin + batch_size]


def new_model():
    start = np.random.default_rng(6)
    hidden = keras.layers.Dense(16, activation="softplus")
    model = keras.Sequential([keras.Input((4,)), hidden, keras.layers.Dense(1)])
    model.set_weights([start.normal(0, 0.5, w.shape) for w in model.get_weights()])
    model.compile("adam", "mse", steps_per_execution=2)
    return model


results = {}
chunks = Chunks(x, y, 32)
for name, data in (("dataset", chunks), ("generator", generator(32))):
    model = new_model()
    steps = None if name == "dataset" else 10
    history = model.fit(data, epochs=3, steps_per_epoch=steps, shuffle=False, verbose=0)
    results[name] = history.history["loss"]
    ahead = Chunks(x, y, 100, workers=2, max_queue_size=4)
    results[f"{name} test"] = model.evaluate(ahead, verbose=0)
print({name: np.round(loss, 4).tolist() for name, loss in results.items()})
assert np.allclose(results["dataset"], results["generator"])
