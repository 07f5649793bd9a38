"""Three kinds of iris, with one-hot targets."""

import keras
import numpy as np
from keras import layers
from keras.utils import to_categorical
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

x, y = load_iris(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, random_state=1, stratify=y)
scaler = StandardScaler().fit(x_train)
x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)
y_train, y_test = to_categorical(y_train), to_categorical(y_test)

model = keras.Sequential(
    [
        keras.Input(shape=(4,)),
        layers.Dense(10, activation="tanh", name="hidden"),
        layers.Dense(3, activation="softmax", name="kinds"),
    ],
    name="iris",
)
rng = np.random.default_rng(0)
model.set_weights([rng.normal(0, 0.5, w.shape) for w in model.get_weights()])
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.02),
    loss="categorical_crossentropy",
    metrics=["accuracy"],
)
model.summary()
history = model.fit(
    x_train, y_train, validation_split=0.1, epochs=25, batch_size=16, shuffle=False, verbose=0
)
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
probabilities = model.predict(x_test, verbose=0)
print(f"Test loss {loss:.3f}, accuracy {accuracy:.3f}")
print(np.argmax(probabilities, axis=1))
results = {"history": history.history, "loss": loss, "accuracy": accuracy, "p": probabilities}
results |= {"parameters": model.count_params(), "names": [v.path for v in model.weights]}
