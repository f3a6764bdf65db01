"""Personal data as lists show it: enough to recognise a customer one knows, no more."""

from __future__ import annotations


def masked_name(name: str | None) -> str:
    """The first character and stars: 王**, L***."""
    return f"{name[0]}{'*' * min(len(name) - 1, 3)}" if name else ""


def masked_phone(phone: str | None) -> str:
    """The last four digits: ****8000."""
    return f"****{phone[-4:]}" if phone and len(phone) > 4 else ""
