"""Pictures of models, trainings and predictions. Their public names are in `brisknet.utils`."""
