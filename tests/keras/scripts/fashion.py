"""Ten classes of small pictures: logits, and a model with a Softmax around the trained one."""

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

images, labels = load_digits(return_X_y=True)
images = images.reshape(-1, 8, 8) / 16.0
train_images, test_images = images[:1200], images[1200:]
train_labels, test_labels = labels[:1200], labels[1200:]

model = tf.keras.models.Sequential(
    [
        tf.keras.layers.Flatten(input_shape=(8, 8)),
        tf.keras.layers.Dense(32, activation="relu"),
        tf.keras.layers.Dense(10),
    ]
)
rng = np.random.default_rng(0)
model.set_weights([rng.normal(0, 0.15, w.shape) for w in model.get_weights()])
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
predictions = model(train_images[:1].astype("float32"))
first_loss = float(loss_fn(train_labels[:1], predictions))

model.compile(optimizer="adam", loss=loss_fn, metrics=["accuracy"])
history = model.fit(train_images, train_labels, epochs=5, shuffle=False, verbose=0)
test_loss, test_acc = model.evaluate(test_images, test_labels, verbose=2)
print("\nTest accuracy:", test_acc)

probability_model = tf.keras.Sequential([model, tf.keras.layers.Softmax()])
predictions = probability_model.predict(test_images, verbose=0)
single = np.expand_dims(test_images[1], 0)
print("class of the second picture:", np.argmax(probability_model.predict(single, verbose=0)[0]))
results = {"history": history.history, "first_loss": first_loss, "test_accuracy": test_acc}
results |= {"test_loss": test_loss, "p": predictions}
