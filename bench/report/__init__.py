"""Rows and verdicts -> text and pictures."""
