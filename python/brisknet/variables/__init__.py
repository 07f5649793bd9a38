"""Layers' weights, and the containers that notice them."""
