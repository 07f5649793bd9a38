"""
Tables
======

Train on a table of measurements, with scaling, class weights and early stopping, and then do the
same in a scikit-learn pipeline. The data need scikit-learn: ``pip install 'brisknet[sklearn]'``.
"""

# %%
# Data
# ----
#
# The data are 569 tumours with 30 measurements each. The scales of the measurements differ by a
# factor of a thousand, which slows training down. A ``Normalization`` layer, adapted to the
# training data, removes these differences. It is saved with the model, so you cannot forget it at
# prediction.

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

import brisknet as keras

keras.utils.set_random_seed(1)
data = load_breast_cancer()
x, y = data.data, 1 - data.target  # 1 is malignant
x_train, x_test, y_train, y_test = train_test_split(x, y, stratify=y, random_state=1)
print("means from", x.mean(axis=0).min().round(4), "to", x.mean(axis=0).max().round(1))

scale = keras.layers.Normalization()
scale.adapt(x_train)

# %%
# Model
# -----
#
# A single unit with a sigmoid gives the probability of the second class. Dropout and a small
# network prevent the model from memorizing 426 rows. As a missed tumour is worse than a false
# alarm, malignant samples have three times the weight.

model = keras.Sequential(
    [
        keras.Input(shape=(30,)),
        scale,
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(0.005),
    loss="binary_crossentropy",
    metrics=["accuracy", keras.metrics.Recall(name="recall")],
)
stop = keras.callbacks.EarlyStopping(patience=15, restore_best_weights=True)
history = model.fit(
    x_train,
    y_train,
    epochs=150,
    validation_split=0.2,
    class_weight={0: 1, 1: 3},
    callbacks=[stop],
    verbose=0,
)
history.plot()

# %%
# The results on patients that the model has never seen:

results = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
for name, value in results.items():
    print(f"{name:9}{value:.3f}")

# %%
keras.plots.plot_confusion_matrix(
    y_test,
    (model.predict(x_test, verbose=0)[:, 0] > 0.5).astype(int),
    class_names=["benign", "malignant"],
)

# %%
# In a scikit-learn pipeline
# --------------------------
#
# ``brisknet.sklearn`` provides scikit-learn's estimators, trained by brisknet. They work in
# pipelines, cross-validation and searches, and accept dropout and class weights in addition to
# scikit-learn's own arguments (see :doc:`/from-scikit-learn`).

from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from brisknet.sklearn import MLPClassifier

pipeline = make_pipeline(
    StandardScaler(),
    MLPClassifier(
        (32,),
        dropout=0.3,
        class_weight="balanced",
        early_stopping=True,
        learning_rate_init=0.005,
        random_state=1,
    ),
)
scores = cross_val_score(pipeline, x, y, cv=5)
print(f"accuracy {scores.mean():.3f}, in five folds from {scores.min():.3f} to {scores.max():.3f}")

# %%
# Regression
# ----------
#
# For regression, the last layer has no activation, and the loss is the squared error. Targets of
# the order of 1 are learned fastest; here they are scaled by hand.

from sklearn.datasets import load_diabetes

x, y = load_diabetes(return_X_y=True, scaled=False)
x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=1)
middle, spread = y_train.mean(), y_train.std()

scale = keras.layers.Normalization()
scale.adapt(x_train)
model = keras.Sequential(
    [
        keras.Input(shape=(10,)),
        scale,
        keras.layers.Dense(16, activation="gelu", kernel_regularizer="l2"),
        keras.layers.Dense(1),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse")
model.fit(x_train, (y_train - middle) / spread, epochs=80, verbose=0)
predicted = model.predict(x_test, verbose=0)[:, 0] * spread + middle
error = abs(predicted - y_test).mean()
print(f"mean error {error:.1f}; of the mean alone {abs(y_test - middle).mean():.1f}")
