"""Checks of what users pass."""
