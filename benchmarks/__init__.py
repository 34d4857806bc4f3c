"""Measurements side by side; every figure in the documentation comes from one of these."""
