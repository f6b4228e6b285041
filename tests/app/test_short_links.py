"""Short links: the same everywhere, few, of pages of ours alone, and the oldest are forgotten."""

import os
from pathlib import Path

import pytest

from app.address import MOST_LETTERS
from app.chapters.retrieval.chapter import CHAPTER
from app.chapters.session import LINKS_AT_ONCE, ChapterSession
from app.short_links import AT_ONCE, CODE, ShortLinks
from tests.app.visitors import ChapterVisitor


def test_every_process_has_the_same_code_for_an_address_and_knows_where_it_leads(tmp_path):
    here, there = ShortLinks(tmp_path / "links"), ShortLinks(tmp_path / "links")
    code = here.shorten("?T=0.5")
    assert CODE.fullmatch(code)
    assert there.target(code) == "?T=0.5" and there.shorten("?T=0.5") == code
    assert there.shorten("?T=0.6") != code
    assert len(list((tmp_path / "links").iterdir())) == 2


@pytest.mark.parametrize(
    "wrong", ["", "//elsewhere.org?", "https://elsewhere.org/?a=b", "../x?", "?a=b c", "?a\r\nb", "?é", "?" + "x" * MOST_LETTERS]
)
def test_what_is_no_page_with_a_query_is_not_kept(tmp_path, wrong):
    links = ShortLinks(tmp_path)
    assert links.shorten(wrong) is None and list(tmp_path.iterdir()) == []
    (tmp_path / "bcdfgh").write_text(wrong)  # nor is it believed where somebody has put it there
    assert links.target("bcdfgh") is None


@pytest.mark.parametrize("code", ["", "..", "bcdfg", "bcdfghj", "bcdfg/", "bcdfgé", "/etc/passwd", "bcdfgh\n", "bcdfgh"])
def test_what_is_no_code_leads_nowhere(tmp_path, code):
    assert ShortLinks(tmp_path).target(code) is None


def test_links_are_few_and_small_and_the_one_not_used_for_longest_is_forgotten(tmp_path):
    links = ShortLinks(tmp_path, most=3)
    codes = [links.shorten(f"?T={i}") for i in range(3)]
    for age, code in enumerate(reversed(codes), 1):
        os.utime(tmp_path / code, (1000 - age, 1000 - age))
    assert links.target(codes[0]) == "?T=0"  # the oldest, but used just now
    fourth = links.shorten("?T=3")
    assert [links.target(code) for code in codes] == ["?T=0", None, "?T=2"] and links.target(fourth) == "?T=3"
    small = ShortLinks(tmp_path, most_bytes=1500)
    long = small.shorten("?" + "x" * 1000)
    os.utime(tmp_path / long, (2000, 2000))
    assert small.target(small.shorten("?" + "y" * 1000)) and small.target(long) is None
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 1500


def test_two_addresses_never_have_one_code(tmp_path, monkeypatch):
    monkeypatch.setattr("app.short_links._code", lambda text: f"bcdfg{'hjk'[int(text[0])]}")
    links = ShortLinks(tmp_path)
    codes = [links.shorten(f"?T={i}") for i in range(4)]
    assert codes == ["bcdfgh", "bcdfgj", "bcdfgk", None]
    assert [links.target(code) for code in codes[:3]] == ["?T=0", "?T=1", "?T=2"]


def test_a_crowd_of_strangers_cannot_push_out_the_links_of_others_at_once(tmp_path):
    links = ShortLinks(tmp_path)
    codes = [links.shorten(f"?T={i}") for i in range(int(AT_ONCE) + 20)]
    assert codes[-1] is None and AT_ONCE <= sum(code is not None for code in codes) < AT_ONCE + 20
    assert links.shorten("?T=0") == codes[0]  # which costs nothing


def test_a_disk_that_takes_nothing_costs_the_short_link_only(tmp_path):
    (tmp_path / "file").write_text("")
    assert ShortLinks(tmp_path / "file" / "links").shorten("?T=0") is None


@pytest.fixture
def links(tmp_path, monkeypatch):
    kept = ShortLinks(tmp_path)
    monkeypatch.setattr(ChapterSession, "short_links", kept)
    return kept


def code_of(page, url):
    page.say("want", what="qr", url=url)
    return page.messages[-1]["text"]


def test_a_code_has_a_short_link_to_the_very_address_on_show(links):
    page = ChapterVisitor()
    page.say("set", changes={"T": "0.3"})
    page.say("pin")
    told = code_of(page, f"https://demo.org/here/?{page.shown['address']}")
    assert told["short"] and told["link"].startswith("https://demo.org/here/s/") and told["content"].startswith("<svg")
    assert links.target(Path(told["link"]).name) == f"?{page.shown['address']}"


def test_what_a_browser_makes_up_becomes_an_address_of_ours(links):
    page = ChapterVisitor()
    told = code_of(page, "https://demo.org/?T=0.3&next=//elsewhere.org&seed=<b>")
    values, wrong = CHAPTER.read_text(links.target(Path(told["link"]).name)[1:])
    assert wrong == [] and (values["T"], values["seed"]) == (0.3, CHAPTER.defaults["seed"])
    page.say("want", what="qr", url=["https://demo.org/"])
    assert page.notice


def test_who_asks_for_too_many_and_who_asks_where_none_are_kept_gets_the_whole_link(links, monkeypatch):
    page = ChapterVisitor()
    told = [code_of(page, f"https://demo.org/?seed={seed}")["short"] for seed in range(int(LINKS_AT_ONCE) + 1)]
    assert told == [True] * int(LINKS_AT_ONCE) + [False]
    monkeypatch.setattr(ChapterSession, "short_links", None)
    assert code_of(ChapterVisitor(), "https://demo.org/?seed=3")["link"] == "https://demo.org/?seed=3"
