"""FHIR date texts: the written day, and at most one day apart when rewritten for another zone."""

import calendar
from datetime import date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from openldn.fhir.dates import Days, days

DATES = st.dates(date(1900, 1, 1), date(2200, 12, 30))
ZONES = st.integers(-12 * 4, 14 * 4).map(lambda q: timezone(timedelta(minutes=15 * q)))


@given(day=DATES)
def test_dates_and_partial_dates(day: date) -> None:
    assert days(day.isoformat()) == Days(day, day)
    last = calendar.monthrange(day.year, day.month)[1]
    assert days(f"{day:%Y-%m}") == Days(day.replace(day=1), day.replace(day=last))
    assert days(f"{day.year:04}") == Days(date(day.year, 1, 1), date(day.year, 12, 31))


@given(
    moment=st.datetimes(datetime(1901, 1, 2), datetime(2199, 1, 1)),  # noqa: DTZ001 - the zone is drawn
    zone=ZONES,
    other=ZONES,
)
def test_another_time_zone_shifts_the_day_by_at_most_one(
    moment: datetime, zone: timezone, other: timezone
) -> None:
    written = moment.replace(tzinfo=zone)
    here, there = days(written.isoformat()), days(written.astimezone(other).isoformat())
    assert here is not None
    assert there is not None
    assert here == Days(moment.date(), moment.date())
    shift = abs((there.first - here.first).days)
    # The line of dates lets two zones lie up to 26 hours apart.
    apart = abs(written.utcoffset() - written.astimezone(other).utcoffset())  # type: ignore[operator]
    assert shift <= (1 if apart <= timedelta(hours=24) else 2)


@given(text=st.text(max_size=25))
def test_any_text_is_a_date_or_none(text: str) -> None:
    found = days(text)
    assert found is None or found.first <= found.last


@given(value=st.one_of(st.none(), st.integers(), st.booleans(), st.lists(st.text(max_size=3))))
def test_what_is_no_text_is_no_date(value: object) -> None:
    assert days(value) is None
