"""What a paper says, and what is found when it is tried: a chapter's claims.toml, and the table that all its pages can open.

A table of the paper's own may stand below it, with where it was found: its numbers are quoted, and none of them is measured.
"""

from __future__ import annotations

import html
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from app.words import words


@dataclass(frozen=True)
class Claim:
    """What the paper says, in its words or in ours, and what core has to say of it; tests measure every number of `found`."""

    key: str
    says: str
    where: str  # in the paper
    verdict: str  # one of those that words.toml has words for
    found: str
    settings: str  # with which that was measured
    see: str = ""  # the page and its query that show it, if there is anything to see
    quoted: bool = True


@dataclass(frozen=True)
class PaperTable:
    """A table of the paper's own."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    source: str  # where it was found, and what is not in it


@cache
def _read(package: str) -> Mapping[str, Any]:
    place = files(package).joinpath("claims.toml")
    return tomllib.loads(place.read_text(encoding="utf-8")) if place.is_file() else {}


def claims_of(package: str) -> dict[str, Claim]:
    """All claims of a chapter by key, in the order of the file; none where it has no such file."""
    claims = [Claim(**entry) for entry in _read(package).get("claim", ())]
    return {claim.key: claim for claim in claims}


def paper_table_of(package: str) -> PaperTable | None:
    """The table that is quoted from the paper, if there is one."""
    entry = _read(package).get("table")
    return None if entry is None else PaperTable(**entry)


@cache
def claims_html(package: str) -> str:
    """The table as one piece of HTML; nothing for a chapter without claims."""
    claims = claims_of(package)
    if not claims:
        return ""
    said = words()["page"]["claims"]
    head = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in said["columns"])
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(map(_row, claims.values()))}</tbody></table>"
    paper_table = paper_table_of(package)
    return table if paper_table is None else table + _paper_table_html(paper_table)


def _row(claim: Claim) -> str:
    said = words()["page"]["claims"]
    text = {name: html.escape(getattr(claim, name)) for name in ("says", "where", "found", "settings", "see")}
    says = f"<q>{text['says']}</q>" if claim.quoted else text["says"]
    where = text["where"] if claim.quoted else said["in_our_words"].format(where=text["where"])
    link = f'<a href="./{text["see"]}">{said["see"]}</a>' if claim.see else ""
    return "".join([
        f'<tr data-verdict="{claim.verdict}"><th scope="row">{says} <small>{where}</small></th>',
        f"<td><b>{said['verdicts'][claim.verdict]}</b> {text['found']}</td><td>{text['settings']}</td><td>{link}</td></tr>",
    ])  # fmt: skip


def _paper_table_html(paper: PaperTable) -> str:
    head = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in paper.columns)
    rows = []
    for first, *others in paper.rows:
        cells = "".join(f"<td>{html.escape(text)}</td>" for text in others)
        rows.append(f'<tr><th scope="row">{html.escape(first)}</th>{cells}</tr>')
    caption = f"<caption>{html.escape(paper.title)}</caption>"
    table = f'<table class="gd-quoted">{caption}<thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    return f"{table}<p>{html.escape(paper.source)}</p>"
