"""One line an event, as words or as JSON; nothing in it says who a visitor is: no address, no browser, no query, no token."""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from typing import Any

log = logging.getLogger("gliascope.hosting")

# These would write visitors' addresses, tokens, whole messages or tracebacks, or nothing but noise.
CHATTY = ("bokeh", "tornado.access", "tornado.general", "panel", "asyncio", "distributed")

LEFT = ("WebSocketClosedError", "StreamClosedError")  # a visitor went while something was on its way: no trouble of ours


class Line(logging.Formatter):
    """One event, one line; an exception becomes its name and the places it came through. With `whole`, which is for who changes
    the code and not for a server that strangers visit, the traceback follows with its message."""

    def __init__(self, as_json: bool, whole: bool = False) -> None:
        super().__init__()
        self.as_json, self.whole = as_json, whole

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "from": record.name.removeprefix("gliascope."),
            "process": record.process,
            "event": record.getMessage(),
            **getattr(record, "more", {}),
        }
        trace = ""
        if record.exc_info and record.exc_info[0] is not None:
            if self.whole:
                trace = "".join(traceback.format_exception(*record.exc_info)).rstrip()
            fields["error"], fields["through"] = record.exc_info[0].__name__, places(record.exc_info[2])
        if self.as_json:
            return json.dumps({**fields, **({"traceback": trace} if trace else {})}, ensure_ascii=False, default=str)
        at, level, source, process, text = (fields.pop(name) for name in ("time", "level", "from", "process", "event"))
        head = [at, f"{level:<7}", source, f"[{process}]", text]
        line = " ".join(_one_line(part) for part in (*head, *(f"{name}={value}" for name, value in fields.items())))
        return f"{line}\n{trace}" if trace else line


class NoVisitors(logging.Filter):
    """Bokeh and Tornado put messages, tokens and addresses into what they log; of theirs only the kind of event is kept."""

    def __init__(self, whole: bool = False) -> None:
        super().__init__()
        self.whole = whole

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[0] is not None and record.exc_info[0].__name__ in LEFT:
            return False
        if not self.whole and record.name.split(".")[0] in ("bokeh", "tornado", "panel", "asyncio"):
            record.msg, record.args = str(record.msg).split("%")[0].split("\n")[0].strip(" :'\"")[:80], ()
        return True


def places(trace: Any) -> str:
    """The frames of a traceback, innermost first, without their values."""
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{'/'.join(code.co_filename.split('/')[-2:])}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " < ".join(reversed(found[-6:]))


def _one_line(value: Any) -> str:
    return str(value).replace("\n", " ").replace("\r", " ")


def configure_logs(as_json: bool, whole: bool = False) -> None:
    """Write to the standard error stream, and keep others' chatter to warnings; `whole` as in `Line`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Line(as_json, whole))
    handler.addFilter(NoVisitors(whole))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("gliascope").setLevel(logging.INFO)
    for name in CHATTY:
        chatty = logging.getLogger(name)
        chatty.setLevel(logging.ERROR if name != "tornado.access" else logging.CRITICAL)
        chatty.handlers[:] = []
        chatty.propagate = True


def event(text: str, level: int = logging.INFO, **more: Any) -> None:
    """One event of the hosting itself."""
    log.log(level, text, extra={"more": more})
