"""Collections and environments from one format to another."""
