"""A page of a list as a file for a spreadsheet."""

from __future__ import annotations

from fastapi import Request, Response

from shared.platform.paging import Page, link_next
from shared.platform.spreadsheets import csv_response


def sheet(request: Request, name: str, page: Page[str]) -> Response:
    """The answer of a door that ends in `.csv`; the next page's address stands in `Link`."""
    response = csv_response(name, page.items[0])
    link_next(request, response, page.next)
    return response
