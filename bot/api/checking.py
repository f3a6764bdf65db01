"""Values checked as the chat checks them; what is wrong is told with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.api.problems import wrong
from bot.cleaning import clean
from handlers import checks, serial_numbers
from handlers.serial_numbers import SerialSettings
from nlu.catalogue import in_use
from nlu.context import Context
from nlu.entities import find_all

_DAY = re.compile(r"\d{4}(?:-\d{2}){0,2}", re.ASCII)


def checked_contact(given: Mapping[str, Any], countries: tuple[str, ...], above: str) -> dict[str, str]:
    """Name, phone and address in their accepted forms; raises ApiProblem for the first that has none."""
    found: dict[str, str | None] = {}
    if given.get("name") is not None:
        found["name"] = checks.name(clean(given["name"]), {})
    if given.get("phone") is not None:
        found["phone"] = checks.phone(given["phone"], countries)
    if given.get("address") is not None:
        found["address"] = checks.address(clean(given["address"]), {})
    return _accepted(found, above, {
        "name": "is no name: 1 to 40 letters, no digits",
        "phone": f"is no phone number that is valid in {', '.join(countries)} or with its +code",
        "address": "needs more than a town: street and number",
    })  # fmt: skip


def checked_device(given: Mapping[str, Any], today: date, serials: SerialSettings) -> dict[str, str]:
    """Product, brand, model, serial number, purchase date; raises ApiProblem for the first that is wrong."""
    product, brand = given.get("product"), given.get("brand")
    found: dict[str, str | None] = {}
    if product is not None:
        found["product"] = product
    if brand is not None:
        found["brand"] = brand if brand in in_use().names["brands"] else clean(brand, 40) or None
    if given.get("model") is not None:
        found["model"] = checks.model(clean(given["model"]))
    if given.get("purchase_date") is not None:
        told = given["purchase_date"]
        found["purchase_date"] = checks.purchase(told, today) if _DAY.fullmatch(told) else None
    found |= _serial(given.get("serial_number"), brand, product, serials)
    return _accepted(found, "", {
        "brand": "is no brand",
        "model": "is no model number: 2 to 40 letters, digits and signs between",
        "purchase_date": "must be YYYY-MM-DD, YYYY-MM or YYYY, and not in the future",
    })  # fmt: skip


def checked_description(told: str) -> str:
    """What is wrong or wanted; raises ApiProblem where it says nothing."""
    found = checks.description(clean(told))
    if found is None:
        raise wrong("/description", "says nothing: at least two Chinese characters or a word")
    return found


def faults_told(description: str, context: Context) -> dict[str, Any]:
    """The codes of symptoms and of the error that the words tell, as the chat finds them."""
    entities = find_all(description, context)
    symptoms = list(dict.fromkeys(one.value for one in entities if one.name == "symptom"))
    code = next((one.value for one in entities if one.name == "error_code"), None)
    return {"symptoms": symptoms, "error_code": str(code).upper() if code else None}


def _serial(
    told: str | None, brand: str | None, product: str | None, serials: SerialSettings
) -> dict[str, str | None]:
    if told is None:
        return {}
    checked = serial_numbers.check(told, brand, product, serials)
    if checked.value is None:
        what = "fails its check digit" if checked.problem == "digit" else "does not look like a serial number"
        example = f"; an example: {checked.example}" if checked.example else ""
        raise wrong("/serial_number", f"{what}{example}")
    return {"serial_number": checked.value}


def _accepted(found: Mapping[str, str | None], above: str, why: Mapping[str, str]) -> dict[str, str]:
    for name, value in found.items():
        if not value:
            raise wrong(f"{above}/{name}", why[name])
    return {name: value for name, value in found.items() if value}
