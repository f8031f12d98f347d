"""The digital profile: competencies with evidence, results, credits and the answer to "why"."""
