"""Reading what a form posts."""

from __future__ import annotations

from urllib.parse import parse_qs

_MOST_FIELDS = 10


def form_fields(body: bytes) -> dict[str, str]:
    """Read a form sent as application/x-www-form-urlencoded; anything else has no fields.

    Of a field that comes twice the last one counts.
    """
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:  # not ASCII, too many fields
        return {}
    return {name: values[-1] for name, values in fields.items()}
