"""`python -m bot …`: one module a command."""
