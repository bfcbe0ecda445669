"""Every query of assessment."""
