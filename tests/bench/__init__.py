"""How fast the desk is, beside a plain echo bot on the same machine: `python -m tests.bench`."""
