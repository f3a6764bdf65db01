"""The sections `warranty` and `returns` of the settings: the first row that fits a device decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Protocol, TypeVar, get_args

from pydantic import Field, field_validator, model_validator

from handlers.section import Section
from handlers.warranty.wording import WORDS
from nlu.catalogue import in_use

Months = Annotated[int, Field(ge=0, le=600)]
Days = Annotated[int, Field(ge=0, le=3650)]
Cause = Literal[
    "misuse", "impact", "liquid", "pests", "power_surge", "unauthorised_repair", "disaster", "wear",
    "altered_serial", "commercial_use",
]  # fmt: skip
"""Causes of faults that warranty may leave out."""


class Named(Protocol):
    """Whatever is known of a device by name."""

    @property
    def product(self) -> str | None: ...
    @property
    def brand(self) -> str | None: ...
    @property
    def model(self) -> str | None: ...


class DeviceRow(Section):
    """A row that holds for some devices; what it leaves out fits every device."""

    product: str | None = None
    brand: str | None = None
    model: str | None = None

    @model_validator(mode="after")
    def in_the_catalogue(self) -> DeviceRow:
        """Product and brand are the catalogue's."""
        for group, code in (("products", self.product), ("brands", self.brand)):
            if code is not None and code not in in_use().names[group]:
                raise ValueError(f"'{code}' is not in the catalogue's {group}")
        return self

    @property
    def anything(self) -> bool:
        """Whether every device fits."""
        return self.product is None and self.brand is None and self.model is None

    def fits(self, device: Named) -> bool:
        """Whether the device is one of these; a model's beginning is enough."""
        model = (device.model or "").upper()
        return (
            self.product in (None, device.product)
            and self.brand in (None, device.brand)
            and (self.model is None or model.startswith(self.model.upper()))
        )


Row = TypeVar("Row", bound=DeviceRow)


def row_for(rows: tuple[Row, ...], device: Named) -> tuple[int, Row]:
    """The first row that fits the device, and its place from 1."""
    return next((place, row) for place, row in enumerate(rows, 1) if row.fits(device))


def whole(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """The rows, if the last one and only that one fits every device; else ValueError."""
    places = [place for place, row in enumerate(rows, 1) if row.anything]
    if not places:
        raise ValueError("the last row must fit every device: no product, brand or model in it")
    if places[0] != len(rows):
        raise ValueError(f"row {places[0] + 1} is never reached: row {places[0]} fits every device")
    return rows


class WarrantyPolicy(DeviceRow):
    """How long the whole unit and its main parts are covered, from which day."""

    whole_months: Months = 12
    main_months: Months = 36
    main_parts: tuple[str, ...] = ("compressor",)
    start: Literal["purchase", "installation"] = "purchase"

    @field_validator("main_parts")
    @classmethod
    def parts_with_names(cls, parts: tuple[str, ...]) -> tuple[str, ...]:
        """Parts that can be named to customers."""
        for part in parts:
            if part not in WORDS.names["part"]:
                raise ValueError(f"part '{part}' has no name in handlers/warranty/words.yml")
        return parts

    @model_validator(mode="after")
    def main_parts_last_longer(self) -> WarrantyPolicy:
        """Main parts are covered as long as the whole unit at least."""
        if self.main_months < self.whole_months:
            raise ValueError("main_months must not be below whole_months")
        return self


class WarrantySettings(Section):
    """The section `warranty`."""

    policies: tuple[WarrantyPolicy, ...] = (WarrantyPolicy(),)
    made_plus_months: Months = 3
    fitted_months: Months = 3
    plans: Mapping[str, Months] = {"one_year": 12, "two_years": 24}
    excluded_causes: tuple[Cause, ...] = get_args(Cause)
    repairs_before_replacement: Annotated[int, Field(ge=1)] = 3

    @field_validator("policies")
    @classmethod
    def every_device_fits_one(cls, policies: tuple[WarrantyPolicy, ...]) -> tuple[WarrantyPolicy, ...]:
        """No device without a policy, no policy that is never reached."""
        return whole(policies)

    def months_of(self, plan: str | None) -> int:
        """Months an extended warranty adds; KeyError for a plan that is not sold."""
        return self.plans[plan] if plan else 0


class ReturnPolicy(DeviceRow):
    """Days after receipt within which a device may be returned or exchanged, not counting that day."""

    return_days: Days = 7
    exchange_days: Days = 15
    no_reason_days: Days = 7


class ReturnSettings(Section):
    """The section `returns`."""

    policies: tuple[ReturnPolicy, ...] = (ReturnPolicy(),)
    proof_required: bool = True
    accessories_required: bool = True

    @field_validator("policies")
    @classmethod
    def every_device_fits_one(cls, policies: tuple[ReturnPolicy, ...]) -> tuple[ReturnPolicy, ...]:
        """No device without a policy, no policy that is never reached."""
        return whole(policies)
