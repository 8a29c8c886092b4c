"""Experiments whose results chapters load: each writes a record.  Run one: ``python -m experiments.encoder_gaps``."""
