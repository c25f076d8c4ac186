"""Loaders: bring facts in (sources, mapping, row checks, normal forms, prompt families, the world)."""
