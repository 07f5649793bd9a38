"""Words as learned vectors: padded sequences, Embedding, Flatten."""

import keras
import numpy as np
from keras.layers import Dense, Embedding, Flatten, Input
from keras.preprocessing.sequence import pad_sequences

docs = [
    "well done", "good work", "great effort", "nice work", "excellent",
    "weak", "poor effort", "not good", "poor work", "could have done better",
]  # fmt: skip
labels = np.array([1, 1, 1, 1, 1, 0, 0, 0, 0, 0])
vocabulary = {word: i + 1 for i, word in enumerate(sorted({w for d in docs for w in d.split()}))}
encoded_docs = [[vocabulary[word] for word in doc.split()] for doc in docs]
max_length = 4
padded_docs = pad_sequences(encoded_docs, maxlen=max_length, padding="post")
print(padded_docs)

rng = np.random.default_rng(50)
model = keras.Sequential()
model.add(Input((max_length,), dtype="int32"))
model.add(Embedding(len(vocabulary) + 1, 8))
model.add(Flatten())
model.add(Dense(1, activation="sigmoid"))
model.set_weights([rng.normal(0, 0.1, w.shape) for w in model.get_weights()])
model.compile(
    optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"]
)
history = model.fit(padded_docs, labels, epochs=30, shuffle=False, verbose=0)
loss, accuracy = model.evaluate(padded_docs, labels, verbose=0)
print(f"Accuracy: {100 * accuracy:.1f}")
results = {"history": history.history, "loss": loss, "accuracy": accuracy}
results |= {"padded": padded_docs, "vectors": model.layers[0].get_weights()[0]}
