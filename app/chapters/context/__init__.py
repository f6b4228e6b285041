"""The context gate of Choraria et al. 2026, as it is shown."""
