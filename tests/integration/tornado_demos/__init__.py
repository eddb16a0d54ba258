"""Programs as Tornado's documentation shows them, in our words; they import ``tornado`` only."""
