"""Select the best of several networks with scikit-learn's grid search, in two processes.

Fails unless the best network recognizes 95 % of the digits. Needs scikit-learn.
"""

import warnings

from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, train_test_split

from brisknet.sklearn import MLPClassifier

if __name__ == "__main__":
    warnings.simplefilter("ignore", ConvergenceWarning)  # 15 epochs are not enough
    x, y = load_digits(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(x / 16, y, random_state=1)
    search = GridSearchCV(
        # One thread per process, as two processes share two cores.
        MLPClassifier((64,), max_iter=15, batch_size=32, random_state=1, n_threads=1),
        {
            "activation": ["relu", "gelu"],
            "dropout": [0.0, 0.2],
            "learning_rate_init": [0.001, 0.01],
        },
        cv=3,
        n_jobs=2,
    )
    score = search.fit(x_train, y_train).score(x_test, y_test)
    print(f"best: {search.best_params_}, accuracy {score:.3f}")
    if score < 0.95:
        raise SystemExit("expected an accuracy of at least 0.95")
