"""TensorFlow names outside `tf.keras` that scripts use, and what to do instead."""

_NUMPY = "it is TensorFlow's: use NumPy"
_GRAPHS = "it is TensorFlow's: there are no sessions or graphs, leave it out"
_OUT = "it is TensorFlow's: leave it out"
_TYPE = "it is TensorFlow's: use the name of the type, such as 'float32'"
_EXPORT = "it is TensorFlow's: use model.save, or model.export, which writes ONNX"

INSTEAD = {
    **dict.fromkeys(
        """
        abs add argmax argmin cast clip_by_value concat constant convert_to_tensor equal exp
        expand_dims fill gather greater less linspace matmul maximum minimum multiply ones
        ones_like pow range reduce_max reduce_mean reduce_min reduce_sum reshape round shape
        sigmoid sqrt square squeeze stack subtract tensordot tile transpose unstack where zeros
        zeros_like
        """.split(),
        _NUMPY,
    ),
    **dict.fromkeys("io linalg math signal sparse strings Tensor".split(), _NUMPY),
    **dict.fromkeys(
        """
        ConfigProto GPUOptions Graph InteractiveSession Session compat get_default_graph
        global_variables_initializer placeholder reset_default_graph
        """.split(),
        _GRAPHS,
    ),
    **dict.fromkeys(
        """
        autograph debugging distribute enable_eager_execution executing_eagerly function
        get_logger logging profiler test tpu
        """.split(),
        _OUT,
    ),
    **dict.fromkeys(
        """
        bool float16 float32 float64 int16 int32 int64 int8 string uint8
        """.split(),
        _TYPE,
    ),
    **dict.fromkeys("lite saved_model train".split(), _EXPORT),
    "GradientTape": "it is TensorFlow's: use fit or train_on_batch",
    "estimator": "it is TensorFlow's: use brisknet.sklearn",
    "feature_column": "it is TensorFlow's: use scikit-learn's encoders and scalers",
    "image": "it is TensorFlow's: use Pillow",
    "nn": "it is TensorFlow's: use brisknet.activations",
    "one_hot": "it is TensorFlow's: use brisknet.utils.to_categorical",
    "print": "it is TensorFlow's: use Python's",
    "python": "use the public modules",
    "set_random_seed": "use brisknet.utils.set_random_seed",
}
