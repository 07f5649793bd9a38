"""Diabetes from eight measurements, in the manner of the Pima tutorials."""

import numpy as np
from keras.layers import Dense
from keras.models import Sequential

rng = np.random.default_rng(7)
X = rng.normal(size=(768, 8)) * [3, 32, 19, 16, 115, 8, 0.3, 12]
X += [4, 121, 69, 21, 80, 32, 0.5, 33]
risk = 0.03 * (X[:, 1] - 121) + 0.08 * (X[:, 5] - 32) + 0.02 * (X[:, 7] - 33)
y = (risk + rng.logistic(size=768) > 0.6).astype(int)
X = (X - X.mean(axis=0)) / X.std(axis=0)

model = Sequential()
model.add(Dense(12, input_shape=(8,), activation="relu"))
model.add(Dense(8, activation="relu"))
model.add(Dense(1, activation="sigmoid"))
model.set_weights([rng.normal(0, 0.3, w.shape) for w in model.get_weights()])
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
history = model.fit(X, y, epochs=10, batch_size=32, shuffle=False, verbose=0)

_, accuracy = model.evaluate(X, y, verbose=0)
print(f"Accuracy: {100 * accuracy:.2f}")
classes = (model.predict(X, verbose=0) > 0.5).astype(int)
for i in range(5):
    print(f"{X[i].round(1).tolist()} => {classes[i, 0]} (expected {y[i]})")
results = {"history": history.history, "accuracy": accuracy, "positives_count": int(classes.sum())}
