"""The tests: a folder for each kind, and in ``support`` what they share."""
