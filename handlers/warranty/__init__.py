"""Warranty 保修: what is covered until when, when a replacement is offered, what may be returned."""
