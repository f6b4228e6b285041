"""What a browser may send passes, and nothing else does."""

import json

import pytest

from app.hosting.incoming import BadMessage, is_plain, read_header, read_patch, write_patch

SLIDER, PAGE = "p1", "p2"


def read(*events):
    return read_patch(json.dumps({"events": list(events)}), {PAGE}.__contains__)


def slide(new=3, model=SLIDER, attribute="value"):
    return {"kind": "ModelChanged", "model": {"id": model}, "attr": attribute, "new": new}


def message(data, model=PAGE, name="data_event"):
    values = {"type": "map", "entries": [["model", {"id": model}], ["data", data]]}
    return {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": {"type": "event", "name": name, "values": values}}


READY = {"type": "event", "name": "document_ready", "values": {"type": "map"}}


def test_what_pages_send_passes():
    said = {"type": "map", "entries": [["do", "set"], ["name", "T"], ["text", "0.1"], ["cue", [1, -1, 0, None, True, 0.5]]]}
    events = [
        message({"type": "map", "entries": [["do", "slide"], ["name", "T"], ["index", 3]]}),
        message(said),
        message({"do": "undo"}),
        {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": READY},
    ]
    patch = read(*events)
    assert (patch.events, patch.changes, patch.dropped) == (events, 3, 0)
    assert json.loads(write_patch(patch.events)) == {"events": events}


@pytest.mark.parametrize(
    "event",
    [
        slide(),
        slide(model=PAGE),
        slide(attribute="label"),
        slide(model="p9"),
        slide("3"),
        slide(True),
        slide(None),
        slide([1]),
        slide(1e300),
        slide({"type": "number", "value": "nan"}),
        {**slide(), "extra": 1},
        {**slide(), "model": {"type": "object", "name": "Figure", "id": SLIDER}},
        {**slide(), "model": SLIDER},
        message("x", model="p9"),
        message("x", name="button_click"),
        message({"type": "object", "name": "Figure", "id": "p5"}),
        message({"id": SLIDER}),
        message(
            {"type": "ndarray", "array": {"type": "bytes", "data": ""}, "shape": [10**9], "dtype": "float64", "order": "little"}
        ),
        message({"type": "bytes", "data": "AAAA"}),
        message({"type": "map", "entries": [[{"id": "p1"}, 1]]}),
        message(10**20),
        message("x" * 20_001),
        message([0] * 5_001),
        message([[[[[[[[[[1]]]]]]]]]]),
        message({"type": "number", "value": "x"}),
        {"kind": "TitleChanged", "title": "mine"},
        {"kind": "RootRemoved", "model": {"id": PAGE}},
        {"kind": "RootAdded", "model": {"id": PAGE}},
        {"kind": "ColumnDataChanged", "model": {"id": SLIDER}, "attr": "data", "data": {}, "cols": None},
        {"kind": "MessageSent", "msg_type": "other", "msg_data": READY},
        {},
        None,
        [],
        "x",
        3,
    ],
)
def test_anything_else_is_dropped_and_the_rest_passes(event):
    patch = read(message("x"), event)
    assert (patch.events, patch.dropped) == ([message("x")], 1)


@pytest.mark.parametrize(
    "content",
    [
        b"{}",
        "",
        "null",
        "[]",
        "{",
        "NaN",
        '{"events": NaN}',
        "{}",
        '{"events": {}}',
        "[" * 50_000,
        '{"events": "' + "x" * 200_000 + '"}',
        json.dumps({"events": [slide()] * 65}),
        '{"a":' * 5000 + "1" + "}" * 5000,
        "1" * 5000,
    ],
)
def test_content_that_is_none_ends_the_line(content):
    with pytest.raises(BadMessage) as refused:
        read_patch(content, lambda _: True)
    assert len(str(refused.value)) < 20  # a reason, and nothing of the message


@pytest.mark.parametrize(
    "header",
    [
        "",
        "{}",
        b"{}",
        '{"msgtype": 1, "msgid": "1"}',
        '{"msgtype": "PATCH-DOC"}',
        '{"msgtype": "PATCH-DOC", "msgid": "1", "num_buffers": 1}',
        '{"msgtype": "PATCH-DOC", "msgid": "1", "num_buffers": "many"}',
        '{"msgtype": "PATCH-DOC", "msgid": "' + "1" * 3000 + '"}',
    ],
)
def test_a_header_that_is_none_ends_the_line(header):
    with pytest.raises(BadMessage):
        read_header(header)


def test_plain_values():
    assert is_plain({"type": "number", "value": "nan"})
    assert is_plain([{"type": "map"}, None, 1.5, "x"])
    assert not is_plain({"type": "set", "entries": []})
