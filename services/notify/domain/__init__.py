"""Notify's pure rules: what may be told, when, and to whom next."""
