"""One line an event, and nobody's address, token or query in it."""

import json
import logging
import sys

from app.hosting.logs import Line, NoVisitors


def log_line(as_json, name, text, *values, whole=False, **more):
    try:
        raise ValueError("the visitor's own words")
    except ValueError:
        trouble = sys.exc_info()
    record = logging.LogRecord(name, logging.ERROR, __file__, 1, text, values, trouble)
    record.more = more
    NoVisitors(whole).filter(record)
    return Line(as_json, whole).format(record)


def test_an_event_is_one_line():
    line = log_line(False, "gliascope.hosting", "refused\nevent=forged", reason="to\no")
    assert "\n" not in line and "reason=to o" in line and "error=ValueError" in line
    assert "the visitor's own words" not in line


def test_json_is_json():
    said = json.loads(log_line(True, "gliascope.hosting", "refused", reason="full"))
    assert (said["event"], said["reason"], said["error"], said["from"]) == ("refused", "full", "ValueError", "hosting")


def test_who_changes_the_code_sees_the_whole_traceback():
    told = log_line(False, "bokeh.server", "error handling message: %s", "this one", whole=True)
    head, *trace = told.split("\n")
    assert "error=ValueError" in head and "this one" in head
    assert trace[0].startswith("Traceback") and trace[-1] == "ValueError: the visitor's own words"
    said = json.loads(log_line(True, "gliascope.hosting", "refused", whole=True))
    assert said["traceback"].endswith("ValueError: the visitor's own words")


def test_others_tell_nothing_of_a_visitor():
    line = log_line(False, "bokeh.server", "error handling message\n message: %r \n error: %r", "TOKEN", "203.0.113.7")
    assert "TOKEN" not in line and "203.0.113.7" not in line and "error handling message" in line
