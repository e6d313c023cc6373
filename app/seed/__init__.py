"""The demonstration: invented people, debts and weeks of work, so that no screen is empty.

It stands beside the commands, above every room, and is never imported by one.
"""
