"""The sheet in one language as the layout takes it: titles, pairs, tables and texts, all plain words."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from bot.sheet.sheet import Charges, Confirmation, ServiceSheet
from bot.sheet.visible import visible
from bot.sheet.words import label, moment, money, span, stamp, word
from handlers.report_words import shown, spoken_phone
from handlers.vocabulary import spoken_date

Layout = Literal["page", "card"]
Section = dict[str, Any]
SHORT, CARD_SHORT = 200, 60
"""Characters of a value that is a name or a number, on the page and in the picture."""
NARROW = 10
"""Characters without a place to break that a narrow column holds."""
CARD_TEXT = 160
"""Characters of a text in the picture; the PDF has all of it."""
CARD_ROWS = 4
"""Rows of a table in the picture."""


class Content:
    """Builds what the layout draws; `card` is the picture for a phone, where long texts are cut visibly."""

    def __init__(self, sheet: ServiceSheet, language: str, printed: datetime, layout: Layout) -> None:
        self._sheet = sheet
        self._language = language
        self._printed = printed.astimezone(ZoneInfo(sheet.zone))
        self._card = layout == "card"
        self._layout = layout

    def whole(self) -> dict[str, Any]:
        """Everything, ready to be JSON."""
        sheet, language = self._sheet, self._language
        company = sheet.company.get(language) or next(iter(sheet.company.values()), "")
        sections = [
            self._customer(), self._product(), self._request(), self._visit(), self._work(), self._log(),
            self._parts(), self._result(), self._words(), self._dates(),
        ]  # fmt: skip
        return {
            "layout": self._layout,
            "lang": language,
            "company": self._short(company),
            "title": self._label("title"),
            "number_label": self._label("number"),
            "number": self._short(sheet.number),
            "status": self._short(self._word("status", sheet.status)),
            "kind": self._short(self._word("kind", sheet.kind)),
            "urgent": self._label("urgent") if sheet.urgent else "",
            "sections": [section for section in sections if section],
            "confirmation": self._confirmation(),
            "promise": self._promise(),
            "hotline_label": self._label("hotline"),
            "hotline": self._short(sheet.hotline),
            "printed": self._label("printed").format(at=stamp(self._printed, language)),
            "page": self._label("page"),
        }

    def _customer(self) -> Section | None:
        sheet = self._sheet
        phone = spoken_phone(sheet.customer_phone) if sheet.customer_phone else ""
        rows = [
            self._pair("name", sheet.customer_name),
            self._pair("phone", phone),
            self._pair("address", sheet.customer_address, wide=True),
        ]
        return self._pairs("customer", rows)

    def _product(self) -> Section | None:
        sheet, language = self._sheet, self._language
        product = shown({"product": sheet.product}, "product", language)
        bought = sheet.purchase_date
        if not bought[:4].isdigit():
            bought = shown({"purchase_date": bought}, "purchase_date", language)
        rows = [
            self._pair("product", product[:1].upper() + product[1:]),
            self._pair("brand", shown({"brand": sheet.brand}, "brand", language)),
            self._pair("model", shown({"model": sheet.model}, "model", language)),
            self._pair("serial_number", sheet.serial_number),
            self._pair("purchase_date", spoken_date(bought, language)),
            self._pair("warranty", self._word("warranty", sheet.warranty) if sheet.warranty else ""),
        ]
        return self._pairs("product", rows)

    def _request(self) -> Section | None:
        sheet, language = self._sheet, self._language
        title = word("description", sheet.kind, language)
        if title == sheet.kind:
            title = word("description", "fault", language)
        described = self._text(sheet.description)
        rows = [
            {"label": title, "value": described, "wide": True} if described else None,
            self._pair("error_code", sheet.error_code),
            self._pair("since", shown({"since": sheet.since}, "since", language)),
        ]
        return self._pairs("request", rows)

    def _visit(self) -> Section | None:
        visit = self._sheet.appointment
        if visit is None:
            return None
        when = span(visit.start, visit.end, self._language)
        rows = [
            self._pair("appointment", when, wide=not visit.engineer),
            self._pair("engineer", visit.engineer),
        ]
        return self._pairs("visit", rows)

    def _work(self) -> Section | None:
        work = self._sheet.work
        rows = [
            self._pair("diagnosis", work.diagnosis, wide=True, long=True),
            self._pair("measures", work.measures, wide=True, long=True),
        ]
        return self._pairs("work", rows)

    def _log(self) -> Section | None:
        entries = self._sheet.work.log
        if not entries:
            return None
        rows = [
            {
                "at": stamp(entry.at, self._language),
                "who": self._narrow(" · ".join(part for part in (entry.person, entry.place) if part)),
                "done": self._text(entry.done),
            }
            for entry in self._few(entries)
        ]
        return self._section("log", "log", rows=rows, more=self._more(entries))

    def _parts(self) -> Section | None:
        charges = self._sheet.charges
        if charges is None:
            return None
        heads = ("name", "model", "quantity", "unit_price", "amount", "old_part")
        rows = [
            {
                "name": self._narrow(part.name),
                "model": self._narrow(part.model),
                "quantity": f"{part.quantity}",
                "unit_price": self._money(part.unit_price, charges),
                "amount": self._money(part.amount, charges),
                "old_part": self._narrow(part.old_part),
            }
            for part in self._few(charges.parts)
        ]
        return self._section(
            "parts",
            "parts",
            heads={head: word("part", head, self._language) for head in heads},
            rows=rows,
            more=self._more(charges.parts),
            labour_label=word("part", "labour", self._language),
            labour=self._money(charges.labour, charges),
            total_label=word("part", "total", self._language),
            total=money(charges.total, charges.currency, self._language),
        )

    def _result(self) -> Section | None:
        return self._said("result", self._sheet.work.solution)

    def _words(self) -> Section | None:
        return self._said("words", self._sheet.customer_words)

    def _dates(self) -> Section | None:
        steps = [
            {"label": self._word("status", one.status), "at": stamp(one.at, self._language)}
            for one in self._sheet.dates
        ]
        return self._section("dates", "steps", rows=steps) if steps else None

    def _confirmation(self) -> Section | None:
        given: Confirmation | None = self._sheet.confirmation
        if given is None:
            return None
        who = self._short(given.identity) or self._label("confirmed_by_nobody")
        text = self._label("confirmed").format(
            who=who, at=moment(given.at, self._language), channel=self._word("channel", given.channel)
        )
        return self._section("confirmation", "text", text=text)

    def _promise(self) -> Section:
        text = self._label("promise")
        if self._sheet.promised_at is not None:
            by = moment(self._sheet.promised_at, self._language)
            text = f"{self._label('promised').format(by=by)}\n{text}"
        return self._section("promise", "text", text=text)

    def _said(self, name: str, said: str) -> Section | None:
        text = self._text(said)
        return self._section(name, "text", text=text) if text else None

    def _pairs(self, name: str, rows: list[dict[str, Any] | None]) -> Section | None:
        told = [row for row in rows if row]
        return self._section(name, "pairs", rows=told) if told else None

    def _pair(
        self, name: str, value: str, *, wide: bool = False, long: bool = False
    ) -> dict[str, Any] | None:
        words = self._text(value) if long else self._short(value)
        return {"label": word("field", name, self._language), "value": words, "wide": wide} if words else None

    def _section(self, name: str, form: str, **parts: Any) -> Section:
        return {"title": word("section", name, self._language), "form": form, **parts}

    def _few(self, rows: tuple[Any, ...]) -> tuple[Any, ...]:
        return rows[:CARD_ROWS] if self._card else rows

    def _more(self, rows: tuple[Any, ...]) -> str:
        return self._label("continued") if self._card and len(rows) > CARD_ROWS else ""

    def _money(self, minor: int, charges: Charges) -> str:
        return (
            money(minor, charges.currency, self._language) if minor else word("part", "free", self._language)
        )

    def _short(self, text: str) -> str:
        return visible(text, CARD_SHORT if self._card else SHORT).replace("\n", " ")

    def _narrow(self, text: str) -> str:
        return visible(text, CARD_SHORT if self._card else SHORT, longest=NARROW).replace("\n", " ")

    def _text(self, text: str) -> str:
        return visible(text, CARD_TEXT if self._card else None, self._label("clipped"))

    def _label(self, name: str) -> str:
        return label(name, self._language)

    def _word(self, group: str, name: str) -> str:
        return word(group, name, self._language)
