"""Installations whose processes run apart, each with its own settings: containers on one host or on many."""
