"""What a person or the Makefile calls: ``python -m bookkit.commands.notebooks``."""
