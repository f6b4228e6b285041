"""The chapter of the toy that relaxes."""
