"""What makes the book out of notebooks and pages, and reads it for the laws: not shipped with the package.

``paths`` says where things are.  ``notebooks`` runs and stores, ``pages`` reads and finds faults, ``pictures``,
``stills`` and ``chromium`` draw, ``planted`` makes log p(x) wrong on purpose.  What a person calls stands in
``commands``: ``python -m bookkit.commands.cover``.
"""
