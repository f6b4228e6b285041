"""What a paper says, and what is found when it is tried: a chapter's claims.toml, and the table that all its pages can open."""

from __future__ import annotations

import html
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

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


@cache
def claims_of(package: str) -> dict[str, Claim]:
    """All claims of a chapter by key, in the order of the file; none where it has no such file."""
    place = files(package).joinpath("claims.toml")
    if not place.is_file():
        return {}
    claims = [Claim(**entry) for entry in tomllib.loads(place.read_text(encoding="utf-8"))["claim"]]
    return {claim.key: claim for claim in claims}


@cache
def claims_html(package: str) -> str:
    """The table as one piece of HTML; nothing for a chapter without claims."""
    claims = claims_of(package)
    if not claims:
        return ""
    said = words()["page"]["claims"]
    head = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in said["columns"])
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(map(_row, claims.values()))}</tbody></table>"


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
