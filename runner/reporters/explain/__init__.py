"""Why something failed, in words that every report can use."""
