"""Translations from CSV and gettext catalogues."""
