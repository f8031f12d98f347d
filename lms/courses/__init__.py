"""Course content, enrolment and progress."""
