"""Minds: percept in, action out; one file an algorithm."""
