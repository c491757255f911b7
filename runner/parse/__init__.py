"""From files to the model: collections, environments, data rows."""
