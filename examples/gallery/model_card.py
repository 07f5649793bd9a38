"""
Model diagram
=============

``plot_model`` needs neither Graphviz nor matplotlib to create an SVG.
"""

import brisknet as keras

model = keras.Sequential(
    [
        keras.Input(shape=(28, 28)),
        keras.layers.Flatten(),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
keras.utils.plot_model(model, "model.svg", show_shapes=True, show_layer_activations=True)
