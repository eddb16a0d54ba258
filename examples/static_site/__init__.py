"""The template engine alone: a site of files, made from templates and a list of articles."""
