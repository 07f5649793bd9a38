"""A custom training loop with train_on_batch and test_on_batch."""

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(64)
x = rng.normal(size=(640, 6)).astype("float32")
y = (x[:, 0] + x[:, 1] ** 2 > 0.8).astype("int32")
x_train, y_train, x_val, y_val = x[:512], y[:512], x[512:], y[512:]

model = keras.Sequential([layers.Input((6,)), layers.Dense(24, "relu"), layers.Dense(2, "softmax")])
model.set_weights([rng.normal(0, 0.4, w.shape) for w in model.get_weights()])
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.1, momentum=0.5),
    loss="sparse_categorical_crossentropy",
    metrics=["sparse_categorical_accuracy"],
)
batch_size, log = 64, []
for epoch in range(6):
    order = rng.permutation(len(x_train))
    for begin in range(0, len(order), batch_size):
        rows = order[begin : begin + batch_size]
        loss, accuracy = model.train_on_batch(x_train[rows], y_train[rows])
    model.reset_metrics()
    scores = model.test_on_batch(x_val, y_val, return_dict=True)
    model.optimizer.learning_rate = 0.1 / (1 + epoch)
    log.append([float(loss), float(accuracy), *(float(scores[name]) for name in sorted(scores))])
    print(f"epoch {epoch}: loss {loss:.3f}, validation {scores['loss']:.3f}")
results = {"losses": [row[0] for row in log], "val_losses": [row[2] for row in log]}
results |= {"accuracies": [row[1] for row in log], "p": model.predict_on_batch(x_val[:5])}
results |= {"rate": float(model.optimizer.learning_rate), "steps": int(model.optimizer.iterations)}
