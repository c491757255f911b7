"""The Python API. What is for users is exported by ``runner`` itself (docs/python.md)."""
