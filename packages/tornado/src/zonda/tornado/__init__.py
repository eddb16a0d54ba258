"""An importable tornado that is Zonda."""
