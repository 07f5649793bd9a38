"""Names: generated ones, and those of Keras that are refused because brisknet lacks them."""
