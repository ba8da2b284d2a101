"""Requests that are more than one run: audits, calibration, papers' tables beside ours."""
