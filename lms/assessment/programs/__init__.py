"""Run programs that students wrote, apart from everything else on the machine."""
