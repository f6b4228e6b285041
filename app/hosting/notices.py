"""How a guard speaks to a visitor: a page says, for its document, who is to be told."""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary, WeakMethod

from bokeh.document import Document

# Weak at both ends: a page knows its document, so a page kept here would keep its own key alive for ever.
_ears: WeakKeyDictionary[Document, WeakMethod] = WeakKeyDictionary()


def listen(document: Document, tell: Callable[[str], None]) -> None:
    """`tell`, a method of the page, shows a sentence on it; it is called while the document may be changed."""
    _ears[document] = WeakMethod(tell)


def tell(document: Document, sentence: str) -> None:
    """Show a sentence to the visitor of this document, as soon as it may be changed."""
    known = _ears.get(document)
    ear = known() if known is not None else None
    if ear is not None:
        document.add_next_tick_callback(lambda: ear(sentence))
