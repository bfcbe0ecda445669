"""The plumbing that all services stand on. It knows no word of the domain."""
