"""The parts of the terminal report; ``runner.reporters.cli`` puts them together."""
