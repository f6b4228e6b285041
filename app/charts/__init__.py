"""The laboratory's figures: declared once in HoloViews, filled and drawn in the browser from streamed cells."""
