"""The smallest problem that needs a hidden layer. Fails unless all four answers are correct."""

import numpy as np

import brisknet as keras

keras.utils.set_random_seed(1)
x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([0, 1, 1, 0])

model = keras.Sequential(
    [
        keras.Input(shape=(2,)),
        keras.layers.Dense(8, activation="tanh"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(0.05), loss="binary_crossentropy")
model.fit(x, y, epochs=300, verbose=0)

answers = model.predict(x, verbose=0)[:, 0]
for pair, answer in zip(x, answers, strict=True):
    print(f"{pair[0]} xor {pair[1]} = {answer:.3f}")
if not np.array_equal(answers.round(), y):
    raise SystemExit("expected 0, 1, 1, 0")
