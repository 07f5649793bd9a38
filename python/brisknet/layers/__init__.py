"""Layers, by Keras's names; `Layer` is the base of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brisknet.layers.activation import Activation
from brisknet.layers.activation_layers import ELU, LeakyReLU, PReLU, ReLU, Softmax
from brisknet.layers.activity_regularization import ActivityRegularization
from brisknet.layers.batch_normalization import BatchNormalization
from brisknet.layers.dense import Dense
from brisknet.layers.dropout import Dropout
from brisknet.layers.embedding import Embedding
from brisknet.layers.identity import Identity
from brisknet.layers.input import Input, InputLayer
from brisknet.layers.layer import Layer
from brisknet.layers.noise import AlphaDropout, GaussianDropout, GaussianNoise
from brisknet.layers.normalization import Normalization
from brisknet.layers.rescaling import Rescaling
from brisknet.layers.reshaping import Flatten, Permute, RepeatVector, Reshape
from brisknet.layers.sample_normalization import (
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)
from brisknet.names.refused_names import refuse_names
from brisknet.serialization.objects import serialize_keras_object
from brisknet.serialization.registry import Registry

__all__ = [
    "ELU",
    "Activation",
    "ActivityRegularization",
    "AlphaDropout",
    "BatchNormalization",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "GaussianDropout",
    "GaussianNoise",
    "Identity",
    "Input",
    "InputLayer",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Normalization",
    "PReLU",
    "Permute",
    "RMSNormalization",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "Softmax",
    "UnitNormalization",
    "deserialize",
    "serialize",
]

__getattr__ = refuse_names(
    __name__,
    """
    AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D
    AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D Add AdditiveAttention
    Attention AugMix AutoContrast Average AveragePooling1D AveragePooling2D AveragePooling3D
    AvgPool1D AvgPool2D AvgPool3D Bidirectional CategoryEncoding CenterCrop Concatenate Conv1D
    Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D
    ConvLSTM3D Convolution1D Convolution1DTranspose Convolution2D Convolution2DTranspose
    Convolution3D Convolution3DTranspose ContrastLimitedAdaptiveHistogramEqualization Cropping1D
    Cropping2D Cropping3D CutMix DepthwiseConv1D DepthwiseConv2D Discretization Dot EinsumDense
    Equalization FlaxLayer GRU GRUCell GlobalAveragePooling1D GlobalAveragePooling2D
    GlobalAveragePooling3D GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D GlobalMaxPool1D
    GlobalMaxPool2D GlobalMaxPool3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D
    GroupNormalization GroupQueryAttention HashedCrossing Hashing InputSpec
    IntegerLookup JaxLayer LSTM LSTMCell Lambda Masking MaxNumBoundingBoxes MaxPool1D MaxPool2D
    MaxPool3D MaxPooling1D MaxPooling2D MaxPooling3D Maximum MelSpectrogram Minimum MixUp
    MultiHeadAttention Multiply Pipeline RNN RandAugment RandomBrightness
    RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop RandomElasticTransform
    RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHue RandomInvert
    RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness
    RandomShear RandomTranslation RandomZoom Resizing ReversibleEmbedding STFTSpectrogram
    SeparableConv1D SeparableConv2D SeparableConvolution1D SeparableConvolution2D SimpleRNN
    SimpleRNNCell Solarization SpatialDropout1D SpatialDropout2D SpatialDropout3D
    SpectralNormalization StackedRNNCells StringLookup Subtract TFSMLayer TextVectorization
    TimeDistributed TorchModuleWrapper UpSampling1D UpSampling2D UpSampling3D Wrapper
    ZeroPadding1D ZeroPadding2D ZeroPadding3D add average concatenate dot maximum
    minimum multiply subtract
    """,
    {
        **dict.fromkeys(
            "advanced_activations core embeddings experimental local merge preprocessing".split(),
            "use brisknet.layers",
        ),
        "DenseFeatures": "give the model an array of all features",
        "Highway": "write it as a layer of your own",
        "MaxoutDense": "write it as a layer of your own",
        "Merge": "models have one input",
        "ThresholdedReLU": "use ReLU(threshold=…)",
        "TimeDistributedDense": "use Dense, which works along the last axis",
        "convolutional": "there are no convolutions",
        "pooling": "there are no convolutions",
        "recurrent": "there are no recurrent layers",
    },
)


_registry = Registry[Layer | InputLayer]("layers", "layer", (Layer, InputLayer), functions=False)


def serialize(layer: Layer | InputLayer) -> dict[str, Any]:
    """The layer's configuration, in Keras's format.

    Example:
        >>> serialize(Dense(2, name="scores"))["config"]["units"]
        2
    """
    config: dict[str, Any] = serialize_keras_object(layer)
    return config


def deserialize(
    config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> Layer | InputLayer:
    """The layer of a configuration from here or from Keras.

    Args:
        config: what `serialize` gave.
        custom_objects: classes of layers by name, beside those that are registered.

    Raises:
        ValueError: if the configuration is none, or one that brisknet has no layer for.

    Example:
        >>> deserialize(serialize(Dense(2, name="scores"))).units
        2
    """
    return _registry.deserialize(config, custom_objects)
