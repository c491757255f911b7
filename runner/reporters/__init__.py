"""Listeners that show or write what happened: one interface, one table."""
