"""What is printed: progress, tables, and objects by the call that makes them."""
