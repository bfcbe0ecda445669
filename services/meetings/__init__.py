"""Meetings: who is considered for a QIP, who chairs it, when it meets, and the provider's plan."""
