"""The verbs, over the ports."""
