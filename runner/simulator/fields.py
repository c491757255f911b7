"""The input of create and change calls: one check per field, wording of errors as in Django REST framework."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TypeAlias, TypeVar
from urllib.parse import urlsplit

from runner.simulator.entities import Json, Point
from runner.simulator.state import Row, Table
from runner.simulator.web import ApiError

Check: TypeAlias = Callable[[Json], Json]
R = TypeVar("R", bound=Row)


class Invalid(Exception):
    """A value that its check refuses; ``detail`` is the JSON that goes under the field's name."""

    def __init__(self, detail: str | Mapping[str, Json]) -> None:
        super().__init__(str(detail))
        self.detail: Json = [detail] if isinstance(detail, str) else dict(detail)


@dataclass(frozen=True, slots=True)
class Field:
    """How one field of the input is read. ``alias`` is an older name that is understood as well."""

    check: Check
    required: bool = False
    null: bool = True
    alias: str | None = None


def clean(data: Json, fields: Mapping[str, Field], *, partial: bool = False) -> dict[str, Json]:
    """The checked values of the fields that are present; 400 naming every wrong field. Others are ignored."""
    if not isinstance(data, dict):
        message = f"Invalid data. Expected a dictionary, but got {type(data).__name__}."
        raise ApiError(400, {"non_field_errors": [message]})
    values: dict[str, Json] = {}
    errors: dict[str, Json] = {}
    for name, field in fields.items():
        given = name if name in data or field.alias is None else field.alias
        if given not in data:
            if field.required and not partial:
                errors[name] = ["This field is required."]
            continue
        value = data[given]
        if value is None:
            if field.null:
                values[name] = None
            else:
                errors[given] = ["This field may not be null."]
            continue
        try:
            values[name] = field.check(value)
        except Invalid as invalid:
            errors[given] = invalid.detail
    if errors:
        raise ApiError(400, errors)
    return values


def text(*, blank: bool = True, longest: int = 255) -> Check:
    """A string; numbers become one. ``longest`` is in characters."""

    def check(value: Json) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise Invalid("Not a valid string.")
        string = str(value).strip()
        if not string and not blank:
            raise Invalid("This field may not be blank.")
        if len(string) > longest:
            raise Invalid(f"Ensure this field has no more than {longest} characters.")
        return string

    return check


def phone(value: Json) -> str:
    """A number in E.164: a plus and 7 to 15 digits, the first of them not 0."""
    string: str = text()(value)
    if string and not re.fullmatch(r"\+[1-9][0-9]{6,14}", string):
        raise Invalid("The phone number entered is not valid. Use E.164, e.g. +16502469293.")
    return string


def url(value: Json) -> str:
    string: str = text(longest=2000)(value)
    try:
        parts = urlsplit(string)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in string
    except ValueError:
        valid = False
    if string and not valid:
        raise Invalid("Enter a valid URL.")
    return string


def anything(value: Json) -> Json:
    return value


def mapping(value: Json) -> Json:
    """A JSON object; a form sends it as text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise Invalid("Value must be valid JSON.") from None
    if not isinstance(value, dict):
        raise Invalid(f'Expected a dictionary of items but got type "{type(value).__name__}".')
    return value


def hours(value: Json) -> float:
    """A number of hours, more than 0."""
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise Invalid("A valid number is required.")
    if not 0 < number <= 24 * 365:
        raise Invalid("Ensure this value is greater than 0 and no more than 8760.")
    return number


_MOMENT = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?(?:[zZ]|([+-])(\d{2}):?(\d{2}))?",
    re.ASCII,
)


def moment(value: Json) -> datetime:
    """An ISO 8601 time; one without a zone is UTC."""
    match = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    try:
        if match is None:
            raise ValueError
        *numbers, fraction, sign, hour, minute = match.groups()
        year, month, day, hours_, minutes, seconds = (int(number or 0) for number in numbers)
        micro = int((fraction or "0").ljust(6, "0"))
        ahead = timedelta(hours=int(hour or 0), minutes=int(minute or 0)) * (-1 if sign == "-" else 1)
        zone = timezone(ahead)
        return datetime(year, month, day, hours_, minutes, seconds, micro, zone).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise Invalid(
            "Datetime has wrong format. Use one of these formats instead: "
            "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
        ) from None


def point(value: Json) -> Point:
    """A GeoJSON point (RFC 7946, section 3.1.2): longitude first."""
    value = mapping(value)
    coordinates = value.get("coordinates")
    if value.get("type") != "Point" or not isinstance(coordinates, list) or len(coordinates) not in (2, 3):
        raise Invalid('Expected a GeoJSON point: {"type": "Point", "coordinates": [longitude, latitude]}.')
    for number in coordinates:
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            raise Invalid("Coordinates must be numbers.")
    longitude, latitude = coordinates[:2]
    if not -180 <= longitude <= 180 or not -90 <= latitude <= 90:
        raise Invalid("Coordinates are out of range: longitude -180 to 180 first, then latitude -90 to 90.")
    return longitude, latitude


def reference(table: Table[R]) -> Check:
    """The id of a row that exists."""

    def check(value: Json) -> str:
        row = table.get(value.lower()) if isinstance(value, str) else None
        if row is None:
            raise Invalid(f'Invalid pk "{value}" - object does not exist.')
        return row.id

    return check


def references(table: Table[R]) -> Check:
    """A list of ids of rows that exist, without repetition; not empty."""
    one = reference(table)

    def check(value: Json) -> list[str]:
        if not isinstance(value, list):
            raise Invalid(f'Expected a list of items but got type "{type(value).__name__}".')
        if not value:
            raise Invalid("This list may not be empty.")
        return list(dict.fromkeys(one(item) for item in value))

    return check


def unique_id(table: Table[R], entity: str, own_id: str | None) -> Check:
    """A ``unique_id``. When ``own_id`` changes to it, no other row may have it."""
    string = text(blank=False)

    def check(value: Json) -> Json:
        result = string(value)
        other = table.by_unique_id(result)
        if own_id is not None and other is not None and other.id != own_id:
            raise Invalid(f"{entity} with this unique id already exists.")
        return result

    return check
