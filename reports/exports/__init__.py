"""Hand-over to other systems: enforcement, transparency, sharing, graphs."""
