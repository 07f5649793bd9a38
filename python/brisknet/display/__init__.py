"""Printing: progress, tables, and the `repr` of objects."""
