"""Read, show and compare mathematics that people type; no text is ever handed to `eval` or to SymPy's own parser.

``parse`` makes a tree out of text within fixed limits, ``latex`` shows how it was read, the answer tests under
``comparing`` give a verdict with a reason, and ``sandbox`` runs them in a child process with a time limit.
"""
