"""Arguments that Keras had before 3, and what to write instead."""

_OUT = "leave it out"
_WORKERS = "give it to a utils.PyDataset"

# By class or function; a class also has those of its bases.
INSTEAD: dict[str, dict[str, str]] = {
    "Layer": {
        "W_constraint": "use kernel_constraint",
        "W_regularizer": "use kernel_regularizer",
        "b_constraint": "use bias_constraint",
        "b_regularizer": "use bias_regularizer",
        "batch_input_shape": "use input_shape, or begin the model with Input(batch_shape=…)",
        "batch_size": "use Input(batch_size=…) as the model's first layer",
        "dynamic": _OUT,
        "input_dtype": _OUT,
        "weights": "use set_weights when the layer is built, or an initializer",
    },
    "Dense": {
        "bias": "use use_bias",
        "init": "use kernel_initializer",
        "output_dim": "use units",
    },
    "Dropout": {"p": "use rate"},
    "AlphaDropout": {"p": "use rate"},
    "GaussianDropout": {"p": "use rate"},
    "GaussianNoise": {"sigma": "use stddev"},
    "Embedding": {
        "W_constraint": "use embeddings_constraint",
        "W_regularizer": "use embeddings_regularizer",
        "dropout": "put a Dropout layer after it",
        "init": "use embeddings_initializer",
    },
    "BatchNormalization": {
        "beta_init": "use beta_initializer",
        "fused": _OUT,
        "gamma_init": "use gamma_initializer",
        "mode": _OUT,
        "virtual_batch_size": "it is not in Keras 3, leave it out",
    },
    "PReLU": {"init": "use alpha_initializer"},
    "Input": {
        "batch_input_shape": "use batch_shape",
        "input_shape": "use shape",
        "type_spec": "use shape and dtype",
    },
    "Optimizer": {
        "grad_averaging": _OUT,
        "jit_compile": _OUT,
        "lr": "use learning_rate",
        "schedule_decay": "use learning_rate with a schedule of optimizers.schedules",
    },
    "Adam": {"momentum": "use beta_1"},
    "L1": {"l": "use l1"},
    "L2": {"l": "use l2"},
    "EarlyStopping": {"epsilon": "use min_delta"},
    "ModelCheckpoint": {
        "options": _OUT,
        "period": "use save_freq, which is 'epoch' or a number of steps",
    },
    "TensorBoard": {
        "batch_size": _OUT,
        "embeddings_layer_names": "use embeddings_freq and embeddings_metadata",
        "write_grads": "it is not in Keras 3, leave it out",
    },
    "compile": {
        "class_mode": "choose the loss accordingly and leave it out",
        "distribute": _OUT,
        "experimental_run_tf_function": _OUT,
        "experimental_steps_per_execution": "use steps_per_execution",
        "pss_evaluation_shards": _OUT,
        "sample_weight_mode": "give fit weights for each step of a sample and leave it out",
        "target_tensors": "give the targets to fit",
    },
    "fit": {
        "generator": "give it as x",
        "max_q_size": _WORKERS,
        "max_queue_size": _WORKERS,
        "nb_epoch": "use epochs",
        "nb_val_samples": "use validation_steps, which counts batches",
        "nb_worker": _WORKERS,
        "pickle_safe": _WORKERS,
        "samples_per_epoch": "use steps_per_epoch, which counts batches",
        "show_accuracy": "use compile(metrics=['accuracy'])",
        "use_multiprocessing": _WORKERS,
        "val_samples": "use validation_steps, which counts batches",
        "workers": _WORKERS,
    },
    "evaluate": {
        "max_queue_size": _WORKERS,
        "show_accuracy": "use compile(metrics=['accuracy'])",
        "use_multiprocessing": _WORKERS,
        "val_samples": "use steps, which counts batches",
        "workers": _WORKERS,
    },
    "predict": {
        "max_queue_size": _WORKERS,
        "use_multiprocessing": _WORKERS,
        "workers": _WORKERS,
    },
    "ProgbarLogger": {"count_mode": _OUT, "stateful_metrics": _OUT},
    "to_categorical": {
        "dtype": "use the result's astype",
        "nb_classes": "use num_classes",
        "y": "use x",
    },
    "load_model": {"options": _OUT},
    "save": {"options": _OUT, "signatures": _OUT, "save_traces": _OUT},
}
