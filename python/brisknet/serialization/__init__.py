"""Conversion between objects and configurations."""
