"""Names: given by themselves, and refused where Keras has them and brisknet does not."""
