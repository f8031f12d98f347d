"""Pure rules of courses: gates, steps, enrolment states."""
