"""The Python interface.

Arrays and objects in memory -> the same runs and reports as the command line.
"""
