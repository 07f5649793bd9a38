"""Topics of newswires: many classes, integer and one-hot labels give the same."""

import keras
import numpy as np
from keras import layers
from keras.utils import to_categorical

rng = np.random.default_rng(46)
TOPICS, WORDS = 12, 300
profiles = rng.dirichlet(np.full(WORDS, 0.05), TOPICS)
labels = rng.choice(TOPICS, 600, p=np.arange(TOPICS, 0, -1) / (TOPICS * (TOPICS + 1) / 2))
x = np.zeros((600, WORDS), "float32")
for row, label in zip(x, labels):
    row[rng.choice(WORDS, 40, p=0.7 * profiles[label] + 0.3 / WORDS)] = 1
one_hot = to_categorical(labels)
weights = [rng.normal(0, 0.1, s) for s in ((300, 64), 64, (64, 64), 64, (64, 12), 12)]


def trained(loss, y):
    model = keras.Sequential(
        [
            keras.Input(shape=(WORDS,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(TOPICS, activation="softmax"),
        ]
    )
    model.set_weights(weights)
    top = "top_k_categorical_accuracy" if y.ndim == 2 else "sparse_top_k_categorical_accuracy"
    model.compile(optimizer="rmsprop", loss=loss, metrics=["accuracy", top])
    history = model.fit(x[:500], y[:500], epochs=5, batch_size=50, shuffle=False, verbose=0)
    return model, history.history, model.evaluate(x[500:], y[500:], verbose=0)


_, history, test = trained("categorical_crossentropy", one_hot)
model, sparse_history, sparse_test = trained("sparse_categorical_crossentropy", labels)
predictions = model.predict(x[500:], verbose=0)
print(predictions.shape, predictions[0].sum().round(3), test)
assert np.allclose(test, sparse_test, atol=1e-5)
results = {"history": history, "sparse_history": sparse_history, "test": test, "p": predictions}
