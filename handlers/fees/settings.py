"""The section `fees` of the settings: rates, discounts, tax, rounding."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from handlers.fees.amounts import Amount, Currency, Way
from handlers.section import Section
from nlu.catalogue import in_use

Percent = Annotated[float, Field(ge=0, le=100)]
Kind = Literal["part", "labour", "visit"]


class LabourRate(Section):
    """What a job costs, or an hour of it; the first row that fits job and product decides."""

    job: str | None = None
    product: str | None = None
    price: Amount | None = None
    hour: Amount | None = None

    @field_validator("product")
    @classmethod
    def in_the_catalogue(cls, product: str | None) -> str | None:
        """A product of the catalogue."""
        if product is not None and product not in in_use().names["products"]:
            raise ValueError(f"'{product}' is not in the catalogue's products")
        return product

    @model_validator(mode="after")
    def one_rate(self) -> LabourRate:
        """By the job or by the hour, not both."""
        if (self.price is None) == (self.hour is None):
            raise ValueError("needs either price (for the job) or hour (for an hour)")
        return self

    def fits(self, job: str, product: str | None) -> bool:
        """Whether the row is for that job on that product."""
        return self.job in (None, job) and self.product in (None, product)


class VisitFees(Section):
    """What coming costs, by region."""

    capital: Amount = 5000
    surroundings: Amount = 5000
    elsewhere: Amount = 5000


class Discounts(Section):
    """Percent off by the customer's level, and on which lines."""

    normal: Percent = 0
    key: Percent = 10
    long_standing: Percent = 5
    applies_to: tuple[Kind, ...] = ("labour", "visit")


class Tax(Section):
    """Value added tax: contained in the prices, or added to them."""

    percent: Percent = 13
    included: bool = True


class Rounding(Section):
    """How totals are rounded: to a multiple of `to`."""

    to: Amount = 1
    way: Way = "half_up"

    @field_validator("to")
    @classmethod
    def something(cls, to: int) -> int:
        """A smallest coin."""
        if to < 1:
            raise ValueError("must be 0.01 at least")
        return to


class Free(Section):
    """What is free while the whole unit is in warranty, and what for a main part that alone still is."""

    whole: tuple[Kind, ...] = ("part", "labour", "visit")
    main: tuple[Kind, ...] = ("part", "labour")


class FeeSettings(Section):
    """The section `fees`; amounts are written in the currency's unit."""

    currency: Currency = "CNY"
    labour: tuple[LabourRate, ...] = (LabourRate.model_validate({"hour": 120}),)
    hour_step_minutes: Annotated[int, Field(ge=1, le=480)] = 30
    visit: VisitFees = VisitFees()
    discounts: Discounts = Discounts()
    tax: Tax = Tax()
    rounding: Rounding = Rounding()
    free: Free = Free()
    valid_days: Annotated[int, Field(ge=1, le=365)] = 7

    @field_validator("labour")
    @classmethod
    def every_job_has_a_rate(cls, labour: tuple[LabourRate, ...]) -> tuple[LabourRate, ...]:
        """The last row and only that one fits every job."""
        places = [place for place, row in enumerate(labour, 1) if row.job is None and row.product is None]
        if not places:
            raise ValueError("the last row must fit every job: no job or product in it")
        if places[0] != len(labour):
            raise ValueError(f"row {places[0] + 1} is never reached: row {places[0]} fits every job")
        return labour
