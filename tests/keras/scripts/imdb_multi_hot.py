"""Reviews as multi-hot vectors of words: good or bad, with validation."""

import numpy as np
from keras import layers, models, optimizers, regularizers

rng = np.random.default_rng(5)
WORDS = 400
taste = rng.normal(size=WORDS)
popular = np.exp(-np.arange(WORDS) / 120)
popular /= popular.sum()


def review(good):
    likes = popular * np.exp(0.6 * taste if good else -0.6 * taste)
    return rng.choice(WORDS, rng.integers(20, 60), p=likes / likes.sum()).tolist()


labels = rng.integers(0, 2, 500)
sequences = [review(label) for label in labels]


def vectorize_sequences(sequences, dimension=WORDS):
    vectors = np.zeros((len(sequences), dimension))
    for i, sequence in enumerate(sequences):
        vectors[i, sequence] = 1.0
    return vectors


x, y = vectorize_sequences(sequences), np.asarray(labels).astype("float32")
x_val, partial_x_train = x[:100], x[100:400]
y_val, partial_y_train = y[:100], y[100:400]

model = models.Sequential()
model.add(layers.Input((WORDS,)))
model.add(layers.Dense(16, kernel_regularizer=regularizers.l2(0.001), activation="relu"))
model.add(layers.Dense(16, kernel_regularizer=regularizers.l2(0.001), activation="relu"))
model.add(layers.Dense(1, activation="sigmoid"))
model.set_weights([rng.normal(0, 0.15, w.shape) for w in model.get_weights()])
model.compile(
    optimizer=optimizers.RMSprop(learning_rate=0.001),
    loss="binary_crossentropy",
    metrics=["acc"],
)
history = model.fit(
    partial_x_train,
    partial_y_train,
    epochs=6,
    batch_size=50,
    shuffle=False,
    verbose=0,
    validation_data=(x_val, y_val),
)
history_dict = history.history
print(sorted(history_dict))
results = {"history": history_dict, "test": model.evaluate(x[400:], y[400:], verbose=0)}
results["p"] = model.predict(x[400:410], verbose=0)
