"""How the server reaches a visitor's page: a page says, for its document, who is to be told what."""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary, WeakMethod

from bokeh.document import Document

# Weak at both ends: a page knows its document, so a page kept here would keep its own key alive for ever.
_sentences: WeakKeyDictionary[Document, WeakMethod] = WeakKeyDictionary()
_absences: WeakKeyDictionary[Document, WeakMethod] = WeakKeyDictionary()


def listen(document: Document, tell: Callable[[str], None], away: Callable[[], None] | None = None) -> None:
    """`tell`, a method of the page, shows a sentence on it; `away` is called when its visitor's line has been lost for a while.
    Both are called while the document may be changed."""
    _sentences[document] = WeakMethod(tell)
    if away is not None:
        _absences[document] = WeakMethod(away)


def tell(document: Document, sentence: str) -> None:
    """Show a sentence to the visitor of this document."""
    _call(_sentences, document, sentence)


def tell_away(document: Document) -> None:
    """Let the page of this document know that nobody is there at present."""
    _call(_absences, document)


def _call(known: WeakKeyDictionary[Document, WeakMethod], document: Document, *sentences: str) -> None:
    method = known.get(document)
    ear = method() if method is not None else None
    if ear is not None:
        document.add_next_tick_callback(lambda: ear(*sentences))
