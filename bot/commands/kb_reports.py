"""`python -m bot kb gaps|unhelpful|draft`: what customers made of the knowledge base."""

from __future__ import annotations

import click

COMMANDS: tuple[click.Command, ...] = ()
