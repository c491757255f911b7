"""From what somebody asks for to a run that can begin: what the command line and Python have in common."""
