"""The names of Tornado, served by Zonda."""
