"""The programs of the tutorial, one for each of its pages; each is run by itself."""
