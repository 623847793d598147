"""Long trials of a running server: hostile input, crowds, abuse, crashes, a changing index.

`python -m tests.soak` runs all of it; tests/test_soak.py runs a short form.
"""
