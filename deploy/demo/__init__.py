"""An invented borough with its care services, for demonstrations and tests. Nothing is real."""
