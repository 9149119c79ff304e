"""What cloudcrate needs from the world. The docstrings are the contract; ``tests/contract`` holds it.

Every method blocks, may be called from several threads at once, and raises only ``CloudcrateError``.
"""
