"""What joins Tornado with other event loops."""
