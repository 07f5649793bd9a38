"""Models in files and as configurations: what comes back predicts the same."""

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(100)
x = rng.normal(size=(100, 6)).astype("float32")
y = (x.sum(axis=1) > 0).astype("float32")


def create_model():
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(10, activation="gelu", name="features"),
            layers.LayerNormalization(name="norm"),
            layers.Dense(1, activation="sigmoid", name="out"),
        ],
        name="saved",
    )
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


model = create_model()
for layer in (model.layers[0], model.layers[2]):
    layer.set_weights([rng.normal(0, 0.3, w.shape) for w in layer.get_weights()])
model.fit(x, y, epochs=2, batch_size=20, shuffle=False, verbose=0)
expected = model.predict(x, verbose=0)

model.save("model.keras")
loaded = keras.models.load_model("model.keras")
assert np.array_equal(loaded.predict(x, verbose=0), expected)
# It goes on training where the first one does.
for m in (model, loaded):
    m.fit(x, y, epochs=1, batch_size=20, shuffle=False, verbose=0)
after = model.evaluate(x, y, verbose=0)
assert np.allclose(after, loaded.evaluate(x, y, verbose=0))

model.save_weights("only.weights.h5")
fresh = create_model()
fresh.load_weights("only.weights.h5")
assert np.array_equal(fresh.predict(x, verbose=0), model.predict(x, verbose=0))

configured = keras.Sequential.from_config(model.get_config())
configured.set_weights(model.get_weights())
from_json = keras.models.model_from_json(model.to_json())
cloned = keras.models.clone_model(model)
for m in (from_json, cloned):
    m.set_weights(model.get_weights())
    assert np.array_equal(m.predict(x, verbose=0), configured.predict(x, verbose=0))
print("evaluated after all:", np.round(after, 4), [layer.name for layer in loaded.layers])
results = {"predictions": expected, "loss": after[0], "accuracy": after[1]}
results |= {"names": [layer.name for layer in loaded.layers], "parameters": loaded.count_params()}
