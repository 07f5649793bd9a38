"""Models as files that other programs run: `model.export`."""

from brisknet.names.refused_names import refuse_names

__all__: list[str] = []

__getattr__ = refuse_names(__name__, "ExportArchive")
