"""All that is normalised before a result of ours is compared with PostgreSQL's, or with a printed document. Cells are text.

Always:
  timestamptz   PostgreSQL prints +00 where we print +00:00 (the one listed difference of text output).
On request, by name:
  numeric       Numbers by value: 0 and 0.0, 1.0 and 1.00. For documents that print another scale, and for keys, MIN and MAX
                over numbers that are equal but differ in scale, where PostgreSQL shows whichever came first and we the least.
  approximate   Floats to 12 digits: PostgreSQL adds floats up in the order of the rows, we exactly.
  interval      Intervals by length, a month being 30 days and a day 24 hours: equal ones differ in form.
"""
import decimal
import re

TIMESTAMPTZ = re.compile(r'(\d{4,}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?)\+00( BC)?')
INTERVAL_PART = re.compile(r'([+-]?\d+) (year|mon|day)s?|([+-]?)(\d+):(\d\d):(\d\d(?:\.\d+)?)')
_WIDE = decimal.Context(prec=200_000, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)


def numeric(cell):
    try:
        value = decimal.Decimal(cell)
    except decimal.InvalidOperation:
        return cell
    if not value.is_finite():
        return cell
    return '0' if value == 0 else str(value.normalize(_WIDE))


def approximate(cell):
    try:
        value = float(cell)
    except ValueError:
        return cell
    return '0' if value == 0 else f'{value:.12g}'


def interval(cell):
    seconds = decimal.Decimal(0)
    if not cell or INTERVAL_PART.sub('', cell).strip():
        return cell
    for count, unit, sign, hours, minutes, rest in INTERVAL_PART.findall(cell):
        if unit:
            seconds += int(count) * {'year': 360, 'mon': 30, 'day': 1}[unit] * 86400
        else:
            seconds += (-1 if sign == '-' else 1) * (int(hours) * 3600 + int(minutes) * 60 + decimal.Decimal(rest))
    return numeric(str(seconds)) + ' s'


BY_NAME = {'numeric': numeric, 'approximate': approximate, 'interval': interval}


def rows(cells, how=()):
    """Rows of text cells, normalised; `how` are names of the above."""
    def one(cell):
        if cell is None:
            return None
        match = TIMESTAMPTZ.fullmatch(cell)
        if match:
            cell = f'{match[1]}+00:00{match[2] or ""}'
        for name in how:
            cell = BY_NAME[name](cell)
        return cell
    return [tuple(one(cell) for cell in row) for row in cells]


def in_any_order(cells):
    """Sorted, NULL last."""
    return sorted(cells, key=lambda row: [(cell is None, cell or '') for cell in row])
