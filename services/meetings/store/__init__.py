"""Every query of meetings."""
