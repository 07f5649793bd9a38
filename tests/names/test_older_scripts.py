"""What scripts for Keras 2, tf.keras and Keras 3 say: it runs, or the error says what to write."""

import importlib

import numpy as np
import pytest

import brisknet
from brisknet import layers
from keras_scripts import for_brisknet

X = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")


@pytest.fixture
def names():
    model = brisknet.Sequential(
        [brisknet.Input((4,)), layers.Dense(3, activation="relu"), layers.Dense(1, "sigmoid")]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.fit(X, Y, verbose=0)
    return {
        "keras": brisknet,
        "tf": brisknet,
        "K": brisknet.backend,
        "model": model,
        "X": X,
        "Y": Y,
    }


RUN = """
import keras
import tensorflow as tf
from keras import backend as K
from keras import Input, Sequential, layers, models, optimizers, ops
from keras.activations import linear, relu, selu, sigmoid, softmax
from keras.backend import clear_session
from keras.callbacks import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau, TensorBoard
from keras.constraints import max_norm, non_neg, unit_norm
from keras.datasets import mnist
from keras.initializers import RandomNormal, VarianceScaling, glorot_uniform, he_normal
from keras.layers import Activation, BatchNormalization, Dense, Dropout, Flatten, Input, InputLayer
from keras.losses import binary_crossentropy, categorical_crossentropy, mean_squared_error
from keras.metrics import AUC, Precision, Recall, binary_accuracy, categorical_accuracy
from keras.models import Sequential, clone_model, load_model, model_from_json, save_model
from keras.optimizers import SGD, Adadelta, Adagrad, Adam, Adamax, Nadam, RMSprop
from keras.optimizers.schedules import ExponentialDecay
from keras.preprocessing import sequence
from keras.preprocessing.sequence import pad_sequences
from keras.regularizers import l1, l1_l2, l2
from keras.saving import load_model, register_keras_serializable
from keras.utils import Sequence, get_custom_objects, normalize, plot_model, to_categorical
from tensorflow import keras
from tensorflow.keras import backend as K
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential
K.clear_session(); K.set_floatx('float32'); K.epsilon(); K.image_data_format()
keras.utils.set_random_seed(42); keras.version(); keras.__version__; keras.config.backend()
model.summary()
model.fit(X, Y, 4, 1, 0)
model.fit([X], [Y], verbose=0, callbacks=keras.callbacks.EarlyStopping('loss'))
model.history.history['loss']; model.optimizer.learning_rate.assign(0.1); model.layers[0].kernel
model.weights[0].numpy(); model.get_layer(index=0).get_weights(); model.to_json(); model(X)
keras.Input((4,), dtype='float64'); keras.layers.InputLayer(shape=(4,), dtype='bool')
keras.layers.Dense(3, kernel_initializer='uniform'); keras.layers.Dense(3, 'relu', input_dim=4)
keras.layers.Dense(3, activation=keras.layers.LeakyReLU(0.1)); keras.layers.Dropout(rate=0.5)
keras.initializers.get('normal'); keras.optimizers.get('Adam'); keras.losses.get('mse')
tf.keras.backend.clear_session(); tf.keras.losses.mean_squared_error(Y, Y); tf.Variable(1.0)
""".strip().splitlines()


@pytest.mark.parametrize("line", RUN)
def test_runs(line, names):
    exec(for_brisknet(line), names)


REFUSED = {
    "from keras.layers.core import Dense": "use brisknet.layers",
    "from keras.layers.normalization import BatchNormalization": "use brisknet.layers",
    "from keras.layers.advanced_activations import LeakyReLU": "use brisknet.layers",
    "from keras.layers.experimental.preprocessing import Normalization": "use brisknet.layers",
    "from keras.layers import ThresholdedReLU": "use ReLU",
    "from keras.layers import LSTM": "LSTM of Keras is not supported",
    "from keras.models import Model": "Model of Keras is not supported",
    "from keras.models import model_from_yaml": "use model_from_json",
    "from keras.optimizers.legacy import Adam": "use brisknet.optimizers",
    "from keras.utils import np_utils": "use brisknet.utils",
    "from keras.utils.np_utils import to_categorical": "use brisknet.utils",
    "from keras.utils.vis_utils import plot_model": "use brisknet.utils",
    "from keras.utils.visualize_util import plot": "use brisknet.utils",
    "from keras.utils import multi_gpu_model": "runs on the CPU",
    "from keras.regularizers import l1l2": "did you mean 'l1_l2'",
    "from keras.regularizers import activity_l2": "use activity_regularizer=l2",
    "from keras.constraints import maxnorm": "did you mean 'max_norm'",
    "from keras.constraints import nonneg": "did you mean 'non_neg'",
    "from keras.callbacks.callbacks import EarlyStopping": "use brisknet.callbacks",
    "from keras.initializers import normal": "use random_normal",
    "from keras.initializers import uniform": "use random_uniform",
    "from keras.losses import mse": "use mean_squared_error",
    "from keras.metrics import MSE": "use mean_squared_error",
    "from keras.losses import cosine_proximity": "use cosine_similarity",
    "from keras.objectives import binary_crossentropy": "use brisknet.losses",
    "from keras.engine.topology import Layer": "use brisknet.layers",
    "from keras.wrappers.scikit_learn import KerasClassifier": "use brisknet.sklearn",
    "from keras.preprocessing.text import Tokenizer": "CountVectorizer",
    "from keras.saving.save import load_model": "use brisknet.saving",
    "from keras.applications.vgg16 import VGG16": "applications of Keras is not supported",
    "from keras.backend.tensorflow_backend import set_session": "use brisknet.backend",
    "from tensorflow.python.keras.layers import Dense": "use the public modules",
    "from tensorflow.random import set_seed": "use brisknet.utils.set_random_seed",
    "from tensorflow.compat.v1 import ConfigProto": "leave it out",
    "from tensorflow import set_random_seed": "use brisknet.utils.set_random_seed",
    "K.set_floatx('float64')": "expected 'float32'",
    "K.set_epsilon(1e-5)": "expected 1e-07",
    "K.set_learning_phase(1)": "training=",
    "K.mean(X)": "NumPy",
    "K.get_value(model.optimizer.learning_rate)": "numpy",
    "K.set_value(model.optimizer.learning_rate, 0.01)": "assign",
    "K.set_image_dim_ordering('tf')": "set_image_data_format",
    "keras.random.set_seed(1)": "set_random_seed",
    "keras.losses.mse(Y, Y)": "use mean_squared_error",
    "keras.initializers.normal()": "use random_normal",
    "keras.layers.Merge": "one input",
    "model.to_yaml()": "use to_json",
    "model.predict_classes(X)": "use predict.*argmax",
    "model.predict_proba(X)": "use predict",
    "model.fit_generator(iter([(X, Y)]), steps_per_epoch=1)": "use fit",
    "model.evaluate_generator(iter([(X, Y)]), steps=1)": "use evaluate",
    "model.predict_generator(iter([X]), steps=1)": "use predict",
    "model.reset_states()": "leave it out",
    "model.history.history['acc']": "'acc' was not measured: the metrics are 'accuracy', 'loss'",
    "model.optimizer.lr": "use learning_rate",
    "model.layers[0].output_shape": r"compute_output_shape|summary",
    "model.layers[0].input_shape": "summary",
    "model.save('m')": "a name that ends in",
    "model.save_weights('w')": "a name that ends in",
    "model.fit(X, Y, nb_epoch=1)": "use epochs",
    "model.compile('sgd', 'mse', class_mode='binary')": "class_mode",
    "model.compile('sgd', 'mse', ['accuracy'])": "metrics",
    "keras.layers.Dense(3, init='uniform')": "use kernel_initializer",
    "keras.layers.Input((4,), dtype='text')": "a type of numbers.*got 'text'",
    "keras.optimizers.Adam(lr=0.1)": "use learning_rate",
    "keras.callbacks.ProgbarLogger(count_mode='steps')": "leave it out",
    "tf.random.set_seed(1)": "use brisknet.utils.set_random_seed",
    "tf.set_random_seed(1)": "use brisknet.utils.set_random_seed",
    "tf.config.list_physical_devices('GPU')": "runs on the CPU",
    "tf.config.experimental.set_memory_growth": "runs on the CPU",
    "tf.test.is_gpu_available()": "leave it out",
    "tf.compat.v1.disable_eager_execution()": "leave it out",
    "tf.get_logger().setLevel('ERROR')": "leave it out",
    "tf.logging.set_verbosity(1)": "leave it out",
    "tf.Session()": "no sessions",
    "tf.data.Dataset.from_tensor_slices((X, Y))": "fit takes arrays",
    "tf.constant(X)": "use NumPy",
    "tf.reduce_mean(X)": "use NumPy",
    "tf.cast(X, tf.float32)": "use NumPy",
    "tf.float32": "'float32'",
    "tf.nn.relu": "use brisknet.activations",
    "tf.one_hot([1], 3)": "to_categorical",
    "tf.GradientTape()": "train_on_batch",
    "tf.lite.TFLiteConverter": "ONNX",
    "tf.distribute.MirroredStrategy()": "leave it out",
    "tf.device('/cpu:0')": "leave it out",
}


@pytest.mark.parametrize("line", REFUSED)
def test_says_what_to_write(line, names, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ImportError, AttributeError, ValueError, TypeError, KeyError)) as caught:
        exec(for_brisknet(line), names)
    assert caught.match(REFUSED[line])
    assert not list(tmp_path.iterdir())


def test_a_class_of_ones_own_may_have_the_older_methods():
    class Older(brisknet.Sequential):
        def predict_classes(self, x):
            return (self.predict(x, verbose=0) > 0.5).astype("int32")

    assert Older([layers.Dense(1)]).predict_classes(X).shape == (8, 1)
    assert not hasattr(brisknet.Sequential(), "predict_classes")


def test_a_mistyped_module_is_guessed():
    for name, guess in (("optimisers", "optimizers"), ("modles", "models")):
        with pytest.raises(ImportError, match=f"did you mean '{guess}'"):
            importlib.import_module(f"brisknet.{name}")
    with pytest.raises(ImportError, match="did you mean 'Dense'"):
        exec("from brisknet.keras.layers import Dence")
