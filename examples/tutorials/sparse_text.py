"""
Sparse text
===========

Word counts of texts form matrices with many columns and few nonzero values. brisknet accepts them
as sparse matrices, and never stores their zeros. This tutorial needs scikit-learn: ``pip install
'brisknet[sklearn]'``.
"""

# %%
# Texts
# -----
#
# Every Python installation includes a corpus: the docstrings of the standard library. The task is
# to predict the package that a docstring comes from.

import ast
import importlib
from pathlib import Path

import numpy as np

PACKAGES = ["asyncio", "concurrent", "email", "http", "multiprocessing", "unittest", "xml"]


def docstrings(package):
    folder = Path(importlib.import_module(package).__path__[0])
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield ast.get_docstring(node) or ""


texts, labels = [], []
for label, package in enumerate(PACKAGES):
    found = [text for text in dict.fromkeys(docstrings(package)) if len(text) > 40]
    texts += found
    labels += [label] * len(found)
texts, y = np.array(texts, object), np.array(labels)
print(len(texts), "texts")
for package, number in zip(PACKAGES, np.bincount(y), strict=True):
    print(f"{package:16}{number}")

# %%
# A matrix of words
# -----------------
#
# scikit-learn's ``TfidfVectorizer`` creates a column for each word and pair of words. The names of
# the packages are excluded, because they would give the answer away.

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import train_test_split

vectorizer = TfidfVectorizer(ngram_range=(1, 2), stop_words=PACKAGES, dtype=np.float32)
train, test = train_test_split(np.arange(len(texts)), stratify=y, random_state=1)
x_train, x_test = vectorizer.fit_transform(texts[train]), vectorizer.transform(texts[test])
rows, columns = x_train.shape
print(f"{rows} x {columns} numbers, of which {x_train.nnz / rows:.0f} in a row are not zero:")
print(f"{x_train.nnz * 8 / 1e6:.1f} MB, and {rows * columns * 4 / 1e6:.0f} MB as an array")

# %%
# Training
# --------
#
# The model needs no changes: its first layer is Dense, and ``fit`` accepts the sparse matrix. Class
# weights give small packages the same total weight as large ones.

import brisknet as keras

keras.utils.set_random_seed(1)
model = keras.Sequential(
    [
        keras.Input(shape=(columns,)),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(len(PACKAGES), activation="softmax"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(0.003),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
counts = np.bincount(y[train])
history = model.fit(
    x_train,
    y[train],
    epochs=12,
    class_weight=dict(enumerate(rows / (len(counts) * counts))),
    validation_data=(x_test, y[test]),
    verbose=0,
)
print(f"right: {history.history['val_accuracy'][-1]:.0%}")
history.plot()

# %%
# The confusion matrix, as fractions of the true package:

keras.plots.plot_confusion_matrix(
    y[test], model.predict(x_test, verbose=0), class_names=PACKAGES, normalize="true"
)

# %%
# What the model has learned
# --------------------------
#
# The product of the weights of the two layers shows roughly how strongly each word indicates a
# package:

first, last = model.layers[0].kernel.numpy(), model.layers[-1].kernel.numpy()
speaks = np.maximum(first, 0) @ last
words = vectorizer.get_feature_names_out()
for name, column in zip(PACKAGES, speaks.T, strict=True):
    print(f"{name:16}", ", ".join(words[np.argsort(column)[-5:][::-1]]))
