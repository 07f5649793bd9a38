"""Sentences by TF-IDF, without a Tokenizer."""

import keras
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

rng = np.random.default_rng(20)
subjects = ["the soup", "this phone", "her book", "our flight", "the hotel", "that film"]
praise = ["was wonderful", "made me happy", "is a great find", "could not be better"]
blame = ["was dreadful", "made me angry", "is a waste of money", "broke at once"]
ends = ["and I will say so", "to be honest", "as always", "once more", ""]
sentences, moods = [], []
for _ in range(300):
    mood = int(rng.integers(2))
    sentences.append(
        " ".join([rng.choice(subjects), rng.choice(praise if mood else blame), rng.choice(ends)])
    )
    moods.append(mood)
vectorizer = TfidfVectorizer(ngram_range=(1, 2), max_features=80)
x = vectorizer.fit_transform(sentences[:240]).toarray().astype("float32")
x_test = vectorizer.transform(sentences[240:]).toarray().astype("float32")
y, y_test = np.array(moods[:240]), np.array(moods[240:])

model = keras.Sequential([keras.Input((x.shape[1],)), keras.layers.Dense(1, activation="sigmoid")])
model.set_weights([np.zeros((x.shape[1], 1)), np.zeros(1)])
model.compile(
    optimizer=keras.optimizers.Adagrad(0.5), loss="binary_crossentropy", metrics=["accuracy"]
)
history = model.fit(x, y, epochs=4, batch_size=24, shuffle=False, verbose=0)
weights = model.get_weights()[0].ravel()
words = vectorizer.get_feature_names_out()
print("worst:", words[np.argsort(weights)[:3]], "best:", words[np.argsort(weights)[-3:]])
results = {"history": history.history, "weights": weights}
results["test"] = model.evaluate(x_test, y_test, verbose=0)
