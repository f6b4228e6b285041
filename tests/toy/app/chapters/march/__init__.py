"""The chapter of the toy without energy."""
