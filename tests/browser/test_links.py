"""The QR code of a page: small and on the whole screen, and its short link leads to the very page."""

import re

from app.words import words
from tests.browser.test_page import button, shown, values_of, wait_for_run

PAGE = words()["page"]


def test_a_qr_code_has_a_short_link_to_this_very_page_and_fills_the_screen(visit, served):
    page = visit("?T=0.5&seed=11&time=linear")
    before = values_of(page)
    page.get_by_text(PAGE["take_away"], exact=True).click()
    button(page, PAGE["qr"]).click()
    taken = page.locator(".gd-taken")
    taken.get_by_text(PAGE["qr_local"]).wait_for()  # as the tests' server is on localhost
    link = taken.locator(".gd-link").inner_text()
    assert re.fullmatch(r"localhost:\d+/s/[a-z2-9]{6}", link)
    button(page, PAGE["qr_larger"]).click()
    sheet = page.get_by_role("dialog", name=PAGE["qr_label"])
    page.wait_for_function(
        "(sheet) => sheet.clientWidth === innerWidth && sheet.clientHeight === innerHeight", arg=sheet.element_handle()
    )
    code = sheet.get_by_role("img", name=PAGE["qr_label"]).bounding_box()
    assert code["height"] > 0.6 * page.evaluate("() => innerHeight") and sheet.get_by_text(link, exact=True).is_visible()
    page.mouse.click(code["x"] + code["width"] / 2, code["y"] + code["height"] / 2)
    sheet.wait_for(state="detached")
    button(page, PAGE["qr_larger"]).click()
    page.keyboard.press("Escape")
    sheet.wait_for(state="detached")
    other = visit(link.partition("/")[2])
    wait_for_run(other, T=0.5, seed=11)
    assert values_of(other) == before and shown(other) == shown(page)
