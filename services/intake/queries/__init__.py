"""What intake shows, by noun, and to whom."""
