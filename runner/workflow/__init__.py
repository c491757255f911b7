"""What a collection's author knows: captures, order, waiting, from the data that flows. Wraps the engine."""
