"""The agents' console: who may enter, and the pages at /console."""

PREFIX = "/console"
"""Where it stands."""
