"""Personal data as lists show it: enough to recognise a customer one knows, no more."""

from __future__ import annotations


def masked_name(name: str | None) -> str:
    """The first character and stars: 王**, L***."""
    return f"{name[0]}{'*' * min(len(name) - 1, 3)}" if name else ""


def masked_phone(phone: str | None) -> str:
    """The first three and the last four digits, without China's code: 138****8000."""
    known = (phone or "").removeprefix("+86").replace(" ", "").replace("-", "")
    whole = len(known) >= 10 and known.removeprefix("+").isdecimal()
    return f"{known[:3]}****{known[-4:]}" if whole else masked_number(known)


def masked_number(number: str | None) -> str:
    """The last four characters: ****8000."""
    return f"****{number[-4:]}" if number and len(number) > 4 else ""
