"""scikit-learn estimators: its `MLPClassifier` and `MLPRegressor`, trained by brisknet.

    from brisknet.sklearn import MLPClassifier

    MLPClassifier((100, 50), dropout=0.2, random_state=1).fit(X, y).predict(X)

They have every constructor argument, attribute and method of scikit-learn's classes, with the same
meaning; docs/from-scikit-learn.md lists the additions and the differences.
"""

import sys

try:
    import sklearn  # noqa: F401 - for the message
except ImportError as error:
    raise ImportError(
        "brisknet.sklearn needs scikit-learn 1.6 or later: pip install 'brisknet[sklearn]'"
    ) from error

from brisknet.names.public import list_public_names
from brisknet.sklearn.classifier import MLPClassifier
from brisknet.sklearn.regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]

list_public_names(sys.modules[__name__])
