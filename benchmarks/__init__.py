"""Timings against peers, in an environment of their own: ``make bench``."""
