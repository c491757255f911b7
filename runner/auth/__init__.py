"""How requests are signed: one table, one file per auth type."""
