"""Export a trained model to an ONNX file and run it with onnxruntime.

Needs onnx and onnxruntime: pip install 'brisknet[onnx]' onnxruntime. Fails unless the predictions
from the file are correct and agree with brisknet's.
"""

import tempfile
from pathlib import Path

import numpy as np
import onnxruntime

import brisknet as keras

keras.utils.set_random_seed(1)
rng = np.random.default_rng(1)
x = rng.uniform(-1, 1, (4000, 2)).astype(np.float32)
inside = (np.hypot(x[:, 0], x[:, 1]) < 0.7).astype(np.float32)

model = keras.Sequential(
    [
        keras.Input(shape=(2,), name="point"),
        keras.layers.Dense(32, activation="gelu"),
        keras.layers.BatchNormalization(),
        keras.layers.Dense(1, activation="sigmoid", name="inside"),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy")
model.fit(x[:3000], inside[:3000], epochs=20, verbose=0)

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "circle.onnx"
    model.export(path, verbose=False)
    session = onnxruntime.InferenceSession(path)

(there,) = session.run(["inside"], {"point": x[3000:]})
here = model.predict(x[3000:], verbose=0)
difference = np.abs(there - here).max()
accuracy = ((there[:, 0] > 0.5) == inside[3000:]).mean()
print(f"onnxruntime: accuracy {accuracy:.3f}, at most {difference:.1e} from brisknet's predictions")
if difference > 1e-5 or accuracy < 0.96:
    raise SystemExit("expected a difference of at most 1e-5 and an accuracy of at least 0.96")
