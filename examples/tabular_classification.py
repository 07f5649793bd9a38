"""A table with a rare class: class weights, dropout and early stopping in a scikit-learn pipeline.

Fails unless most samples of the rare class are found. Needs scikit-learn.
"""

from sklearn.datasets import make_classification
from sklearn.metrics import recall_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from brisknet.sklearn import MLPClassifier

x, y = make_classification(
    4000, 20, n_informative=8, weights=[0.95], class_sep=1.5, flip_y=0, random_state=1
)
x_train, x_test, y_train, y_test = train_test_split(x, y, stratify=y, random_state=1)

recalls = {}
for class_weight in (None, "balanced"):
    classifier = MLPClassifier(
        (64, 32),
        class_weight=class_weight,
        dropout=0.2,
        early_stopping=True,
        random_state=1,
    )
    pipeline = make_pipeline(StandardScaler(), classifier).fit(x_train, y_train)
    recalls[class_weight] = recall_score(y_test, pipeline.predict(x_test))
    print(
        f"class_weight {class_weight}: {classifier.n_iter_} epochs, "
        f"{recalls[class_weight]:.0%} of the rare class found, "
        f"accuracy {pipeline.score(x_test, y_test):.3f}"
    )
if recalls["balanced"] < 0.85:
    raise SystemExit("expected 85 % of the rare class to be found")
