"""The run: a generator that walks the items and yields events. It does not know who listens."""
