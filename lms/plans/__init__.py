"""Individual study plans and credit for what was learned elsewhere."""
