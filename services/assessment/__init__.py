"""assessment: a location's picture, the themes in it, and the triggers that it meets."""
