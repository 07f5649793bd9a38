"""Train on one-hot encoded categories: a sparse matrix straight from scikit-learn's encoder.

The ratings are synthetic: each user and each film has hidden traits, and a rating measures how well
they match. Fails if R2 is below 0.9. Needs scikit-learn.
"""

import numpy as np
from sklearn.metrics import r2_score
from sklearn.preprocessing import OneHotEncoder

import brisknet as bk

USERS, FILMS, RATINGS = 2000, 1000, 100_000
rng = np.random.default_rng(0)
users, films = rng.integers(0, USERS, RATINGS), rng.integers(0, FILMS, RATINGS)
traits = rng.standard_normal((USERS, 2)), rng.standard_normal((FILMS, 2))
liking = rng.standard_normal(USERS)[users] + rng.standard_normal(FILMS)[films]
ratings = liking + (traits[0][users] * traits[1][films]).sum(1) * 0.5
ratings += 0.1 * rng.standard_normal(RATINGS)

x = OneHotEncoder(dtype=np.float32).fit_transform(np.stack([users, films], axis=1))
print(f"{x.shape[0]} ratings, {x.shape[1]} columns, {x.nnz / x.shape[0]:.0f} ones in a row")
train, test = slice(0, 90_000), slice(90_000, None)

bk.utils.set_random_seed(0)
model = bk.Sequential(
    [
        bk.Input((x.shape[1],)),
        bk.layers.Dense(64, activation="relu"),
        bk.layers.Dense(32, activation="relu"),
        bk.layers.Dense(1),
    ]
)
model.compile(bk.optimizers.Adam(0.003), "mse")
model.fit(x[train], ratings[train], batch_size=256, epochs=10, verbose=2)
score = r2_score(ratings[test], model.predict(x[test], verbose=0))
print(f"R2 of unseen ratings: {score:.3f}")
if score < 0.9:
    raise SystemExit("expected an R2 of 0.9")
