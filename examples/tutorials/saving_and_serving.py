"""
Saving and serving
==================

Train a model in one place and use it elsewhere: save it to a file, predict single rows, run a web
service, or export it to other programs.
"""

# %%
# A small model
# -------------

import numpy as np

import brisknet as keras

keras.utils.set_random_seed(1)
rng = np.random.default_rng(1)
x = rng.normal(size=(2000, 4)).astype("float32")
y = (x[:, 0] * x[:, 1] + x[:, 2] > 0).astype("float32")

model = keras.Sequential(
    [
        keras.Input(shape=(4,), name="features"),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dropout(0.1),
        keras.layers.Dense(1, activation="sigmoid", name="share"),
    ]
)
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, epochs=10, verbose=0)
print(f"accuracy {history.history['accuracy'][-1]:.3f}")

# %%
# Files
# -----
#
# A ``.safetensors`` file contains the configuration, the weights, the optimizer's state and the
# random streams, but no code. It replaces an existing file only once it is complete.

model.save("model.safetensors")
loaded = keras.models.load_model("model.safetensors")

# %%
# Training both models further gives the same bits, including dropout and the order of the samples:

model.fit(x, y, epochs=3, verbose=0)
loaded.fit(x, y, epochs=3, verbose=0)
all(np.array_equal(a, b) for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True))

# %%
# During long training runs, ``BackupAndRestore`` lets an interrupted training resume where it
# stopped, and ``ModelCheckpoint`` saves the best model:

best = keras.callbacks.ModelCheckpoint("best.safetensors", monitor="val_loss", save_best_only=True)
history = model.fit(x, y, epochs=5, validation_split=0.2, callbacks=[best], verbose=0)
print("val_loss", [round(value, 4) for value in history.history["val_loss"]])

# %%
# Predicting single rows
# ----------------------
#
# A service predicts single rows, again and again. ``predict`` takes only microseconds for this, can
# be called from several threads at once, and gives the same bits as for a whole table.

import time

row = x[:1]
times = []
for _ in range(500):
    start = time.perf_counter()
    model.predict(row, verbose=0)
    times.append(time.perf_counter() - start)
print(f"median {np.median(times) * 1e6:.0f} µs")

# %%
# A web service
# -------------
#
# This example uses the server from Python's standard library; any web framework works the same way.
# The model is loaded once, and each request runs in its own thread.

import json
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

served = keras.models.load_model("best.safetensors")


class Predict(BaseHTTPRequestHandler):
    def do_POST(self):
        try:
            rows = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = {"share": served.predict(np.array(rows), verbose=0)[:, 0].tolist()}
            status = 200
        except ValueError as error:  # the message says what was expected
            answer, status = {"error": str(error)}, 400
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Predict)
threading.Thread(target=server.serve_forever, daemon=True).start()


def ask(rows):
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.server_port}", data=json.dumps(rows).encode()
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return json.load(error)


print(ask([[1, 1, 0, 0], [1, -1, 0, 0]]))
print(ask([[1, 2, 3]]))
server.shutdown()
server.server_close()

# %%
# Other programs
# --------------
#
# An ONNX file can be run without Python (see :doc:`/onnx`), and ``model.save("model.keras")``
# writes a file that Keras can read (see :doc:`/saving`).

import onnxruntime

model.export("model.onnx", verbose=False)
session = onnxruntime.InferenceSession("model.onnx")
(there,) = session.run(["share"], {"features": x})
print("largest difference:", abs(there - model.predict(x, verbose=0)).max())
