"""The ground floor: database, unit of work, outbox, ledger, jobs, files, plug-ins, settings, clock, web base.

Nothing here knows a word of schooling; every other feature stands on it and it imports none of them.
"""
