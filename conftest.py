"""The environment of every test and, since kernels inherit it, of every notebook: set before anything imports torch."""

import os

os.environ.setdefault("TQDM_DISABLE", "1")  # a progress bar writes to stderr, which nbval compares
os.environ.setdefault("OMP_NUM_THREADS", "1")  # one thread per process: with two, small nets are several times slower

pytest_plugins = ["tests.notebooks.comparison", "tests.support.schedule"]
