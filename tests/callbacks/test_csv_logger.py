"""CSVLogger: a row for each epoch, as it ends."""

import csv

from brisknet import callbacks
from small_trainings import INPUTS, SUMS, fit, regressor


def rows_of(path, **kwargs):
    with open(path, newline="") as file:
        return list(csv.reader(file, **kwargs))


def test_csv(tmp_path):
    path = tmp_path / "log.csv"
    history = fit(regressor(), callbacks.CSVLogger(path), validation_data=(INPUTS, SUMS)).history
    header, *rows = rows_of(path)
    assert header == ["epoch", "loss", "mae", "val_loss", "val_mae"]
    assert [row[0] for row in rows] == ["0", "1", "2"]
    for i, name in enumerate(header[1:], 1):
        assert [float(row[i]) for row in rows] == history[name]


def test_csv_goes_on_or_starts_anew(tmp_path):
    path = tmp_path / "log.csv"
    for append, lines in ((False, 4), (True, 7), (False, 4)):
        fit(regressor(), callbacks.CSVLogger(path, separator=";", append=append))
        rows = rows_of(path, delimiter=";")
        assert len(rows) == lines
        assert rows[0] == ["epoch", "loss", "mae", "val_loss", "val_mae"]
        assert all(row[3] == "NA" for row in rows[1:])


def test_csv_is_written_epoch_by_epoch(tmp_path):
    path = tmp_path / "log.csv"
    seen = []
    look = callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append(len(rows_of(path)))
    )
    fit(regressor(), callbacks.CSVLogger(path), look)
    assert seen == [2, 3, 4]
