"""The reports room: what people and tools read of a sweep."""
